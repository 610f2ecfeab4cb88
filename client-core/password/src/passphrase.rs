//! A passphrase that is strong by itself: words of the EFF's large list, drawn and never chosen.

use diceware_wordlists::EFF_LONG_WORDLIST;
use zeroize::Zeroizing;

/// Words that a passphrase has at least: 6 × 12.9 = 77 bits.
pub const MIN_PASSPHRASE_WORDS: usize = 6;
/// Two bytes that are not below this say nothing: every word must be as likely as any other.
const FAIR_BELOW: u16 = 62_208;

/// Draws a passphrase; `None` if too few of the random bytes can be used (with 64, never in the life of the earth).
pub fn generate_passphrase(random: &[u8]) -> Option<Zeroizing<String>> {
    let (pairs, _) = random.as_chunks();
    let fair = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).filter(|number| *number < FAIR_BELOW);
    let words: Vec<&str> = fair
        .filter_map(|number| EFF_LONG_WORDLIST.get(usize::from(number) % EFF_LONG_WORDLIST.len()).copied())
        .take(MIN_PASSPHRASE_WORDS)
        .collect();
    (words.len() == MIN_PASSPHRASE_WORDS).then(|| Zeroizing::new(words.join(" ")))
}

/// Words of the list in a text; `None` if something else stands in it.
pub fn count_passphrase_words(text: &str) -> Option<usize> {
    let words = text.split(' ');
    words.clone().all(|word| EFF_LONG_WORDLIST.contains(&word)).then(|| words.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_large_one() {
        assert_eq!(EFF_LONG_WORDLIST.len(), 7776);
        assert_eq!((EFF_LONG_WORDLIST[0], EFF_LONG_WORDLIST[7775]), ("abacus", "zoom"));
        assert_eq!(usize::from(FAIR_BELOW) % EFF_LONG_WORDLIST.len(), 0);
    }

    #[test]
    fn a_passphrase_has_six_words_and_every_byte_counts() {
        let mut random = [0; 64];
        let first = generate_passphrase(&random).unwrap();
        assert_eq!(first.as_str(), "abacus abacus abacus abacus abacus abacus");
        assert_eq!(count_passphrase_words(&first), Some(MIN_PASSPHRASE_WORDS));
        random[1] = 1;
        assert_ne!(*generate_passphrase(&random).unwrap(), *first);
        assert!(generate_passphrase(&[0xff; 64]).is_none(), "what would favour some words is passed over");
        assert_eq!(count_passphrase_words("abacus Zoom"), None);
    }
}
