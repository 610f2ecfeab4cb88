//! The key ring, unlocked: which scope key opens what, and which one seals next.

use shared_types::ordered::SortedMap;

use shared_types::ids::KeyId;

use crate::keys::{KeyRingKey, ScopeKey};
use crate::records::Scope;
use crate::view::ChatId;
use shared_types::ordered::set_of;

/// A scope key and where it belongs.
#[derive(Debug)]
pub(super) struct RingKey {
    pub(super) scope: Scope,
    /// The epoch of the place of the op that brought it.
    pub(super) epoch: u32,
    pub(super) key: ScopeKey,
    pub(super) usage: KeyUsage,
}

/// What a scope key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyUsage {
    /// It came with a batch that counts.
    SealsAndOpens,
    /// It came with a batch beyond a cut.
    Opens,
}

/// All scope keys by id, and the key of each epoch that wraps them.
#[derive(Debug, Default)]
pub(super) struct KeyRing {
    by_id: SortedMap<KeyId, RingKey>,
    newest: SortedMap<(Scope, u32), KeyId>,
    epochs: SortedMap<u32, KeyRingKey>,
}

impl KeyRing {
    pub(super) fn add_epoch(&mut self, number: u32, key: KeyRingKey) {
        self.epochs.insert(number, key);
    }

    pub(super) fn epoch_key(&self, number: u32) -> Option<&KeyRingKey> {
        self.epochs.get(&number)
    }

    /// Adds a key; of two for one scope and epoch both open, and the higher id seals, on every device alike.
    pub(super) fn add(&mut self, scope: Scope, epoch: u32, key: ScopeKey, usage: KeyUsage) {
        let id = key.id();
        let known = self.by_id.entry(id).or_insert(RingKey { scope, epoch, key, usage });
        if usage == KeyUsage::SealsAndOpens {
            known.usage = usage;
            let newest = self.newest.entry((scope, epoch)).or_insert(id);
            *newest = (*newest).max(id);
        }
    }

    /// Removes a key; of those that are left for its scope and epoch the highest id seals.
    pub(super) fn remove(&mut self, id: &KeyId) {
        let Some(RingKey { scope, epoch, .. }) = self.by_id.remove(id) else { return };
        let left = self
            .by_id
            .iter()
            .filter(|(_, key)| (key.scope, key.epoch, key.usage) == (scope, epoch, KeyUsage::SealsAndOpens));
        match left.map(|(id, _)| *id).max() {
            Some(newest) => drop(self.newest.insert((scope, epoch), newest)),
            None => drop(self.newest.remove(&(scope, epoch))),
        }
    }

    /// Chats that have a key.
    pub(super) fn list_chats(&self) -> Vec<ChatId> {
        let scopes = set_of(self.newest.keys().map(|(scope, _)| *scope));
        scopes.into_iter().filter(|scope| *scope == Scope::chat(scope.id)).map(|scope| scope.id).collect()
    }

    pub(super) fn find_key(&self, id: &KeyId) -> Option<&RingKey> {
        self.by_id.get(id)
    }

    /// The key that seals new ops of a scope in an epoch.
    pub(super) fn find_sealing_key(&self, scope: Scope, epoch: u32) -> Option<&RingKey> {
        self.newest.get(&(scope, epoch)).and_then(|id| self.by_id.get(id))
    }
}
