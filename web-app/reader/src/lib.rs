//! Reads the QR code in a picture of a camera.

/// Longest side of a picture that is looked at, points.
const MAX_SIDE: usize = 4096;

/// The text of the first code in a grey picture, row by row, that can be read.
pub fn read(width: usize, height: usize, luma: &[u8]) -> Option<String> {
    if width > MAX_SIDE || height > MAX_SIDE || luma.len() != width * height || luma.is_empty() {
        return None;
    }
    let light = |x: usize, y: usize| luma.get(y * width + x).copied().unwrap_or(u8::MAX);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, light);
    picture.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use client_core::view::QrView;

    use super::*;

    const TEXT: &str = "SOTTO1:BFWG6Y3BNRUG643UAAAQEAYEAUDAOCAJBIFQYDIOB4";

    /// A code as a camera sees it: so many points a square, dark and light as given, with the corner somewhere.
    fn seen(square: usize, (dark, light): (u8, u8), (left, top): (usize, usize)) -> (usize, usize, Vec<u8>) {
        let code = QrView::of(TEXT).unwrap();
        let (width, height) = (640, 480);
        let mut luma = vec![light; width * height];
        for (column, row, n) in code.runs() {
            for (x, y) in (0..n as usize * square).flat_map(|x| (0..square).map(move |y| (x, y))) {
                luma[(top + row as usize * square + y) * width + left + column as usize * square + x] = dark;
            }
        }
        (width, height, luma)
    }

    #[test]
    fn what_a_device_draws_is_read_at_any_size_and_light() {
        for (square, shades, corner) in [(3, (0, 255), (20, 20)), (8, (40, 200), (160, 90)), (12, (90, 150), (60, 30))]
        {
            let (width, height, luma) = seen(square, shades, corner);
            assert_eq!(read(width, height, &luma).as_deref(), Some(TEXT), "{square} points a square");
        }
    }

    #[test]
    fn a_picture_without_a_code_says_nothing() {
        assert_eq!(read(640, 480, &vec![128; 640 * 480]), None);
        assert_eq!(read(640, 480, &[1, 2, 3]), None, "not as large as it says");
        assert_eq!(read(0, 0, &[]), None);
        assert_eq!(read(usize::MAX, 2, &[]), None);
        let (width, height, mut luma) = seen(8, (0, 255), (160, 90));
        luma.iter_mut().skip(width * 200).step_by(3).for_each(|point| *point = 255 - *point);
        assert_eq!(read(width, height, &luma), None, "too much of it is wrong");
    }
}
