//! Attack row 6 on a true relay: whoever owns its database moves ciphertext from row to row, and a client reads.

#[path = "stored/account.rs"]
mod account;
#[path = "stored/rows.rs"]
mod rows;

use client_core::account::{Anchor, EpochKeys, Recipient};
use client_core::envelope::OpenError;
use client_core::keys::seeded::SeededRng;
use client_core::keys::{DeviceKeys, LocalStoreKey, MethodKeys};
use client_core::records::{ChatRecord, DirectoryRecord, Record};
use client_core::relay::Relay;
use client_core::sync::verify::{Tips, judge_page};
use client_core::time::Timestamp;
use client_core::vault::{Enrolment, OpTrouble, Vault, VerifiedBatch, VerifiedLeaf};
use client_core::view::IntegrityState;
use shared_types::batch::{ChainTip, SignedBatch};
use shared_types::ids::MethodId;
use shared_types::sync::{BatchParcel, Cursor, PageBody};

pub(crate) use account::Account;
use rows::{Kept, Row, Rows};

/// No stamp is ahead of this reader.
const LONG_AFTER: Timestamp = Timestamp(u64::MAX);

/// Somebody of the account who reads everything anew, by the words.
struct Reader<'a> {
    account: &'a Account,
}

impl Reader<'_> {
    async fn epochs(&self) -> EpochKeys {
        let words = &self.account.words_keys;
        let served = self.account.link.load_epochs(&self.account.session, words.id().into()).await.unwrap();
        let mut keys = EpochKeys::new();
        keys.open(&self.account.log, &Recipient::Method(words), &served.copies, &served.back_links);
        keys
    }

    /// A vault that holds nothing but the keys of all epochs.
    async fn empty_vault(&self) -> Vault {
        let mut rng = SeededRng::new(77);
        let enrolment = Enrolment {
            account_id: self.account.log.account_id(),
            device: DeviceKeys::generate(&mut rng),
            log: self.account.log.clone(),
            entries: self.account.entries.clone(),
            epochs: self.epochs().await,
            session: None,
        };
        Vault::enrol(&LocalStoreKey::generate(&mut rng), enrolment).unwrap()
    }

    async fn page(&self) -> PageBody {
        let page = self.account.link.pull(&self.account.session, Cursor(0)).await.unwrap();
        assert!(!page.more, "everything is one page");
        page
    }

    /// What the client makes of everything that the relay serves.
    async fn read(&self) -> (Vec<Record>, Vec<OpTrouble>) {
        let judged = judge_page(&self.page().await, &self.account.log, &Tips::new(), &|_, _| None).unwrap();
        (self.empty_vault().await.open_batches(&judged.batches, LONG_AFTER).records, judged.troubles)
    }

    /// The same if leaves did not name their envelopes: only the envelopes defend themselves.
    async fn read_whatever_the_leaves_say(&self) -> Vec<Record> {
        let page = self.page().await;
        let batches: Vec<VerifiedBatch> = page.parcels.iter().map(believed).collect();
        self.empty_vault().await.open_batches(&batches, LONG_AFTER).records
    }

    async fn open_anchor(&self, method: MethodId) -> Result<Anchor, OpenError> {
        let keys: [&MethodKeys; 2] = [&self.account.words_keys, &self.account.prf_keys];
        let own = keys.into_iter().find(|keys| keys.id() == method).unwrap();
        let served = self.account.link.load_anchor(&self.account.session, method).await.unwrap();
        Anchor::open(&served.anchor.unwrap(), own)
    }

    /// Epochs whose keys come out of the newest copy and the back links alone.
    async fn epochs_by_links(&self) -> Vec<u32> {
        let words = &self.account.words_keys;
        let mut served = self.account.link.load_epochs(&self.account.session, words.id().into()).await.unwrap();
        served.copies.retain(|copy| copy.epoch == self.account.log.epoch().part.number);
        let mut keys = EpochKeys::new();
        keys.open(&self.account.log, &Recipient::Method(words), &served.copies, &served.back_links);
        keys.iter().map(|(number, _)| number).collect()
    }

    /// Epochs whose keys come out of copies alone.
    async fn epochs_by_copies(&self, by: &Recipient<'_>) -> Vec<u32> {
        let recipient = match by {
            Recipient::Device(device) => device.id().into(),
            Recipient::Method(method) => method.id().into(),
        };
        let served = self.account.link.load_epochs(&self.account.session, recipient).await.unwrap();
        let mut keys = EpochKeys::new();
        keys.open(&self.account.log, by, &served.copies, &[]);
        keys.iter().map(|(number, _)| number).collect()
    }

    /// Fails unless what stands in this row now is refused.
    async fn assert_refuses(&self, row: &Row, honest: &[Record], of: &str) {
        match &row.kept {
            Kept::Envelope { author, seq, leaf_index } => {
                let (records, troubles) = self.read().await;
                let found: Vec<_> = troubles
                    .iter()
                    .map(|trouble| (trouble.state, trouble.author, trouble.batch_seq, trouble.leaf_index))
                    .collect();
                assert_eq!(found, [(IntegrityState::Altered, *author, *seq, Some(*leaf_index))], "{of}");
                assert_lacks_some(&records, honest, of);
                assert_lacks_some(&self.read_whatever_the_leaves_say().await, honest, of);
            }
            Kept::Anchor { method } => assert_eq!(self.open_anchor(*method).await, Err(OpenError::Refused), "{of}"),
            Kept::BackLink { sealed_epoch } => {
                let opened = self.epochs_by_links().await;
                assert!(opened.iter().all(|number| number > sealed_epoch), "{of}: {opened:?}");
            }
            Kept::WordsCopy { epoch } => {
                let opened = self.epochs_by_copies(&Recipient::Method(&self.account.words_keys)).await;
                assert!(!opened.contains(epoch) && opened.len() == 2, "{of}: {opened:?}");
            }
            Kept::DeviceCopy { epoch } => {
                let opened = self.epochs_by_copies(&Recipient::Device(&self.account.session.device)).await;
                assert!(!opened.contains(epoch) && opened.len() == 2, "{of}: {opened:?}");
            }
        }
    }
}

/// A batch as if everything about it had been verified.
fn believed(parcel: &BatchParcel) -> VerifiedBatch {
    let signed = SignedBatch::parse(&parcel.batch).unwrap();
    let leaves = signed.batch.leaves.iter().zip(&parcel.envelopes);
    VerifiedBatch {
        counts: true,
        author: signed.batch.device_id,
        seq: signed.batch.seq,
        log_seq: signed.batch.log.seq,
        leaves: leaves.map(|(leaf, (_, served))| VerifiedLeaf { tag: leaf.tag, envelope: served.clone() }).collect(),
        tip: ChainTip::at(signed.pin()),
    }
}

/// Nothing is read that was not written, and something that was is not.
fn assert_lacks_some(records: &[Record], honest: &[Record], of: &str) {
    assert!(records.iter().all(|record| honest.contains(record)), "{of}: {records:?}");
    assert!(records.len() < honest.len(), "{of}: everything is read");
}

/// Everything that the owner of an account has written: texts and titles.
pub(crate) async fn written(account: &Account) -> Vec<String> {
    let (records, _) = Reader { account }.read().await;
    let text = |record: Record| match record {
        Record::Directory(DirectoryRecord::Titled { title, .. }) => Some(title),
        Record::Chat(_, ChatRecord::Message(message)) => Some(message.text),
        Record::Directory(_) | Record::Settings(_) | Record::Chat(..) => None,
    };
    records.into_iter().filter_map(text).collect()
}

/// Moves every ciphertext to every other row of a relay's database, SQLite's file if no address of one is given: ops
/// are refused by their leaf and, were that not there, by their place; anchors, back links and epoch copies by theirs.
pub(crate) async fn move_every_ciphertext(database_url: Option<String>) {
    let account = Account::with_two_devices_and_three_epochs(database_url).await;
    let stranger = account.stranger().await;
    let mut rows = Rows::open(&account).await;
    let own = rows.list(&account).await;
    let n_of = |wanted: fn(&Kept) -> bool| own.iter().filter(|row| wanted(&row.kept)).count();
    assert_eq!(n_of(|kept| matches!(kept, Kept::Envelope { .. })), account.n_envelopes);
    assert_eq!(n_of(|kept| matches!(kept, Kept::Anchor { .. })), 2);
    assert_eq!(n_of(|kept| matches!(kept, Kept::BackLink { .. })), 2);
    assert_eq!(n_of(|kept| matches!(kept, Kept::WordsCopy { .. } | Kept::DeviceCopy { .. })), 6);

    let reader = Reader { account: &account };
    let (honest, troubles) = reader.read().await;
    assert_eq!((honest.len(), troubles.as_slice()), (account.n_records, &[][..]));
    assert_eq!(reader.read_whatever_the_leaves_say().await, honest);
    assert_eq!(reader.epochs_by_links().await, [1, 2, 3]);

    let foreign = rows.list(&stranger).await;
    for to in &own {
        for from in own.iter().chain(&foreign).filter(|from| from.bytes != to.bytes) {
            rows.write(&account, to, &from.bytes).await;
            let of = format!("from {:?} to {:?}", from.kept, to.kept);
            reader.assert_refuses(to, &honest, &of).await;
        }
        rows.write(&account, to, &to.bytes).await;
    }
    assert_eq!(reader.read().await, (honest, vec![]), "what was moved back opens again");
    assert_eq!(reader.epochs_by_links().await, [1, 2, 3]);
}
