//! Who may erase, in whose name and at what time.

use shared_types::ids::DeviceId;

use super::{CHAT, NOW, Party, account};
use crate::account::confirm_device;
use crate::records::{
    Author, ChatEntry, ChatRecord, DirectoryRecord, Message, Record, SettingsRecord, from_cbor, to_cbor,
};
use crate::time::Stamp;
use crate::view::{IntegrityState, MessageId};

fn titled(title: &str, at: Stamp) -> Record {
    Record::Directory(DirectoryRecord::Titled { chat: CHAT, title: title.into(), at })
}

fn deleted(at: Stamp) -> Record {
    Record::Directory(DirectoryRecord::Deleted { chat: CHAT, at })
}

fn restored(at: Stamp) -> Record {
    Record::Directory(DirectoryRecord::Restored { chat: CHAT, at })
}

fn message(id: u8, at: Stamp) -> Record {
    let text = format!("message {id}");
    Record::Chat(
        CHAT,
        ChatRecord::Message(Message { id: MessageId([id; 16]), at, text, author: Author::Owner, standing: None }),
    )
}

fn removed(id: u8, at: Stamp) -> Record {
    Record::Chat(CHAT, ChatRecord::Removed { message: MessageId([id; 16]), at })
}

impl Party {
    fn tick(&mut self) -> Stamp {
        self.vault.tick(self.now)
    }

    fn titles(&self) -> Vec<String> {
        self.vault.chat_list().into_iter().filter_map(|row| row.title).collect()
    }

    fn messages(&mut self) -> Vec<u8> {
        while let Some(name) = self.vault.missing_for_tail(CHAT, 100) {
            let key = self.vault.stored_key(name);
            self.vault.insert_row(name, self.rows.get(&(name.table(), key)).map(Vec::as_slice));
        }
        self.vault.visible_messages(CHAT).iter().map(|message| message.id.0[0]).collect()
    }
}

/// A chat with a message of each device that both of them hold.
fn with_a_chat() -> (Party, Party) {
    let (mut owner, mut other) = account();
    let mut parcels = Vec::new();
    let at = owner.tick();
    parcels.push(owner.write(titled("kept", at)));
    let at = owner.tick();
    parcels.push(owner.write(message(1, at)));
    other.read(parcels);
    let at = other.tick();
    let own = other.write(message(2, at));
    owner.read(vec![own]);
    (owner, other)
}

// Adversary: A11, a thief of one synced passkey, whose device joins without being confirmed, deletes what is there.
// Invariant: what an unconfirmed device erases waits on every other device for its device_confirm, and nowhere else.
// Regression caught: every chat and message is gone on the owner's devices at once.
#[test]
fn a_tombstone_of_an_unconfirmed_device_waits() {
    let (mut owner, mut other) = with_a_chat();
    let mut parcels = Vec::new();
    let at = other.tick();
    parcels.push(other.write(removed(1, at)));
    let at = other.tick();
    parcels.push(other.write(removed(2, at)));
    let at = other.tick();
    parcels.push(other.write(deleted(at)));
    owner.read(parcels);
    assert_eq!(owner.titles(), ["kept"]);
    assert_eq!(owner.messages(), [1], "it takes back only what it wrote itself");
    assert_eq!(other.titles(), [""; 0], "on the device itself the chat is gone at once");
    for party in [&mut owner, &mut other] {
        let before = (party.titles(), party.messages());
        party.restart();
        assert_eq!((party.titles(), party.messages()), before);
    }
    assert_eq!(owner.vault.integrity(), IntegrityState::Verified, "it is no crime");

    let confirmation =
        confirm_device(owner.vault.log(), other.vault.device().id(), owner.vault.device(), NOW.seconds());
    owner.vault.take_changes();
    owner.append(&confirmation);
    assert_eq!(owner.titles(), [""; 0], "it counts from the confirmation on");
    assert!(owner.vault.take_changes().contains(&crate::vault::Change::ChatRow(CHAT)), "and is shown");
    let at = owner.tick();
    owner.write(restored(at));
    assert_eq!(owner.titles(), ["kept"]);
    assert_eq!(owner.messages(), [0; 0]);
}

#[test]
fn what_the_owner_deletes_is_gone_whatever_an_unconfirmed_device_deleted_before() {
    let (mut owner, mut other) = with_a_chat();
    let at = other.tick();
    let held = other.write(deleted(at));
    owner.read(vec![held]);
    let at = owner.tick();
    let parcel = owner.write(deleted(at));
    assert_eq!(owner.titles(), [""; 0]);
    other.read(vec![parcel]);
    assert_eq!(other.titles(), [""; 0]);
}

// Adversary: A11 or A7, a device of the account, deletes with a stamp that no later change can follow.
// Invariant: a stamp over 24 h ahead of a reader's clock opens nothing there; what is followed can be overruled.
// Regression caught: a chat that was deleted at the end of time can never be brought back.
#[test]
fn a_stamp_of_the_far_future_can_be_overruled() {
    let day_ms = 24 * 60 * 60 * 1000;
    for (ms, n, is_kept) in
        [(u64::MAX, u32::MAX, false), (NOW.0 + day_ms + 1, 0, false), (NOW.0 + day_ms, u32::MAX, true)]
    {
        let (mut other, mut owner) = with_a_chat();
        // Here the confirmed one attacks.
        let at = Stamp { ms, n, device: other.vault.device().id() };
        let forged = [deleted(at), titled("for ever", at)].map(|record| (record.scope(), record.to_cbor()));
        let parcel = other.forge(&forged);
        owner.read(vec![parcel]);
        assert_eq!(owner.titles().is_empty(), is_kept, "{ms}");
        let state = if is_kept { IntegrityState::Verified } else { IntegrityState::Altered };
        assert_eq!(owner.vault.integrity(), state, "{ms}: it is said");
        let at = owner.tick();
        owner.write(restored(at));
        let at = owner.tick();
        owner.write(titled("overruled", at));
        assert_eq!(owner.titles(), ["overruled"], "{ms}");
        owner.restart();
        assert_eq!(owner.titles(), ["overruled"], "{ms}");
    }
}

#[test]
fn a_message_of_a_device_whose_clock_is_wrong_is_read_and_moves_nothing_to_the_end_of_time() {
    let (mut owner, mut other) = with_a_chat();
    let at = Stamp { ms: u64::MAX, n: 0, device: other.vault.device().id() };
    let parcel = other.forge_record(&message(3, at));
    owner.read(vec![parcel]);
    assert_eq!(owner.messages(), [1, 2, 3]);
    assert_eq!(owner.vault.chat_row(CHAT).map(|row| row.changed_ms), Some(NOW.0));
}

// Adversary: A11 or A7, a device of the account, writes in the name of another one.
// Invariant: a stamp is its author's, and a device names only itself.
// Regression caught: an unconfirmed device erases as the confirmed one, or renames the owner's devices.
#[test]
fn nobody_writes_in_the_name_of_another_device() {
    let (mut owner, mut other) = with_a_chat();
    let (own, holder) = (other.vault.device().id(), owner.vault.device().id());
    let at = |device: DeviceId| Stamp { ms: NOW.0 + 5, n: 0, device };
    let named = |device, at| Record::Settings(SettingsRecord::DeviceNamed { device, name: "mine".into(), at });
    let forged = [deleted(at(holder)), message(9, at(holder)), named(holder, at(own)), named(own, at(holder))];
    let mut parcels: Vec<_> = forged.iter().map(|record| other.forge_record(record)).collect();
    parcels.push(other.write(named(own, at(own))));
    owner.read(parcels);
    assert_eq!((owner.titles(), owner.messages()), (vec!["kept".to_owned()], vec![1, 2]));
    let shown: Vec<_> = owner.vault.devices().into_iter().map(|device| (device.id, device.name)).collect();
    assert!(shown.contains(&(holder, None)) && shown.contains(&(own, Some("mine".into()))), "{shown:?}");
    assert_eq!(owner.vault.integrity(), IntegrityState::Altered);
}

#[test]
fn a_row_that_was_written_before_deletions_were_held_opens() {
    #[derive(serde::Serialize)]
    struct Before {
        chat: crate::view::ChatId,
        made: Option<Stamp>,
        title: Option<(String, Stamp)>,
        deleted: Option<(bool, Stamp)>,
        changed: Stamp,
    }
    let at = Stamp { ms: 1, n: 2, device: DeviceId([3; 16]) };
    let before = to_cbor(&Before { chat: CHAT, made: Some(at), title: None, deleted: Some((true, at)), changed: at });
    let expected = ChatEntry { made: Some(at), deleted: Some((true, at)), ..ChatEntry::unknown(CHAT, at) };
    assert_eq!(from_cbor(&before), Ok(expected));
}
