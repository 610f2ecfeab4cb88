//! One frame as it stands in the event stream, padded to a size class.

use shared_types::prompt::PromptFrame;
use zeroize::Zeroizing;

/// Smallest size class of a frame's JSON, bytes; each next one is twice as large.
const SMALLEST_CLASS_BYTES: usize = 256;
/// What an empty `pad` adds: `,"pad":""`.
const EMPTY_PAD_BYTES: usize = 9;

/// Writes `data: JSON` and an empty line; the JSON fills a size class exactly.
pub fn encode_frame(mut frame: PromptFrame) -> Zeroizing<String> {
    frame.pad.clear();
    let bare = to_json(&frame);
    let class = size_class(bare.len());
    frame.pad = " ".repeat(class - bare.len() - EMPTY_PAD_BYTES);
    let padded = to_json(&frame);
    zeroize::Zeroize::zeroize(&mut frame.text);
    let mut line = Zeroizing::new(String::with_capacity(padded.len() + 8));
    line.push_str("data: ");
    line.push_str(&padded);
    line.push_str("\n\n");
    line
}

/// The smallest class with room for at least one space.
fn size_class(n_bytes: usize) -> usize {
    let mut class = SMALLEST_CLASS_BYTES;
    while class <= n_bytes + EMPTY_PAD_BYTES {
        class *= 2;
    }
    class
}

fn to_json(frame: &PromptFrame) -> Zeroizing<String> {
    Zeroizing::new(serde_json::to_string(frame).expect("a frame is plain text and numbers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(n_chars: usize) -> PromptFrame {
        PromptFrame { frame: 3, text: "é".repeat(n_chars), end: None, pad: String::new() }
    }

    #[test]
    fn every_length_of_text_fills_a_size_class_and_reads_back() {
        for n_chars in 0..700 {
            let line = encode_frame(frame(n_chars));
            let json = line.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
            assert!(json.len().is_power_of_two() && json.len() >= SMALLEST_CLASS_BYTES, "{}", json.len());
            let mut read: PromptFrame = serde_json::from_str(json).unwrap();
            assert!(!read.pad.is_empty());
            read.pad.clear();
            assert_eq!(read, frame(n_chars));
        }
    }
}
