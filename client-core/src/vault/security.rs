//! What the account log says of who may enter, as a view.

use rand_core::CryptoRng;
use shared_types::hand_over::OfferAnswer;
use shared_types::ids::{DeviceId, MethodId, PartyId};
use shared_types::log::{
    AcceptedEntry, DeviceHead, DevicePart, DeviceState, DeviceStatus, Entry, EntryBody, MethodKind, MethodState,
    RevokeReason,
};
use shared_types::ordered::sort_by_key;

use super::Vault;
use crate::account::{answer_offer, may_rotate, next_check_s, next_rotation_s, state_code};
use crate::keys::HandOverSecret;
use crate::records::ChatEntry;
use crate::time::Timestamp;
use crate::view::RecoverStep;
use crate::view::security::{
    By, Event, EventView, KeysView, MAX_EVENTS, MemberAction, MemberView, NewcomerView, RemovalReason, SecurityView,
    WayKind, WayView,
};

const DAY_S: u64 = 24 * 60 * 60;

impl Vault {
    /// Who may enter and what happened to that. `opens_this` names the methods that unlock this device.
    pub fn security(&self, opens_this: &[MethodId], now: Timestamp) -> SecurityView {
        let way = |method: &MethodState| {
            let named = self.method_notes.get(&method.part.id).map(|(note, _)| note);
            WayView {
                id: method.part.id,
                name: self.way_name(&method.part.id),
                kind: way_of(method.part.kind),
                added_s: self.time_at(method.added_seq),
                opens_this: opens_this.contains(&method.part.id),
                is_unlisted: named.is_some_and(|named| named.is_unlisted),
                has_account_code: method.part.kind == MethodKind::Password && self.account_secret().is_some(),
                checked_s: named.map_or(0, |named| named.check.checked_s),
            }
        };
        let mut ways: Vec<WayView> = self.log.active_methods().map(way).collect();
        sort_by_key(&mut ways, |way| way.added_s);
        let events = self.log.entries().iter().rev().take(MAX_EVENTS).map(|entry| self.event(entry));
        let mut devices: Vec<MemberView> = self.log.active_devices().map(|device| self.member(device, now)).collect();
        sort_by_key(&mut devices, |device| (!device.is_this, std::cmp::Reverse(device.active_s)));
        SecurityView {
            ways,
            devices,
            events: events.collect(),
            code: state_code(self.log.head(), &self.heads()).map(str::to_owned).to_vec(),
            keys: self.keys(now),
            change: None,
            way_change: None,
            may_change_ways: self.is_confirmed() && self.can_write(),
            can_delete: false,
            deletion: None,
            may_let_in: self.may_let_in(),
            letting_in: None,
        }
    }

    /// Whether this device may change who may enter, as the log says.
    pub fn is_confirmed(&self) -> bool {
        self.log.device(&self.device.id()).is_some_and(|own| own.is_active() && own.confirmed.is_some())
    }

    /// What is still to be done after this device was let in by recovery words: a new way to sign in, then new words
    /// unless nobody else knows the old ones.
    pub fn recovery(&self) -> Option<RecoverStep> {
        let own = self.log.device(&self.device.id()).filter(|_| self.is_confirmed() && self.can_write())?;
        let words = own.added_by.and_then(|id| self.log.method(&id)).filter(|method| method.is_words())?;
        let party = PartyId::from(own.part.id);
        let adds = |accepted: &AcceptedEntry| {
            let entry = &accepted.entry;
            let is_own = entry.seq > own.added_seq && entry.signers.contains(&party);
            is_own && matches!(&entry.body, EntryBody::MethodAdd { method } if method.kind != MethodKind::Words)
        };
        if !self.log.entries().iter().any(adds) {
            return Some(RecoverStep::NewWay);
        }
        (words.is_active() && !self.preferences.keeps_words).then_some(RecoverStep::OldWords)
    }

    /// Whether it is time to look whether the recovery words can still be read.
    pub fn is_words_check_due(&self, now: Timestamp) -> bool {
        let due_s = |words: &MethodState| {
            let note = self.method_note(&words.part.id);
            next_check_s(self.time_at(words.added_seq), &note.check)
        };
        let may_note = self.is_confirmed() && self.can_write();
        may_note && self.newest_words().is_some_and(|words| due_s(words) <= now.seconds())
    }

    pub(super) fn newest_words(&self) -> Option<&MethodState> {
        self.log.active_methods().filter(|method| method.is_words()).max_by_key(|method| method.added_seq)
    }

    /// Whether this device may let a new one in that is confirmed at once.
    pub fn may_let_in(&self) -> bool {
        self.is_confirmed() && self.can_write() && self.holds_current_epoch()
    }

    /// What lets a new device in behind the newest entry of the log.
    pub fn answer_offer(
        &self,
        device: DevicePart,
        secret: &HandOverSecret,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Option<OfferAnswer> {
        let account_secret = self.account_secret().map(|secret| &**secret).filter(|_| self.has_password_beside(None));
        answer_offer((&self.log, &self.epochs, account_secret), (device, secret), &self.device, now.seconds(), rng)
    }

    /// The newest device that joined after this one and that nobody has vouched for.
    pub fn newcomer(&self) -> Option<NewcomerView> {
        let own = self.log.device(&self.device.id())?;
        let is_new = |device: &&DeviceState| device.confirmed.is_none() && device.added_seq > own.added_seq;
        let device = self.log.active_devices().filter(is_new).max_by_key(|device| device.added_seq)?;
        Some(NewcomerView {
            id: device.part.id,
            name: self.name_of(&device.part.id),
            joined_s: self.time_at(device.added_seq),
            may_answer: own.confirmed.is_some() && self.can_write(),
        })
    }

    /// The newest verified batch of every device; of a revoked one, its cut.
    pub(super) fn heads(&self) -> Vec<DeviceHead> {
        let pin_of = |device: &DeviceState| match device.revoked {
            Some(end) => end.cut,
            None => self.tips.get(&device.part.id)?.pin,
        };
        let head = |device: &DeviceState| {
            let pin = pin_of(device)?;
            Some(DeviceHead { device: device.part.id, seq: pin.seq, hash: pin.hash })
        };
        self.log.devices().filter_map(head).collect()
    }

    fn member(&self, device: &DeviceState, now: Timestamp) -> MemberView {
        let (id, own) = (device.part.id, self.device.id());
        let may_change = self.is_confirmed() && self.can_write();
        let has_others = self.log.active_devices().any(|other| other.part.id != own);
        let mut actions = match device.status() {
            _ if id == own => has_others.then_some(MemberAction::RemoveOthers).into_iter().collect(),
            DeviceStatus::Confirmed => vec![MemberAction::Lock, MemberAction::Remove(RemovalReason::Lost)],
            DeviceStatus::Unconfirmed => {
                vec![MemberAction::Confirm, MemberAction::Remove(RemovalReason::Compromised)]
            }
        };
        // A removal wants the word of a passkey: without one it is not offered.
        let is_passkey = |kind| matches!(kind, MethodKind::Passkey | MethodKind::SecurityKey);
        let has_passkey = self.log.active_methods().any(|method| is_passkey(method.part.kind));
        actions.retain(|action| has_passkey || matches!(action, MemberAction::Confirm | MemberAction::Lock));
        MemberView {
            id,
            name: self.name_of(&id),
            added_s: self.time_at(device.added_seq),
            active_s: self.last_signed_s(&id, now),
            confirmed: device.confirmed.is_some(),
            is_this: id == self.device.id(),
            actions: if may_change { actions } else { Vec::new() },
        }
    }

    fn event(&self, accepted: &AcceptedEntry) -> EventView {
        let entry = &accepted.entry;
        let (what, device) = match &entry.body {
            EntryBody::Genesis { device, .. } => (Event::Founded, Some(device.id)),
            EntryBody::DeviceAdd { device, status } => {
                (Event::Joined { confirmed: *status == DeviceStatus::Confirmed }, Some(device.id))
            }
            EntryBody::DeviceConfirm { device } => (Event::Confirmed, Some(*device)),
            EntryBody::DeviceRevoke { device, reason, .. } => (end_of(*reason), Some(*device)),
            EntryBody::MethodAdd { method } => (Event::WayAdded(way_of(method.kind)), None),
            EntryBody::MethodRemove { method, .. } => {
                let kind = self.log.method(method).map_or(MethodKind::Passkey, |method| method.part.kind);
                (Event::WayRemoved(way_of(kind)), None)
            }
            EntryBody::EpochAdvance { .. } => (Event::KeysChanged, None),
            EntryBody::PolicySet { .. } => (Event::RulesTightened, None),
            EntryBody::Checkpoint { .. } => (Event::Witnessed, None),
            EntryBody::SharePin { .. } => (Event::ShareNoted, None),
        };
        let device = device.and_then(|id| self.name_of(&id));
        EventView { what, device, by: self.signers_of(entry), at_s: accepted.time_s }
    }

    /// Who signed an entry; not what it is about, which signs that it is there.
    fn signers_of(&self, entry: &Entry) -> Vec<By> {
        let is_subject = |id: &PartyId| match &entry.body {
            EntryBody::Genesis { .. } => true,
            EntryBody::DeviceAdd { device, .. } => *id == device.id.into(),
            EntryBody::DeviceRevoke { device, .. } => *id == (*device).into(),
            EntryBody::MethodAdd { method } => *id == method.id.into(),
            EntryBody::DeviceConfirm { .. }
            | EntryBody::MethodRemove { .. }
            | EntryBody::EpochAdvance { .. }
            | EntryBody::PolicySet { .. }
            | EntryBody::Checkpoint { .. }
            | EntryBody::SharePin { .. } => false,
        };
        let by = |id: &PartyId| {
            if let Some(device) = self.log.device(&DeviceId(id.0)) {
                return Some(By::Device(self.name_of(&device.part.id)));
            }
            let method = self.log.method(&MethodId(id.0))?;
            Some(By::Way(way_of(method.part.kind), self.way_name(&method.part.id)))
        };
        entry.signers.iter().filter(|id| !is_subject(id)).filter_map(by).collect()
    }

    fn way_name(&self, method: &MethodId) -> Option<String> {
        let (note, _) = self.method_notes.get(method)?;
        Some(note.name.clone()).filter(|name| !name.is_empty())
    }

    /// The newest thing that a device has signed, as far as it is here: an entry of the log, or something of the chat
    /// list; Unix seconds.
    fn last_signed_s(&self, device: &DeviceId, now: Timestamp) -> u64 {
        let party = PartyId::from(*device);
        let entry = self.log.entries().iter().rfind(|accepted| accepted.entry.signers.contains(&party));
        let stamps = self.directory.values().flat_map(ChatEntry::stamps).filter(|stamp| stamp.device == *device);
        let written = stamps.map(|stamp| Timestamp(stamp.ms).min(now).seconds()).max();
        entry.map_or(0, |accepted| accepted.time_s).max(written.unwrap_or_default())
    }

    fn keys(&self, now: Timestamp) -> KeysView {
        let (log, own) = (&self.log, self.device.id());
        let (days, changed_s) = (log.policy().epoch_days, log.epoch().time_s);
        let day = (now.seconds().saturating_sub(changed_s) / DAY_S).min(u64::from(days).saturating_sub(1)) + 1;
        KeysView {
            changed_s,
            due_s: next_rotation_s(log, &own),
            day: u16::try_from(day).unwrap_or(days),
            days,
            can_change: may_rotate(log, &own) && self.can_write(),
            change: None,
        }
    }

    fn name_of(&self, device: &DeviceId) -> Option<String> {
        self.device_names.get(device).map(|(name, _)| name.clone())
    }

    fn time_at(&self, log_seq: u32) -> u64 {
        self.log.entry_at(log_seq).map_or(0, |accepted| accepted.time_s)
    }
}

/// What a method is called in views.
pub(crate) fn way_of(kind: MethodKind) -> WayKind {
    match kind {
        MethodKind::Passkey => WayKind::Passkey,
        MethodKind::SecurityKey => WayKind::SecurityKey,
        MethodKind::Password => WayKind::Password,
        MethodKind::Words => WayKind::Words,
    }
}

fn end_of(reason: RevokeReason) -> Event {
    match reason {
        RevokeReason::SignedOut => Event::SignedOut,
        RevokeReason::Lost => Event::Lost,
        RevokeReason::Compromised => Event::Compromised,
    }
}
