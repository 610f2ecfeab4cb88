//! One device's chain, page by page: good, refused, forked.

use shared_types::batch::{
    Batch, BatchError, BatchRefusal, ChainPin, ChainTip, Contradiction, Leaf, SignedBatch, verify_chain_page,
};
use shared_types::ids::{AccountId, DeviceId, Hash, StreamTag};
use shared_types::log::{DeviceHead, EntryBody, LogHead, MethodKind, RevokeReason};

use crate::actors::{Actor, Device, Ledger, device, head, revoke};

fn nothing(_: DeviceId, _: u64) -> Option<Hash> {
    None
}

fn batch(ledger: &Ledger, author: &Device, before: Option<ChainPin>) -> Batch {
    let seq = before.map_or(0, |pin| pin.seq + 1);
    Batch {
        account_id: ledger.account_id,
        device_id: author.part.id,
        seq,
        previous: before.map_or(Hash::ZERO, |pin| pin.hash),
        log: ledger.state.head(),
        seen: vec![],
        leaves: vec![Leaf { tag: StreamTag([1; 16]), envelope_hash: Hash::of(&[&seq.to_be_bytes()]) }],
    }
}

fn signed(batch: Batch, by: &Actor) -> SignedBatch {
    let signature = by.sign(&batch.to_signed_part());
    SignedBatch::parse(&batch.signed_with(signature).to_bytes()).unwrap()
}

/// A chain of good batches; each is bent by `bend` before it is linked and signed.
fn chain(ledger: &Ledger, author: &Device, n: u64, mut bend: impl FnMut(u64, &mut Batch)) -> Vec<SignedBatch> {
    let mut page: Vec<SignedBatch> = Vec::new();
    for index in 0..n {
        let mut next = batch(ledger, author, page.last().map(SignedBatch::pin));
        bend(index, &mut next);
        page.push(signed(next, &author.actor));
    }
    page
}

fn verify(ledger: &Ledger, author: &Device, page: &[SignedBatch]) -> Result<ChainTip, BatchError> {
    verify_chain_page(&ledger.state, author.part.id, &ChainTip::default(), &nothing, page)
}

fn refusal(result: Result<ChainTip, BatchError>) -> BatchRefusal {
    match result {
        Err(BatchError::Refused { why, .. }) => why,
        other => panic!("not refused: {other:?}"),
    }
}

fn contradiction(result: Result<ChainTip, BatchError>) -> Contradiction {
    match result {
        Err(BatchError::Fork(evidence)) => {
            let last = evidence.path.last().unwrap();
            assert_eq!(last.batch.device_id, evidence.author);
            evidence.contradiction
        }
        other => panic!("no fork: {other:?}"),
    }
}

#[test]
fn a_page_is_good_whole_and_in_pieces() {
    let ledger = Ledger::new();
    let page = chain(&ledger, &ledger.laptop, 5, |_, _| ());
    let whole = verify(&ledger, &ledger.laptop, &page).unwrap();
    assert_eq!(whole.pin, page.last().map(SignedBatch::pin));

    let mut tip = ChainTip::default();
    for piece in page.chunks(2) {
        tip = verify_chain_page(&ledger.state, ledger.laptop.part.id, &tip, &nothing, piece).unwrap();
    }
    assert_eq!(tip, whole);
    let empty = verify_chain_page(&ledger.state, ledger.laptop.part.id, &tip, &nothing, &[]);
    assert_eq!(empty, Ok(whole));
}

#[test]
fn only_the_last_signature_of_a_page_counts_and_it_vouches_for_the_rest() {
    let ledger = Ledger::new();
    let mut page = chain(&ledger, &ledger.laptop, 3, |_, _| ());
    page[0].signature.0[0] ^= 1;
    assert!(verify(&ledger, &ledger.laptop, &page).is_ok());
    page[2].signature.0[0] ^= 1;
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &page)), BatchRefusal::BadSignature);
}

#[test]
fn a_bent_batch_below_the_last_breaks_the_chain() {
    let ledger = Ledger::new();
    let page = chain(&ledger, &ledger.laptop, 3, |_, _| ());
    for index in 0..2 {
        let mut bent = page.clone();
        let mut changed = bent[index].batch.clone();
        changed.leaves[0].envelope_hash = Hash([9; 32]);
        bent[index] = signed(changed, &ledger.laptop.actor);
        assert_eq!(refusal(verify(&ledger, &ledger.laptop, &bent)), BatchRefusal::BrokenChain);
    }
    let last = page[2].batch.clone();
    let by_other = [page[0].clone(), page[1].clone(), signed(last, &ledger.passkey.actor)];
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &by_other)), BatchRefusal::BadSignature);
}

#[test]
fn a_gap_a_double_and_a_swap_are_refused() {
    let ledger = Ledger::new();
    let page = chain(&ledger, &ledger.laptop, 4, |_, _| ());
    for order in [vec![1, 2], vec![0, 2], vec![0, 0], vec![0, 2, 1], vec![0, 1, 1, 2]] {
        let bent: Vec<SignedBatch> = order.into_iter().map(|index: usize| page[index].clone()).collect();
        assert_eq!(refusal(verify(&ledger, &ledger.laptop, &bent)), BatchRefusal::Gap);
    }
    let no_start = chain(&ledger, &ledger.laptop, 1, |_, batch| batch.previous = Hash([1; 32]));
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &no_start)), BatchRefusal::BrokenChain);
}

#[test]
fn a_batch_of_another_account_or_device_is_refused() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let foreign = chain(&ledger, &ledger.laptop, 2, |_, batch| batch.account_id = AccountId([7; 16]));
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &foreign)), BatchRefusal::WrongAuthor);
    let page = chain(&ledger, &phone, 2, |_, _| ());
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &page)), BatchRefusal::WrongAuthor);
    assert!(verify(&ledger, &phone, &page).is_ok());
    let stranger = device(9);
    let page = chain(&ledger, &stranger, 2, |_, _| ());
    assert_eq!(refusal(verify(&ledger, &stranger, &page)), BatchRefusal::UnknownAuthor);
}

#[test]
fn an_author_is_active_at_every_log_seq_that_its_batches_name() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let at = |ledger: &Ledger, seq: u32| {
        let hash = ledger.state.hash_at(seq).unwrap();
        chain(ledger, &phone, 1, |_, batch| batch.log = LogHead { seq, hash })
    };
    ledger.add(revoke(&phone, RevokeReason::SignedOut), &[&phone.actor]);
    assert_eq!(refusal(verify(&ledger, &phone, &at(&ledger, 0))), BatchRefusal::InactiveAuthor);
    assert!(verify(&ledger, &phone, &at(&ledger, 1)).is_ok());
    assert_eq!(refusal(verify(&ledger, &phone, &at(&ledger, 2))), BatchRefusal::InactiveAuthor);
}

#[test]
fn the_log_seq_never_falls_also_across_pages() {
    let mut ledger = Ledger::new();
    let old = ledger.state.head();
    ledger.add(EntryBody::Checkpoint { heads: vec![] }, &[&ledger.laptop.actor.clone()]);
    let falling = chain(&ledger, &ledger.laptop, 2, |index, batch| {
        if index == 1 {
            batch.log = old;
        }
    });
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &falling)), BatchRefusal::LogFalls);
    let tip = verify(&ledger, &ledger.laptop, &falling[..1]).unwrap();
    let rest = verify_chain_page(&ledger.state, ledger.laptop.part.id, &tip, &nothing, &falling[1..]);
    assert_eq!(refusal(rest), BatchRefusal::LogFalls);
}

#[test]
fn a_log_entry_that_the_reader_lacks_is_told_apart_from_a_fork() {
    let ledger = Ledger::new();
    let ahead = chain(&ledger, &ledger.laptop, 1, |_, batch| batch.log.seq = 4);
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &ahead)), BatchRefusal::LogAhead { seq: 4 });
}

// Adversary: A1, a malicious relay, that bends a batch and has it name a log entry that nobody has.
// Invariant: a missing entry is said only after everything that can be checked without it, the signature first of all.
// Regression caught: a forgery that names a far entry is never checked, and is taken for a log that is on its way.
#[test]
fn a_missing_log_entry_excuses_nothing_that_can_be_checked() {
    let ledger = Ledger::new();
    let laptop = &ledger.laptop;
    let page = |bend: &dyn Fn(u64, &mut Batch)| {
        chain(&ledger, laptop, 3, |index, batch| {
            batch.log.seq = if index == 0 { batch.log.seq } else { 4 };
            bend(index, batch);
        })
    };
    let good = page(&|_, _| ());
    assert_eq!(refusal(verify(&ledger, laptop, &good)), BatchRefusal::LogAhead { seq: 4 });
    let mut unsigned = good.clone();
    unsigned[2].signature.0[0] ^= 1;
    assert_eq!(refusal(verify(&ledger, laptop, &unsigned)), BatchRefusal::BadSignature);
    let falling = page(&|index, batch| batch.log.seq = if index == 2 { 3 } else { batch.log.seq });
    assert_eq!(refusal(verify(&ledger, laptop, &falling)), BatchRefusal::LogFalls);
    let gap = [good[0].clone(), good[2].clone()];
    assert_eq!(refusal(verify(&ledger, laptop, &gap)), BatchRefusal::Gap);
    let other = Hash([9; 32]);
    let known = |_, seq| (seq == 2).then_some(other);
    let forked = verify_chain_page(&ledger.state, laptop.part.id, &ChainTip::default(), &known, &good);
    let expected = Contradiction::Chain { seq: 2, known: other, named: good[2].hash };
    assert_eq!(contradiction(forked), expected);
}

#[test]
fn no_batch_names_an_entry_before_its_rotation() {
    let mut ledger = Ledger::new();
    ledger.add_method(3, MethodKind::Passkey);
    let at = |seq: u32| {
        let hash = ledger.state.hash_at(seq).unwrap();
        chain(&ledger, &ledger.laptop, 1, |_, batch| batch.log = LogHead { seq, hash })
    };
    assert!(verify(&ledger, &ledger.laptop, &at(0)).is_ok());
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &at(1))), BatchRefusal::RotationDue);
    assert!(verify(&ledger, &ledger.laptop, &at(2)).is_ok());
}

#[test]
fn seen_heads_are_of_known_devices_and_rise_also_across_pages() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let seeing = |heads: [Option<DeviceHead>; 2]| {
        chain(&ledger, &ledger.laptop, 2, |index, batch| {
            batch.seen = heads[usize::try_from(index).unwrap()].into_iter().collect();
        })
    };
    assert!(verify(&ledger, &ledger.laptop, &seeing([Some(head(&phone, 3)), Some(head(&phone, 4))])).is_ok());
    assert!(verify(&ledger, &ledger.laptop, &seeing([Some(head(&phone, 3)), None])).is_ok());
    for second in [2, 3] {
        let page = seeing([Some(head(&phone, 3)), Some(head(&phone, second))]);
        assert_eq!(refusal(verify(&ledger, &ledger.laptop, &page)), BatchRefusal::SeenFalls);
        let tip = verify(&ledger, &ledger.laptop, &page[..1]).unwrap();
        let rest = verify_chain_page(&ledger.state, ledger.laptop.part.id, &tip, &nothing, &page[1..]);
        assert_eq!(refusal(rest), BatchRefusal::SeenFalls);
    }
    let unknown = seeing([Some(head(&device(9), 0)), None]);
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &unknown)), BatchRefusal::UnknownSeen);
}

#[test]
fn a_page_that_continues_another_chain_is_a_fork_with_its_path() {
    let ledger = Ledger::new();
    let laptop = ledger.laptop.part.id;
    let held = chain(&ledger, &ledger.laptop, 2, |_, _| ());
    let other = chain(&ledger, &ledger.laptop, 4, |index, batch| {
        if index == 1 {
            batch.leaves.clear();
        }
    });
    let tip = verify(&ledger, &ledger.laptop, &held).unwrap();
    let result = verify_chain_page(&ledger.state, laptop, &tip, &nothing, &other[2..]);
    let Err(BatchError::Fork(evidence)) = &result else { panic!("no fork: {result:?}") };
    assert_eq!(evidence.path, other[2..]);
    assert!(evidence.path[1].is_signed_by(&ledger.laptop.part.signing));
    let expected = Contradiction::Chain { seq: 1, known: held[1].hash, named: other[1].hash };
    assert_eq!(contradiction(result), expected);

    // The same, found by what the reader holds at that place.
    let known = |device, seq| (device == laptop && seq == 1).then_some(held[1].hash);
    let start = verify(&ledger, &ledger.laptop, &held[..1]).unwrap();
    assert!(verify_chain_page(&ledger.state, laptop, &start, &known, &held[1..]).is_ok());
    let result = verify_chain_page(&ledger.state, laptop, &start, &known, &other[1..]);
    assert_eq!(contradiction(result), expected);
}

#[test]
fn another_account_log_and_another_seen_are_forks() {
    let mut ledger = Ledger::new();
    let phone = ledger.add_unconfirmed(2);
    let named = Hash([7; 32]);
    let off_log = chain(&ledger, &ledger.laptop, 2, |_, batch| batch.log.hash = named);
    let known = ledger.state.head().hash;
    let expected = Contradiction::Log { seq: 1, known, named };
    assert_eq!(contradiction(verify(&ledger, &ledger.laptop, &off_log)), expected);

    let seeing = chain(&ledger, &ledger.laptop, 2, |index, batch| {
        if index == 1 {
            batch.seen = vec![head(&phone, 3)];
        }
    });
    let verify_knowing = |hash: Hash| {
        let known = |device, seq| (device == phone.part.id && seq == 3).then_some(hash);
        verify_chain_page(&ledger.state, ledger.laptop.part.id, &ChainTip::default(), &known, &seeing)
    };
    assert!(verify_knowing(head(&phone, 3).hash).is_ok());
    let expected = Contradiction::Seen { device: phone.part.id, seq: 3, known: named, named: head(&phone, 3).hash };
    assert_eq!(contradiction(verify_knowing(named)), expected);
}

#[test]
fn a_page_that_is_refused_proves_no_fork() {
    let ledger = Ledger::new();
    let mut page = chain(&ledger, &ledger.laptop, 2, |_, batch| batch.log.hash = Hash([7; 32]));
    page[1].signature.0[3] ^= 1;
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &page)), BatchRefusal::BadSignature);
    let gap = [page[0].clone(), page[0].clone()];
    assert_eq!(refusal(verify(&ledger, &ledger.laptop, &gap)), BatchRefusal::Gap);
}

#[test]
fn a_chain_of_which_only_the_place_is_known_goes_on_from_there() {
    let ledger = Ledger::new();
    let page = chain(&ledger, &ledger.laptop, 4, |_, _| ());
    let tip = ChainTip::at(page[1].pin());
    let end = verify_chain_page(&ledger.state, ledger.laptop.part.id, &tip, &nothing, &page[2..]).unwrap();
    assert_eq!(end.pin, Some(page[3].pin()));
}
