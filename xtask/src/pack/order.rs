//! An order in which alike functions lie side by side. Deflate sees 32 KiB back: what was said there need not be sent
//! again, and Rust says much alike, once for each type.

use std::collections::HashMap;

/// Bytes that two functions must share in a row to be a little alike.
const N_RUN: usize = 4;
/// A run that more functions share than this tells nothing about any two.
const MAX_SHARING: usize = 80;
/// How far back likeness counts: so many functions, and no more bytes than this.
const N_BACK: usize = 24;
const MAX_BACK_BYTES: usize = 20_000;
/// What a function weighs that has no code, so that tiny ones are not always alike.
const MIN_WEIGHT: usize = 60;

/// The functions by their code, each by its number: beginning with the largest, the next is the one most like the last.
pub(super) fn order(functions: &[&[u8]]) -> Vec<usize> {
    let runs = Runs::of(functions);
    let mut is_left = vec![true; functions.len()];
    let mut order = Vec::new();
    while order.len() < functions.len() {
        let scores = runs.scores(last_of(&order, functions), &is_left);
        let weight = |function: usize| functions.get(function).map_or(0, |code| code.len()) + MIN_WEIGHT;
        let left = (0..functions.len()).filter(|at| is_left.get(*at) == Some(&true));
        let likeness = |at: usize| u128::from(scores.get(at).copied().unwrap_or_default()).pow(2);
        // By the square root of the weight: score² / weight, compared without a fraction.
        let best = left.max_by(|a, b| {
            let (first, second) = (likeness(*a) * weight(*b) as u128, likeness(*b) * weight(*a) as u128);
            first.cmp(&second).then_with(|| weight(*a).cmp(&weight(*b))).then_with(|| b.cmp(a))
        });
        let Some(best) = best else { break };
        is_left[best] = false;
        order.push(best);
    }
    order
}

/// The functions that were placed last, as far back as it counts.
fn last_of<'a>(order: &'a [usize], functions: &[&[u8]]) -> &'a [usize] {
    let (mut n, mut n_bytes) = (0, 0);
    for function in order.iter().rev().take(N_BACK) {
        n += 1;
        n_bytes += functions.get(*function).map_or(0, |code| code.len());
        if n_bytes > MAX_BACK_BYTES {
            break;
        }
    }
    order.split_at(order.len() - n).1
}

/// Which runs of bytes occur in which functions.
struct Runs {
    of_function: Vec<Vec<usize>>,
    sharing: Vec<Vec<usize>>,
}

impl Runs {
    fn of(functions: &[&[u8]]) -> Self {
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        let mut runs = Self { of_function: Vec::new(), sharing: Vec::new() };
        for (function, code) in functions.iter().enumerate() {
            let mut of_this = Vec::new();
            for run in code.windows(N_RUN) {
                let run = *known.entry(run).or_insert_with(|| {
                    runs.sharing.push(Vec::new());
                    runs.sharing.len() - 1
                });
                let sharing = &mut runs.sharing[run];
                if sharing.last() != Some(&function) {
                    sharing.push(function);
                    of_this.push(run);
                }
            }
            runs.of_function.push(of_this);
        }
        let tells = |run: &usize| (2..=MAX_SHARING).contains(&runs.sharing[*run].len());
        runs.of_function.iter_mut().for_each(|of_this| of_this.retain(tells));
        runs
    }

    /// How much each function that is left shares with the last ones; what is rare counts more.
    fn scores(&self, last: &[usize], is_left: &[bool]) -> Vec<u64> {
        let mut scores = vec![0; self.of_function.len()];
        let mut runs: Vec<_> = last.iter().flat_map(|function| &self.of_function[*function]).collect();
        runs.sort_unstable();
        runs.dedup();
        for run in runs {
            let sharing = &self.sharing[*run];
            let rarity = u64::from((self.of_function.len() / sharing.len()).max(2).ilog2());
            for function in sharing {
                if is_left[*function] {
                    scores[*function] += rarity;
                }
            }
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_functions_lie_side_by_side_whatever_their_order_was() {
        let (first, second) = (b"the first of two kinds of code", b"what is the other way to write");
        let functions: Vec<Vec<u8>> =
            (0..8_u8).map(|n| [&[n][..], if n % 2 == 0 { first } else { second }, &[n; 9][..]].concat()).collect();
        let functions: Vec<&[u8]> = functions.iter().map(Vec::as_slice).collect();
        let ordered = order(&functions);
        let n_changes = ordered.windows(2).filter(|pair| pair[0] % 2 != pair[1] % 2).count();
        assert_eq!(n_changes, 1, "{ordered:?}");
        let mut sorted = ordered;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..8).collect::<Vec<_>>(), "each function once");
    }
}
