//! One entry of a map, to fill or to change.

use super::{Place, SortedMap};

/// The entry of a key.
pub struct Entry<'a, K, V> {
    map: &'a mut SortedMap<K, V>,
    place: Result<Place, (Place, K)>,
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    pub(super) fn of(map: &'a mut SortedMap<K, V>, key: K) -> Self {
        let place = map.find(&key).map_err(|place| (place, key));
        Self { map, place }
    }

    /// The value; this one if there was none.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The value; the default if there was none.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// The value; what is made here if there was none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let (run, at) = match self.place {
            Ok(place) => place,
            Err((place, key)) => self.map.put(place, (key, make())),
        };
        &mut self.map.runs[run][at].1
    }
}
