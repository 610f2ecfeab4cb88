//! Ends an answer at one of the texts that the asker named, without showing any of it.

/// What may be shown after more text was seen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    /// The answer goes on; this much of it can be shown.
    Open(String),
    /// A stop text was reached; this is the last of the answer.
    Last(String),
}

/// Watches an answer for stop texts.
pub(crate) struct StopWatch {
    stops: Vec<String>,
    held: String,
}

impl StopWatch {
    /// Watches for these texts; empty ones never match.
    pub(crate) fn new(mut stops: Vec<String>) -> Self {
        stops.retain(|stop| !stop.is_empty());
        Self { stops, held: String::new() }
    }

    /// Takes more of the answer; holds back an end that could become a stop text.
    pub(crate) fn push(&mut self, text: &str) -> Passage {
        self.held.push_str(text);
        if let Some(at) = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min() {
            self.held.truncate(at);
            return Passage::Last(std::mem::take(&mut self.held));
        }
        let tail = self.held.split_off(self.held.len() - self.possible_stop_bytes());
        Passage::Open(std::mem::replace(&mut self.held, tail))
    }

    /// Ends the answer and gives what was held back.
    pub(crate) fn finish(self) -> String {
        self.held
    }

    /// The length of the longest end of the held text that begins a stop text.
    fn possible_stop_bytes(&self) -> usize {
        let begins_a_stop = |tail: &str| self.stops.iter().any(|stop| stop.starts_with(tail));
        let tails = self.held.char_indices().filter_map(|(at, _)| self.held.get(at..));
        tails.into_iter().find(|tail| begins_a_stop(tail)).map_or(0, str::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(stops: &[&str]) -> StopWatch {
        StopWatch::new(stops.iter().map(|stop| (*stop).to_owned()).collect())
    }

    fn open(text: &str) -> Passage {
        Passage::Open(text.to_owned())
    }

    fn last(text: &str) -> Passage {
        Passage::Last(text.to_owned())
    }

    #[test]
    fn a_stop_text_across_pieces_is_never_shown() {
        let mut watch = watch(&["END"]);
        assert_eq!(watch.push("one E"), open("one "));
        assert_eq!(watch.push("N"), open(""));
        assert_eq!(watch.push("D two"), last(""));
    }

    #[test]
    fn what_only_looked_like_a_stop_text_is_shown_later() {
        let mut watch = watch(&["END"]);
        assert_eq!(watch.push("E"), open(""));
        assert_eq!(watch.push("N"), open(""));
        assert_eq!(watch.push("E"), open("EN"));
        assert_eq!(watch.finish(), "E");
    }

    #[test]
    fn the_earliest_of_several_stop_texts_wins() {
        assert_eq!(watch(&["c", "b"]).push("abc"), last("a"));
    }

    #[test]
    fn characters_of_several_bytes_are_not_cut() {
        let mut watch = watch(&["é!"]);
        assert_eq!(watch.push("caféé"), open("café"));
        assert_eq!(watch.push("!"), last(""));
    }

    #[test]
    fn without_stop_texts_everything_passes() {
        let mut watch = watch(&[""]);
        assert_eq!(watch.push("all of it"), open("all of it"));
        assert_eq!(watch.finish(), "");
    }
}
