//! Sorting. A slice's own sort is 4 KB of code for each type of entry; here one sort of numbers serves them all.

use std::cmp::Ordering;

/// Sorts by a key; what has the same key stays in its order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    let mut order = order_of(items.len(), &|a, b| key(&items[a]).cmp(&key(&items[b])));
    // Along each ring of places that change theirs among themselves.
    for first in 0..items.len() {
        let mut to = first;
        loop {
            let from = std::mem::replace(&mut order[to], to);
            if from == first || from == to {
                break;
            }
            items.swap(to, from);
            to = from;
        }
    }
}

/// The numbers below `n` in the order that the comparison says.
fn order_of(n: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|a, b| compare(*a, *b).then(a.cmp(b)));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn it_sorts_as_the_standard_library_does(mut items in proptest::collection::vec((0..20_u8, any::<u8>()), 0..200)) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort_by_key(&mut items, |(key, _)| *key);
            prop_assert_eq!(items, expected);
        }
    }
}
