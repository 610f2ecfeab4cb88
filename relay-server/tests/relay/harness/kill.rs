//! A relay that is killed in the middle of pushes, on any database.

use shared_types::batch::SignedBatch;
use shared_types::ids::Hash;
use shared_types::sync::{Cursor, PageBody, PushBody};

use super::{Person, Process, World, free_address};

/// Kills a relay on a database, SQLite's file in its folder if none is named, and looks at what is stored.
pub(crate) async fn kill_during_pushes(database: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let free = free_address();
    let process = Process::start_on(database, folder.path(), free, None).await;
    let world = World::beside(database, folder.path(), free).await;
    let mut person = Person::signed_up(&world).await;

    let mut acknowledged = 0;
    let mut process = Some(process);
    for round in 0..40_u8 {
        let envelopes = [[round; 3000], [round; 3000]];
        let envelopes: Vec<&[u8]> = envelopes.iter().map(|envelope| &envelope[..]).collect();
        let parcels = (0..8).map(|_| person.next_batch(&envelopes)).collect();
        let request = person.signed(&world, "POST", "/v1/batches", PushBody { parcels }.to_bytes());
        let answered = tokio::spawn(world.try_send(request));
        if round == 39 {
            tokio::task::yield_now().await;
            drop(process.take());
        }
        match answered.await.unwrap() {
            Some(200) => acknowledged += 8,
            Some(status) => panic!("{status}"),
            None => assert_eq!(round, 39, "only the killed relay may leave a push unanswered"),
        }
    }
    assert!(acknowledged >= 39 * 8);

    let _process = Process::start_on(database, folder.path(), free, None).await;
    let mut previous = Hash::ZERO;
    let mut after = Cursor(0);
    let mut n_stored = 0;
    loop {
        let page = person.call(&world, "GET", &format!("/v1/batches?after={}", after.0), "").await;
        let page = PageBody::parse(&page.assert_ok().body).unwrap();
        for parcel in &page.parcels {
            let batch = SignedBatch::parse(&parcel.batch).unwrap();
            assert_eq!((batch.batch.seq, batch.batch.previous), (n_stored, previous));
            let hashes: Vec<Hash> = parcel.envelopes.iter().map(|(_, envelope)| Hash::of(&[envelope])).collect();
            assert_eq!(hashes, batch.batch.leaves.iter().map(|leaf| leaf.envelope_hash).collect::<Vec<_>>());
            previous = batch.hash;
            n_stored += 1;
        }
        after = page.next;
        if !page.more {
            break;
        }
    }
    assert!(n_stored >= acknowledged, "{n_stored} of {acknowledged}");
    assert_eq!(n_stored % 8, 0, "a push is stored whole or not at all");
}
