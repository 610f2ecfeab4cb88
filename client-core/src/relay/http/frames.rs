//! Frames of an answer out of `text/event-stream` bytes, which may be cut anywhere.

use std::collections::VecDeque;

use futures_util::StreamExt;
use futures_util::stream::{self, LocalBoxStream};
use shared_types::limits::MAX_ANSWER_BYTES;
use shared_types::prompt::PromptFrame;

use super::super::{FrameStream, RelayError};

/// One line: a whole answer with every byte escaped, and its padding.
const MAX_LINE_BYTES: usize = 8 * MAX_ANSWER_BYTES;

/// Reads lines, numbers and limits; does no I/O.
#[derive(Debug)]
pub struct FrameParser {
    line: Vec<u8>,
    next: u32,
    n_text_bytes: usize,
    progress: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Running,
    Ended,
}

impl FrameParser {
    /// Expects this number on the first frame.
    pub fn new(first: u32) -> Self {
        Self { line: Vec::new(), next: first, n_text_bytes: 0, progress: Progress::Running }
    }

    /// Takes more bytes and adds the frames that are whole now. What follows the last frame is passed over.
    pub fn read(&mut self, bytes: &[u8], frames: &mut VecDeque<PromptFrame>) -> Result<(), RelayError> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.has_ended() {
                return Ok(());
            }
            if self.line.len() + part.len() > MAX_LINE_BYTES {
                return Err(RelayError::Malformed);
            }
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                frames.extend(self.read_line(&line)?);
            }
        }
        Ok(())
    }

    /// Whether the last frame has come.
    pub fn has_ended(&self) -> bool {
        self.progress == Progress::Ended
    }

    fn read_line(&mut self, line: &[u8]) -> Result<Option<PromptFrame>, RelayError> {
        let Some(json) = line.trim_ascii_end().strip_prefix(b"data:") else { return Ok(None) };
        let frame: PromptFrame = serde_json::from_slice(json).map_err(|_| RelayError::Malformed)?;
        self.n_text_bytes += frame.text.len();
        if frame.frame != self.next || self.n_text_bytes > MAX_ANSWER_BYTES {
            return Err(RelayError::Malformed);
        }
        self.next = self.next.checked_add(1).ok_or(RelayError::Malformed)?;
        if frame.end.is_some() {
            self.progress = Progress::Ended;
        }
        Ok(Some(frame))
    }
}

struct Reading<B> {
    bytes: LocalBoxStream<'static, Result<B, RelayError>>,
    parser: FrameParser,
    whole: VecDeque<PromptFrame>,
    /// Told only after the whole frames before it: what was shown stays.
    fault: Option<RelayError>,
}

/// The frames of a stream of bytes; ends after the last frame, or with one error.
pub(super) fn frames_of<B: AsRef<[u8]> + 'static>(
    bytes: LocalBoxStream<'static, Result<B, RelayError>>,
    parser: FrameParser,
) -> FrameStream {
    let reading = Reading { bytes, parser, whole: VecDeque::new(), fault: None };
    let frames = stream::unfold(Some(reading), async |reading| {
        let mut reading = reading?;
        match next_frame(&mut reading).await {
            Ok(frame) if frame.end.is_some() => Some((Ok(frame), None)),
            Ok(frame) => Some((Ok(frame), Some(reading))),
            Err(error) => Some((Err(error), None)),
        }
    });
    frames.boxed_local()
}

async fn next_frame<B: AsRef<[u8]>>(reading: &mut Reading<B>) -> Result<PromptFrame, RelayError> {
    loop {
        if let Some(frame) = reading.whole.pop_front() {
            return Ok(frame);
        }
        if let Some(fault) = reading.fault {
            return Err(fault);
        }
        let bytes = reading.bytes.next().await.ok_or(RelayError::Unreachable)??;
        reading.fault = reading.parser.read(bytes.as_ref(), &mut reading.whole).err();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use shared_types::prompt::AnswerEnd;

    use super::*;

    fn line(frame: u32, text: &str, end: Option<AnswerEnd>) -> Vec<u8> {
        let frame = PromptFrame { frame, text: text.to_owned(), end, pad: " ".repeat(3) };
        format!("data: {}\n\n", serde_json::to_string(&frame).unwrap()).into_bytes()
    }

    fn read_all(first: u32, chunks: &[&[u8]]) -> (String, Option<RelayError>) {
        let bytes: Vec<_> = chunks.iter().map(|chunk| Ok(chunk.to_vec())).collect();
        let frames = frames_of(stream::iter(bytes).boxed_local(), FrameParser::new(first));
        let frames: Vec<_> = frames.collect().now_or_never().expect("nothing to wait for");
        let text = frames.iter().filter_map(|frame| frame.as_ref().ok()).map(|frame| frame.text.as_str()).collect();
        (text, frames.into_iter().find_map(Result::err))
    }

    fn answer() -> Vec<u8> {
        let parts = [line(0, "Grüße, ", None), line(1, "Welt 🌍", None), line(2, "!", Some(AnswerEnd::Length))];
        parts.concat()
    }

    #[test]
    fn frames_are_the_same_wherever_the_bytes_are_cut() {
        let answer = answer();
        let whole = ("Grüße, Welt 🌍!".to_owned(), None);
        assert_eq!(read_all(0, &[&answer]), whole);
        for cut in 0..=answer.len() {
            let (head, tail) = answer.split_at(cut);
            assert_eq!(read_all(0, &[head, tail]), whole, "cut at {cut}");
        }
        let single: Vec<&[u8]> = answer.chunks(1).collect();
        assert_eq!(read_all(0, &single), whole);
    }

    #[test]
    fn comments_other_fields_and_carriage_returns_are_passed_over() {
        let text = String::from_utf8(answer()).unwrap().replace('\n', "\r\n");
        let noisy = format!(": keep alive\r\nevent: frame\r\nid: 7\r\n{text}data: not read after the end\n");
        assert_eq!(read_all(0, &[noisy.as_bytes()]), ("Grüße, Welt 🌍!".to_owned(), None));
    }

    #[test]
    fn a_gap_a_repetition_or_a_wrong_start_is_malformed() {
        let malformed = Some(RelayError::Malformed);
        let gap = [line(0, "a", None), line(2, "c", None)].concat();
        assert_eq!(read_all(0, &[&gap]), ("a".to_owned(), malformed));
        let again = [line(0, "a", None), line(0, "a", None)].concat();
        assert_eq!(read_all(0, &[&again]), ("a".to_owned(), malformed));
        assert_eq!(read_all(5, &[&answer()]), (String::new(), malformed));
        assert_eq!(read_all(1, &[&line(1, "b", Some(AnswerEnd::Stopped))]), ("b".to_owned(), None));
    }

    #[test]
    fn a_stream_that_ends_before_the_answer_is_a_broken_connection() {
        let unreachable = Some(RelayError::Unreachable);
        assert_eq!(read_all(0, &[]), (String::new(), unreachable));
        assert_eq!(read_all(0, &[&line(0, "half", None)]), ("half".to_owned(), unreachable));
        let cut = line(0, "half", None);
        let (head, _) = cut.split_at(cut.len() - 4);
        assert_eq!(read_all(0, &[head]), (String::new(), unreachable));
    }

    #[test]
    fn garbage_and_answers_over_their_limit_are_malformed() {
        let malformed = Some(RelayError::Malformed);
        assert_eq!(read_all(0, &[b"data: {\"frame\":0\n"]), (String::new(), malformed));
        assert_eq!(read_all(0, &[b"data: \xff\xfe\n"]), (String::new(), malformed));

        let half = "x".repeat(MAX_ANSWER_BYTES / 2 + 1);
        let long = [line(0, &half, None), line(1, &half, None)].concat();
        assert_eq!(read_all(0, &[&long]), (half, malformed));
        let endless = vec![b'x'; MAX_LINE_BYTES + 1];
        assert_eq!(read_all(0, &[&endless]), (String::new(), malformed));
    }
}
