//! What unlocks this device: which methods do, one that comes, and those that go from the account.

use rand_core::CryptoRng;
use shared_types::ids::MethodId;
use shared_types::log::{MethodKind, MethodState};

use super::ENROLMENT_KEY;
use super::opened::Opened;
use crate::keys::{LocalPrfOutput, LocalUnlockSecret, UnlockWay};
use crate::records::to_cbor;
use crate::store::{Row, Table, Write};

/// What unlocks this device.
#[derive(Default)]
pub(super) struct UnlockWays {
    /// Methods that do.
    pub(super) methods: Vec<MethodId>,
    /// What changes with the next commit.
    pub(super) writes: Vec<Write>,
    /// One that signed in and that the log here does not name yet.
    awaited: Option<(MethodId, Vec<u8>, LocalUnlockSecret)>,
}

impl Opened {
    /// Finds out which methods unlock this device.
    pub(super) fn find_unlock_ways(&mut self, rows: &[Row]) {
        let opens = |id: &MethodId| {
            let ways = [UnlockWay::Prf(*id), UnlockWay::Words(*id)];
            ways.iter().any(|way| rows.iter().any(|row| row.key == way.row_key_hash().0))
        };
        // The row of a password does not say of which it is.
        let has_password = rows.iter().any(|row| row.key == UnlockWay::Password.row_key_hash().0);
        let opens = |method: &&MethodState| match method.part.kind {
            MethodKind::Password => has_password,
            MethodKind::Passkey | MethodKind::SecurityKey | MethodKind::Words => opens(&method.part.id),
        };
        self.unlock.methods = self.vault.log().methods().filter(opens).map(|method| method.part.id).collect();
    }

    /// Methods that are gone from the account do not unlock this device any more. The last way to unlock it stays until
    /// there is another: what was not sent yet would be lost with it.
    pub(super) fn forget_gone_methods(&mut self) {
        let log = self.vault.log();
        let stays = |id: &MethodId| log.method(id).is_some_and(MethodState::is_active);
        let (staying, gone): (Vec<_>, Vec<_>) = self.unlock.methods.iter().copied().partition(stays);
        if staying.is_empty() || gone.is_empty() {
            return;
        }
        let is_password = |id: &MethodId| log.method(id).is_some_and(|method| method.part.kind == MethodKind::Password);
        let keeps_password = staying.iter().any(is_password);
        let of_password = gone.iter().any(is_password).then_some(UnlockWay::Password).filter(|_| !keeps_password);
        self.unlock.methods = staying;
        for method in gone {
            for way in [UnlockWay::Prf(method), UnlockWay::Words(method)].into_iter().chain(of_password) {
                self.unlock.writes.push(Write::Delete { table: Table::Unlock, key: way.row_key_hash().0.to_vec() });
            }
            self.enrolment.passkeys.retain(|(id, _)| *id != method);
        }
        self.write_enrolment();
    }

    /// A method unlocks this device from the next commit on.
    pub(super) fn admit_to_unlock(
        &mut self,
        method: MethodId,
        credential_id: Vec<u8>,
        secret: &LocalUnlockSecret,
        rng: &mut dyn CryptoRng,
    ) {
        let sealed = secret.wrap(&self.store_key, self.vault.account_id(), rng);
        let row = Row { key: sealed.key_hash.0.to_vec(), value: sealed.envelope };
        self.unlock.writes.push(Write::Put { table: Table::Unlock, row });
        self.unlock.methods.push(method);
        if self.vault.log().method(&method).is_some_and(|method| has_prf(method.part.kind)) {
            self.enrolment.passkeys.push((method, credential_id));
            self.write_enrolment();
        }
        self.forget_gone_methods();
    }

    /// A passkey that signed in unlocks this device too, if it gave what that takes.
    pub(super) fn admit_passkey(&mut self, method: MethodId, credential_id: &[u8], local: Option<&LocalPrfOutput>) {
        if let Some(local) = local.filter(|_| !self.unlock.methods.contains(&method)) {
            let secret = LocalUnlockSecret::from_prf(local, self.vault.device().id(), method);
            self.unlock.awaited = Some((method, credential_id.to_vec(), secret));
        }
    }

    /// A passkey that waits for the log to name it unlocks this device once it does.
    pub(super) fn admit_awaited(&mut self, rng: &mut dyn CryptoRng) {
        let log = self.vault.log();
        let is_named = |(method, ..): &mut (MethodId, Vec<u8>, LocalUnlockSecret)| {
            log.method(method).is_some_and(MethodState::is_active)
        };
        if let Some((method, credential_id, secret)) = self.unlock.awaited.take_if(is_named) {
            self.admit_to_unlock(method, credential_id, &secret, rng);
        }
    }

    /// Credential ids of the account's passkeys and security keys, but one.
    pub(super) fn passkeys(&self, but: Option<MethodId>) -> Vec<Vec<u8>> {
        let methods = self.vault.log().active_methods().map(|method| &method.part);
        let passkeys = methods.filter(|part| has_prf(part.kind) && Some(part.id) != but);
        passkeys.map(|part| part.credential_id.clone()).collect()
    }

    fn write_enrolment(&mut self) {
        let row = Row { key: ENROLMENT_KEY.to_vec(), value: to_cbor(&self.enrolment) };
        self.unlock.writes.push(Write::Put { table: Table::Unlock, row });
    }
}

/// Whether a method's secret is in an authenticator.
pub(super) fn has_prf(kind: MethodKind) -> bool {
    matches!(kind, MethodKind::Passkey | MethodKind::SecurityKey)
}
