//! Maps and sets in the order of their keys. A `BTreeMap` is some 4 KB of code for each type of entry, which a browser
//! loads; these are runs of sorted entries: a few hundred bytes, and with thousands of entries as quick.

mod entry;
mod sort;

use std::fmt;
use std::iter::{Flatten, Map};
use std::ops::{Bound, RangeBounds};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

pub use entry::Entry;
pub use sort::sort_by_key;

/// Entries of one run; a longer one is split. What is put between others moves no more than these.
const MAX_RUN: usize = 64;

/// Where an entry is: its run and its place in it.
type Place = (usize, usize);

/// A map in the order of its keys.
#[derive(Clone)]
pub struct SortedMap<K, V> {
    /// Sorted, and none is empty.
    runs: Vec<Vec<(K, V)>>,
}

/// A set in order.
#[derive(Clone, PartialEq, Eq)]
pub struct SortedSet<T> {
    map: SortedMap<T, ()>,
}

/// Iterator over the entries of a map.
pub type Iter<'a, K, V> = Map<Flatten<std::slice::Iter<'a, Vec<(K, V)>>>, fn(&'a (K, V)) -> (&'a K, &'a V)>;
/// Iterator over one part of the entries of a map.
pub type PartIter<'a, K, V, T> = Map<Flatten<std::slice::Iter<'a, Vec<(K, V)>>>, fn(&'a (K, V)) -> &'a T>;

/// A map of entries; of two with one key the later stays.
pub fn map_of<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> SortedMap<K, V> {
    entries.into_iter().collect()
}

/// A set of values.
pub fn set_of<T: Ord>(values: impl IntoIterator<Item = T>) -> SortedSet<T> {
    values.into_iter().collect()
}

impl<K, V> SortedMap<K, V> {
    /// A map of nothing.
    pub const fn new() -> Self {
        Self { runs: Vec::new() }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The entries in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.runs.iter().flatten().map(|(key, value)| (key, value))
    }

    /// The keys in order.
    pub fn keys(&self) -> PartIter<'_, K, V, K> {
        self.runs.iter().flatten().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> PartIter<'_, K, V, V> {
        self.runs.iter().flatten().map(|(_, value)| value)
    }

    /// The entries in order, with their values to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.runs.iter_mut().flatten().map(|(key, value)| (&*key, value))
    }

    /// The values to change, in the order of their keys.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.runs.iter_mut().flatten().map(|(_, value)| value)
    }

    /// The values, in the order of their keys.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.runs.into_iter().flatten().map(|(_, value)| value)
    }

    /// The keys, in order.
    pub fn into_keys(self) -> impl Iterator<Item = K> {
        self.runs.into_iter().flatten().map(|(key, _)| key)
    }

    /// The entry of the least key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.runs.first()?.first().map(|(key, value)| (key, value))
    }

    /// The entry of the greatest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.runs.last()?.last().map(|(key, value)| (key, value))
    }

    /// Removes every entry.
    pub fn clear(&mut self) {
        self.runs.clear();
    }

    /// Removes every entry that it does not hold for.
    pub fn retain(&mut self, mut holds: impl FnMut(&K, &mut V) -> bool) {
        for run in &mut self.runs {
            run.retain_mut(|(key, value)| holds(key, value));
        }
        self.runs.retain(|run| !run.is_empty());
    }

    fn take(&mut self, (run, at): Place) -> V {
        let entries = &mut self.runs[run];
        let (_, value) = entries.remove(at);
        if entries.is_empty() {
            self.runs.remove(run);
        }
        value
    }

    fn put(&mut self, (run, at): Place, entry: (K, V)) -> Place {
        let n_runs = self.runs.len();
        let (mut run, mut at) = (run, at);
        if run == n_runs && self.runs.last().is_some_and(|last| last.len() < MAX_RUN) {
            (run, at) = (n_runs - 1, self.runs[n_runs - 1].len());
        } else if run == n_runs {
            self.runs.push(Vec::new());
        } else if self.runs[run].len() == MAX_RUN {
            let upper = self.runs[run].split_off(MAX_RUN / 2);
            self.runs.insert(run + 1, upper);
            if at > MAX_RUN / 2 {
                (run, at) = (run + 1, at - MAX_RUN / 2);
            }
        }
        self.runs[run].insert(at, entry);
        (run, at)
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// Where a key is, or where it would be.
    fn find(&self, key: &K) -> Result<Place, Place> {
        let run = self.runs.partition_point(|run| run.last().is_some_and(|(last, _)| last < key));
        let Some(entries) = self.runs.get(run) else { return Err((run, 0)) };
        match entries.binary_search_by(|(other, _)| other.cmp(key)) {
            Ok(at) => Ok((run, at)),
            Err(at) => Err((run, at)),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let (run, at) = self.find(key).ok()?;
        Some(&self.runs[run][at].1)
    }

    /// The value of a key, to change.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (run, at) = self.find(key).ok()?;
        Some(&mut self.runs[run][at].1)
    }

    /// Whether it has a key.
    pub fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    /// Sets the value of a key, and returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok((run, at)) => Some(std::mem::replace(&mut self.runs[run][at].1, value)),
            Err(place) => {
                self.put(place, (key, value));
                None
            }
        }
    }

    /// Removes a key, and returns its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.find(key).ok().map(|place| self.take(place))
    }

    /// The entry of a key, to fill or to change.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry::of(self, key)
    }

    /// Removes the entry of the least key, and returns it.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let run = self.runs.first_mut()?;
        let first = run.remove(0);
        if run.is_empty() {
            self.runs.remove(0);
        }
        Some(first)
    }

    /// The entries of these keys, in order.
    pub fn range(&self, keys: impl RangeBounds<K>) -> impl Iterator<Item = (&K, &V)> {
        let (run, at) = match keys.start_bound() {
            Bound::Unbounded => (0, 0),
            Bound::Included(first) => self.find(first).unwrap_or_else(|place| place),
            Bound::Excluded(before) => self.find(before).map_or_else(|place| place, |(run, at)| (run, at + 1)),
        };
        let from_there = self.runs.get(run..).unwrap_or_default().iter().flatten().skip(at);
        // Keys ascend: the first beyond the end is the last that is looked at.
        let is_within = move |key: &K| match keys.end_bound() {
            Bound::Unbounded => true,
            Bound::Included(last) => key <= last,
            Bound::Excluded(end) => key < end,
        };
        from_there.map(|(key, value)| (key, value)).take_while(move |(key, _)| is_within(key))
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        map_of(entries)
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a, K, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = Flatten<std::vec::IntoIter<Vec<(K, V)>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.runs.into_iter().flatten()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SortedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // With its length, which `collect_map` would not know.
        let mut entries = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            entries.serialize_entry(key, value)?;
        }
        entries.end()
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for SortedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfEntries<K, V>(SortedMap<K, V>);
        impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for OfEntries<K, V> {
            type Value = SortedMap<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self::Value, A::Error> {
                while let Some((key, value)) = entries.next_entry()? {
                    self.0.insert(key, value);
                }
                Ok(self.0)
            }
        }
        deserializer.deserialize_map(OfEntries(Self::new()))
    }
}

impl<T> SortedSet<T> {
    /// A set of nothing.
    pub const fn new() -> Self {
        Self { map: SortedMap::new() }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The values in order.
    pub fn iter(&self) -> PartIter<'_, T, (), T> {
        self.map.keys()
    }

    /// The least value.
    pub fn first(&self) -> Option<&T> {
        self.map.first_key_value().map(|(value, ())| value)
    }

    /// Removes every value that it does not hold for.
    pub fn retain(&mut self, mut holds: impl FnMut(&T) -> bool) {
        self.map.retain(|value, ()| holds(value));
    }
}

impl<T: Ord> SortedSet<T> {
    /// Whether it has a value.
    pub fn contains(&self, value: &T) -> bool {
        self.map.contains_key(value)
    }

    /// Adds a value, and returns whether it is new.
    pub fn insert(&mut self, value: T) -> bool {
        self.map.insert(value, ()).is_none()
    }

    /// Removes a value, and returns whether it was there.
    pub fn remove(&mut self, value: &T) -> bool {
        self.map.remove(value).is_some()
    }

    /// Removes the least value, and returns it.
    pub fn pop_first(&mut self) -> Option<T> {
        self.map.pop_first().map(|(value, ())| value)
    }

    /// Takes all that another has.
    pub fn append(&mut self, other: &mut Self) {
        self.extend(std::mem::take(other));
    }

    /// The values of a range, in order.
    pub fn range(&self, values: impl RangeBounds<T>) -> impl Iterator<Item = &T> {
        self.map.range(values).map(|(value, ())| value)
    }
}

impl<T: Ord> Extend<T> for SortedSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.insert(value);
        }
    }
}

impl<T: Ord> FromIterator<T> for SortedSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut set = Self::new();
        set.extend(values);
        set
    }
}

impl<T> Default for SortedSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for SortedSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a, T> IntoIterator for &'a SortedSet<T> {
    type Item = &'a T;
    type IntoIter = PartIter<'a, T, (), T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> IntoIterator for SortedSet<T> {
    type Item = T;
    type IntoIter = Map<Flatten<std::vec::IntoIter<Vec<(T, ())>>>, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter().map(|(value, ())| value)
    }
}

impl<T: Serialize> Serialize for SortedSet<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut values = serializer.serialize_seq(Some(self.len()))?;
        for value in self {
            values.serialize_element(value)?;
        }
        values.end()
    }
}

impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for SortedSet<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfValues<T>(SortedSet<T>);
        impl<'de, T: Ord + Deserialize<'de>> Visitor<'de> for OfValues<T> {
            type Value = SortedSet<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(mut self, mut values: A) -> Result<Self::Value, A::Error> {
                while let Some(value) = values.next_element()? {
                    self.0.insert(value);
                }
                Ok(self.0)
            }
        }
        deserializer.deserialize_seq(OfValues(Self::new()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u16, u8),
        Fill(u16, u8),
        Remove(u16),
        Keep(u8),
        PopFirst,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        // Few keys, so that they meet; many steps, so that runs are split and emptied.
        let key = 0..400_u16;
        let step = prop_oneof![
            12 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
            4 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::Fill(key, value)),
            4 => key.prop_map(Step::Remove),
            1 => (250..=255_u8).prop_map(Step::Keep),
            1 => Just(Step::PopFirst),
        ];
        vec(step, 0..600)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_map_is_what_the_standard_library_makes_of_the_same_steps(steps in steps(), from in 0..400_u16, to in 0..400_u16) {
            let (mut map, mut expected) = (SortedMap::new(), BTreeMap::new());
            for step in steps {
                match step {
                    Step::Insert(key, value) => prop_assert_eq!(map.insert(key, value), expected.insert(key, value)),
                    Step::Fill(key, value) => {
                        *map.entry(key).or_default() ^= value;
                        *expected.entry(key).or_default() ^= value;
                    }
                    Step::Remove(key) => prop_assert_eq!(map.remove(&key), expected.remove(&key)),
                    Step::Keep(most) => {
                        map.retain(|_, value| *value <= most);
                        expected.retain(|_, value| *value <= most);
                    }
                    Step::PopFirst => prop_assert_eq!(map.pop_first(), expected.pop_first()),
                }
                prop_assert!(map.runs.iter().all(|run| !run.is_empty() && run.len() <= MAX_RUN));
                prop_assert_eq!((map.len(), map.is_empty()), (expected.len(), expected.is_empty()));
            }
            prop_assert!(map.iter().eq(expected.iter()));
            prop_assert!(map.iter().rev().eq(expected.iter().rev()));
            prop_assert_eq!(map.first_key_value(), expected.first_key_value());
            prop_assert_eq!(map.last_key_value(), expected.last_key_value());
            for key in 0..400 {
                prop_assert_eq!(map.get(&key), expected.get(&key));
                prop_assert_eq!(map.contains_key(&key), expected.contains_key(&key));
            }
            prop_assert!(map.range(from..).eq(expected.range(from..)));
            prop_assert!(map.range(..=to).eq(expected.range(..=to)));
            if from <= to {
                prop_assert!(map.range(from..=to).eq(expected.range(from..=to)));
                prop_assert!(map.range(from..to).eq(expected.range(from..to)));
            }
            prop_assert_eq!(&map, &expected.iter().map(|(key, value)| (*key, *value)).collect());
            let text = serde_json::to_string(&map).unwrap();
            prop_assert_eq!(&text, &serde_json::to_string(&expected).unwrap());
            prop_assert_eq!(&serde_json::from_str::<SortedMap<u16, u8>>(&text).unwrap(), &map);
            prop_assert!(map.into_iter().eq(expected));
        }
    }

    #[test]
    fn what_comes_in_order_fills_whole_runs_and_nothing_is_moved() {
        let map: SortedMap<_, _> = (0..10 * MAX_RUN).map(|key| (key, ())).collect();
        assert!(map.runs.iter().all(|run| run.len() == MAX_RUN));
    }

    #[test]
    fn a_set_says_what_is_new_and_writes_as_a_sequence() {
        let mut set: SortedSet<u8> = set_of([3, 1, 2, 3]);
        assert_eq!((set.insert(2), set.insert(4), set.remove(&1), set.remove(&1)), (false, true, true, false));
        let mut other = set_of([9, 3]);
        set.append(&mut other);
        assert!(other.is_empty());
        assert_eq!(serde_json::to_string(&set).unwrap(), "[2,3,4,9]");
        assert_eq!(serde_json::from_str::<SortedSet<u8>>("[9,4,3,2,2]").unwrap(), set);
        assert_eq!((set.pop_first(), set.first(), set.contains(&9)), (Some(2), Some(&3), true));
        assert!(set.range(4..).eq(&[4, 9]));
    }
}
