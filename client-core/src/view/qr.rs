//! A QR code: the squares of a text that a camera reads. What it says may be a secret, so it shows nothing in `Debug`.

use qrcodegen::{QrCode, QrCodeEcc};
use serde::{Deserialize, Serialize};

/// Light squares that a reader wants around a code.
pub const QUIET_SQUARES: u32 = 4;

/// A QR code, to be drawn dark on light.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QrView {
    side: u32,
    /// Row by row.
    dark: Vec<bool>,
}

impl QrView {
    /// Draws a text; `None` if it is longer than any code. Capital letters, digits and `:` take the least room.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let places = 0..code.size();
        let dark = places.clone().flat_map(|y| places.clone().map(move |x| (x, y)));
        let dark = dark.map(|(x, y)| code.get_module(x, y)).collect();
        Some(Self { side: u32::try_from(code.size()).ok()?, dark })
    }

    /// Squares on each side, without the light ones around.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Runs of dark squares in a row: column, row, and how many.
    pub fn runs(&self) -> Vec<(u32, u32, u32)> {
        let mut runs: Vec<(u32, u32, u32)> = Vec::new();
        for (row, squares) in (0..).zip(self.dark.chunks(usize::try_from(self.side).map_or(1, |side| side.max(1)))) {
            for (column, _) in (0..).zip(squares).filter(|(_, dark)| **dark) {
                match runs.last_mut() {
                    Some((from, at, n)) if *at == row && *from + *n == column => *n += 1,
                    Some(_) | None => runs.push((column, row, 1)),
                }
            }
        }
        runs
    }
}

impl std::fmt::Debug for QrView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QrView(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_the_smallest_size_that_fits() {
        let code = QrView::of("SOTTO").unwrap();
        assert_eq!(code.side(), 21);
        let runs = code.runs();
        let corners = [(0, 0, 7), (14, 0, 7), (0, 20, 7)];
        assert!(corners.iter().all(|corner| runs.contains(corner)), "{runs:?}");
        assert_eq!(QrView::of(&"A".repeat(100)).unwrap().side(), 37);
        assert_eq!(QrView::of(&"A".repeat(5000)), None);
        assert_eq!(format!("{code:?}"), "QrView(…)");
    }
}
