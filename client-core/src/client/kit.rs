//! Recovery words that were just made: shown, and three of them asked again.

use rand_core::CryptoRng;
use shared_types::ordered::sort_by_key;

use crate::keys::RecoveryWords;
use crate::view::{Busy, KitView, Problem};

/// Words that are asked again.
pub(super) const N_ASKED: usize = 3;

/// New words and the three places that are asked.
pub(super) struct Kit {
    pub(super) words: RecoveryWords,
    asked: [u8; N_ASKED],
    wrong: Vec<u8>,
}

impl Kit {
    pub(super) fn generate(rng: &mut dyn CryptoRng) -> Self {
        let words = RecoveryWords::generate(rng);
        let mut random = [0; N_ASKED];
        rng.fill_bytes(&mut random);
        Self { words, asked: draw_asked(random), wrong: Vec::new() }
    }

    /// Compares what was typed; whether all of it is right.
    pub(super) fn check(&mut self, typed: &[String; N_ASKED]) -> bool {
        let expected = self.words.words();
        let is_wrong = |place: u8, typed: &str| {
            let right = expected.get(usize::from(place) - 1);
            right.is_none_or(|right| *right != typed.trim().to_lowercase())
        };
        let wrong = self.asked.iter().zip(typed).filter(|(place, typed)| is_wrong(**place, typed));
        self.wrong = wrong.map(|(place, _)| *place).collect();
        self.wrong.is_empty()
    }

    /// As it is shown in an account that has words already.
    pub(super) fn view_again(&self) -> KitView {
        let problem = (!self.wrong.is_empty()).then_some(Problem::WordsWrong);
        KitView { is_first: false, ..self.view(None, problem) }
    }

    pub(super) fn view(&self, busy: Option<Busy>, problem: Option<Problem>) -> KitView {
        KitView {
            words: self.words.words().map(str::to_owned).to_vec(),
            asked: self.asked,
            wrong: self.wrong.clone(),
            is_first: true,
            busy,
            problem,
            ..KitView::default()
        }
    }
}

/// Three different places of 24, counted from 1, ascending.
fn draw_asked(random: [u8; N_ASKED]) -> [u8; N_ASKED] {
    let mut places: Vec<u8> = (1..=24).collect();
    let mut asked = random.map(|byte| places.remove(usize::from(byte) % places.len()));
    sort_by_key(&mut asked, |one| *one);
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_different_places_are_asked() {
        for byte in 0..=255 {
            let [a, b, c] = draw_asked([byte; 3]);
            assert!(1 <= a && a < b && b < c && c <= 24);
        }
    }
}
