//! Places: where an envelope belongs. A place goes into the key derivation, so an envelope opens nowhere else.

use shared_types::bytes::Writer;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId, ScopeId, ScopeKind};

use super::SUITE;

/// The account and the place of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// Whose key seals.
    pub account_id: AccountId,
    /// Where in the account.
    pub place: Place,
}

/// Where in an account an envelope belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A leaf of a batch.
    Op(OpPlace),
    /// The key of an older epoch under a newer one.
    BackLink {
        /// Epoch whose key seals.
        sealing_epoch: u32,
        /// Epoch whose key is sealed.
        sealed_epoch: u32,
    },
    /// What a method remembers of the account.
    Anchor {
        /// Whose seal key seals.
        method_id: MethodId,
        /// Rises with each anchor.
        counter: u64,
    },
    /// A row of a device's local store.
    LocalRow {
        /// The device.
        device_id: DeviceId,
        /// The store; 0 holds unlock rows.
        store: u16,
        /// Stands for the row key.
        row_key_hash: Hash,
    },
    /// A state of a share.
    SharedSnapshot {
        /// The share.
        share_id: ScopeId,
        /// Rises with each snapshot.
        counter: u64,
    },
}

/// The place of one op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpPlace {
    /// Owner of the scope; the account itself unless the scope is shared with it.
    pub owner: AccountId,
    /// What the scope holds.
    pub scope_kind: ScopeKind,
    /// Names the scope among those of its kind.
    pub scope_id: ScopeId,
    /// The epoch in which it was sealed.
    pub epoch: u32,
    /// The device that wrote it.
    pub author: DeviceId,
    /// Sequence number of its batch.
    pub batch_seq: u64,
    /// Its leaf in the batch.
    pub leaf_index: u16,
}

impl Place {
    /// The number of the kind of object.
    pub fn object_type(&self) -> u8 {
        match self {
            Self::Op(_) => 1,
            Self::BackLink { .. } => 2,
            Self::Anchor { .. } => 3,
            Self::LocalRow { .. } => 4,
            Self::SharedSnapshot { .. } => 5,
        }
    }

    /// Whether anything may stand here: a back link leads to an older epoch.
    pub(super) fn is_possible(&self) -> bool {
        match self {
            Self::BackLink { sealing_epoch, sealed_epoch } => 1 <= *sealed_epoch && sealed_epoch < sealing_epoch,
            Self::Op(_) | Self::Anchor { .. } | Self::LocalRow { .. } | Self::SharedSnapshot { .. } => true,
        }
    }

    fn put(&self, writer: &mut Writer) {
        match self {
            Self::Op(op) => {
                writer.put(&op.owner.0).u8(op.scope_kind as u8).put(&op.scope_id.0).u32(op.epoch);
                writer.put(&op.author.0).u64(op.batch_seq).u16(op.leaf_index)
            }
            Self::BackLink { sealing_epoch, sealed_epoch } => writer.u32(*sealing_epoch).u32(*sealed_epoch),
            Self::Anchor { method_id, counter } => writer.put(&method_id.0).u64(*counter),
            Self::LocalRow { device_id, store, row_key_hash } => {
                writer.put(&device_id.0).u16(*store).put(&row_key_hash.0)
            }
            Self::SharedSnapshot { share_id, counter } => writer.put(&share_id.0).u64(*counter),
        };
    }
}

impl Context {
    /// SHA-256 of the context's bytes.
    pub fn hash(&self) -> Hash {
        let mut writer = Writer::new();
        writer.put(b"sotto/context/v1").u8(SUITE).u8(self.place.object_type()).put(&self.account_id.0);
        self.place.put(&mut writer);
        Hash::of(&[writer.as_slice()])
    }
}
