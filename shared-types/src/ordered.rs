//! Ordered collections out of iterators. `collect()` sorts first, and so brings a sort along for each type of entry:
//! in the browser that is some 4 KB of code each, for a handful of entries.

use std::collections::{BTreeMap, BTreeSet};

/// A map of entries; of two with one key the later stays.
pub fn map_of<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(entries);
    map
}

/// A set of values.
pub fn set_of<T: Ord>(values: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(values);
    set
}
