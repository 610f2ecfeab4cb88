//! The relay that lies does what each of its hooks says, to whom it is told, and has everything once it is honest.

use relay_server::evil::{EvilRelay, Hook, To};
use shared_types::account::{AboutResponse, LogResponse};
use shared_types::batch::SignedBatch;
use shared_types::sync::{BatchParcel, Cursor, PageBody, PushResponse};

use crate::harness::{Person, Request, World};

/// An evil relay, and somebody who has written three batches.
struct Stage {
    world: World,
    evil: EvilRelay,
    person: Person,
    written: Vec<BatchParcel>,
}

impl Stage {
    async fn open() -> Self {
        let (world, evil) = World::evil().await;
        let mut person = Person::signed_up(&world).await;
        let written: Vec<_> = [b"one", b"two", b"six"].into_iter().map(|text| person.next_batch(&[text])).collect();
        person.push(&world, written.clone()).await.assert_ok();
        Self { world, evil, person, written }
    }

    async fn page(&self, after: u64) -> PageBody {
        let answer = self.person.call(&self.world, "GET", &format!("/v1/batches?after={after}"), "").await;
        PageBody::parse(&answer.assert_ok().body).unwrap()
    }

    fn tell(&self, hook: Hook) {
        self.evil.tell(To::Device(self.person.device.device().id), hook);
    }

    /// Pages hold these of what was written, whatever is asked.
    async fn assert_shows(&self, expected: &[&BatchParcel], of: &str) {
        let page = self.page(0).await;
        assert_eq!(page.parcels.iter().collect::<Vec<_>>(), expected, "{of}");
    }
}

#[tokio::test]
async fn each_hook_bends_what_its_name_says_and_an_honest_relay_has_everything() {
    let mut stage = Stage::open().await;
    let [one, two, six] = stage.written.clone().try_into().unwrap();
    let own = stage.person.device.device().id;
    stage.assert_shows(&[&one, &two, &six], "honest").await;

    stage.tell(Hook::Drop);
    stage.assert_shows(&[&two, &six], "drop").await;
    stage.evil.turn_honest();

    stage.tell(Hook::Swap);
    let swapped = stage.page(0).await.parcels;
    assert_eq!((&swapped[0].envelopes, &swapped[1].envelopes), (&two.envelopes, &one.envelopes));
    stage.evil.turn_honest();

    stage.tell(Hook::Replay);
    let shown = stage.page(2).await.parcels;
    assert!(shown.len() > 4 && shown.contains(&one) && shown.last() == Some(&six), "{shown:?}");
    let next = stage.person.next_batch(&[b"ten"]);
    let moved: PushResponse = stage.person.push(&stage.world, vec![next.clone()]).await.assert_ok().json();
    assert_eq!(moved.cursor, Cursor(4), "twice is once");
    stage.evil.turn_honest();
    stage.assert_shows(&[&one, &two, &six, &next], "after a push that came twice").await;

    let mut other = two.clone();
    *other.batch.last_mut().unwrap() ^= 1;
    stage.tell(Hook::Fork(other.clone()));
    stage.assert_shows(&[&one, &other, &six, &next], "fork").await;
    stage.evil.turn_honest();

    stage.tell(Hook::Inject(other.clone()));
    stage.assert_shows(&[&one, &two, &six, &next, &other], "inject").await;
    stage.evil.turn_honest();

    stage.tell(Hook::Freeze);
    let late = stage.person.next_batch(&[b"late"]);
    stage.person.push(&stage.world, vec![late.clone()]).await.assert_ok();
    stage.assert_shows(&[&one, &two, &six, &next], "freeze").await;
    let beyond = stage.page(4).await;
    assert_eq!((beyond.parcels.len(), beyond.next, beyond.more), (0, Cursor(4), false));
    stage.evil.turn_honest();

    stage.evil.tell(To::Everyone, Hook::Downgrade);
    let page = stage.page(0).await;
    assert!(page.parcels.iter().all(|parcel| SignedBatch::parse(&parcel.batch).is_err()));
    let about: AboutResponse = stage.world.send(Request::new("GET", "/v1/about", "")).await.assert_ok().json();
    let log: LogResponse = stage.person.call(&stage.world, "GET", "/v1/log", "").await.assert_ok().json();
    assert_eq!((about.protocol, log.entries[0].0[4]), (0, 0));
    stage.evil.turn_honest();

    stage.tell(Hook::Truncate);
    let answer = stage.person.call(&stage.world, "GET", "/v1/batches", "").await;
    assert!(PageBody::parse(&answer.assert_ok().body).is_err());
    let stranger = Person::signed_up(&stage.world).await;
    let answer = stranger.call(&stage.world, "GET", "/v1/batches", "").await;
    assert!(PageBody::parse(&answer.assert_ok().body).is_ok(), "it is told to one device");
    stage.evil.turn_honest();
    stage.assert_shows(&[&one, &two, &six, &next, &late], "honest again").await;

    let asked = stage.evil.seen();
    let pushes = asked.iter().filter(|seen| seen.line == "POST /v1/batches" && seen.device == Some(own));
    assert_eq!(pushes.count(), 3, "whatever was asked is recorded");
}
