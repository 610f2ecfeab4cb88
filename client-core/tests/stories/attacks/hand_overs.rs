//! Attack rows 1 and 9 at a hand-over: a relay that would like to be the new device, or the one that lets it in.

use std::cell::RefCell;
use std::rc::Rc;

use client_core::account::{EpochKeys, answer_offer};
use client_core::intention::{HandOverWish, Intention};
use client_core::keys::seeded::SeededRng;
use client_core::keys::{DeviceKeys, EpochKey, HandOverSecret};
use client_core::relay::fake::evil::To;
use client_core::view::hand_over::{HandOverTrouble, HandOverWay, JoiningStep, LettingInView, ShownSecret};
use client_core::view::{Problem, ScreenView};
use shared_types::hand_over::Offer;
use shared_types::ids::WireBytes;

use crate::world::World;

/// How an offer is bent.
type Bend = Box<dyn Fn(&Offer) -> Offer>;

/// A laptop that looks at its devices, a phone that shows six words, and these.
fn with_a_phone_that_waits() -> (World, String) {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("hello");
    world.settle();
    world.add_device_like("phone", "laptop");
    let words = show_words(&mut world);
    world.on("laptop").security();
    (world, words)
}

fn show_words(world: &mut World) -> String {
    world.on("phone").want(Intention::HandOver(HandOverWish::Join(HandOverWay::Words)));
    let ScreenView::Joining(view) = world.on("phone").screen().clone() else { panic!("it does not wait") };
    let JoiningStep::Showing { secret: ShownSecret::Words(words), .. } = view.step else { panic!("no words") };
    words.join(" ")
}

fn let_in(world: &mut World, words: &str) -> Option<LettingInView> {
    world.on("laptop").want(Intention::HandOver(HandOverWish::Find(words.to_owned().into())));
    world.on("laptop").want(Intention::HandOver(HandOverWish::LetIn));
    world.pass_ms(5_000);
    world.on("laptop").security().letting_in
}

fn trouble(world: &mut World) -> Option<HandOverTrouble> {
    let ScreenView::Joining(view) = world.on("phone").screen().clone() else { panic!("it does not wait") };
    view.trouble
}

// Adversary: A1, a malicious relay, puts a device of its own where the new one's keys should be, under the MAC that the
// new device sent, under one of its own, or beside the true one.
// Invariant: a device is let in only if its public keys carry the MAC of the secret that its user has seen.
// Regression caught: an offer is taken because it waits, or its MAC covers the id and not the keys.
#[test]
fn the_relay_cannot_put_its_own_device_into_a_hand_over() {
    let own = DeviceKeys::generate(&mut SeededRng::new(666)).part();
    let wrong = HandOverSecret::generate_words(&mut SeededRng::new(667));
    let bends: [(&str, Bend); 3] = [
        ("under the true MAC", Box::new(move |offer| Offer { device: own, mac: offer.mac })),
        ("under a MAC of its own", Box::new(move |_| wrong.offer(own))),
        (
            "with one key of its own",
            Box::new(move |offer| {
                let device = shared_types::log::DevicePart::new(offer.device.signing, own.kem);
                Offer { device, mac: offer.mac }
            }),
        ),
    ];
    for (of, bend) in bends {
        let (mut world, words) = with_a_phone_that_waits();
        world.relay().bend_offers(To::Everyone, move |listed| {
            for bytes in &mut listed.offers {
                let offer = Offer::parse(&bytes.0).expect("an offer of the phone");
                *bytes = WireBytes(bend(&offer).to_bytes());
            }
        });
        let seen = let_in(&mut world, &words);
        assert_eq!(seen, Some(LettingInView::Failed(HandOverTrouble::NobodyWaits)), "{of}");
        let answered = world.relay().seen().iter().filter(|seen| seen.call == "answer_offer").count();
        assert_eq!((answered, world.log("laptop").devices().count()), (0, 1), "{of}");
    }
    // Beside the true one it is passed over.
    let (mut world, words) = with_a_phone_that_waits();
    world.relay().bend_offers(To::Everyone, move |listed| {
        let offer = Offer { device: own, mac: [7; 32] };
        listed.offers.insert(0, WireBytes(offer.to_bytes()));
        listed.offers.insert(0, WireBytes(b"no offer".to_vec()));
    });
    assert_eq!(let_in(&mut world, &words), Some(LettingInView::Waiting));
    world.on("phone").want(Intention::UnlockWithPasskey);
    world.settle();
    assert!(world.log("laptop").devices().all(|device| device.part.id != own.id));
    assert_eq!(world.log("laptop").devices().count(), 2);
}

// Adversary: A1, a malicious relay, answers the new device itself to have it join an account of its own, bends what the
// other device answered, or gives it what it was answered before.
// Invariant: a new device goes on only with an answer that carries the MAC of the secret it shows now.
// Regression caught: whoever answers first is believed, because only the other side's MAC is checked.
#[test]
fn the_relay_cannot_answer_a_new_device() {
    let mut elsewhere = World::seeded(9);
    elsewhere.add_person("mallory");
    elsewhere.on("mallory").sign_up();
    let foreign = elsewhere.log("mallory");
    let mut known = EpochKeys::new();
    known.insert(1, EpochKey::generate(&mut SeededRng::new(668)));
    let mallory = DeviceKeys::generate(&mut SeededRng::new(669));
    let guess = HandOverSecret::generate_words(&mut SeededRng::new(670));

    let (mut world, words) = with_a_phone_that_waits();
    let sent = world.relay().seen().into_iter().rfind(|seen| seen.call == "offer").expect("it waits");
    let of_phone = sent.bytes.windows(112).find_map(|bytes| Offer::parse(bytes).ok()).expect("its keys");
    let rng = &mut SeededRng::new(671);
    let made = answer_offer((&foreign, &known, None), (of_phone.device, &guess), &mallory, 1_700_000_000, rng);
    let made = WireBytes(made.expect("it has a key").to_bytes());
    world.relay().bend_answers(To::Link("phone"), move |answer| answer.answer = Some(made.clone()));
    world.pass_ms(5_000);
    assert_eq!(trouble(&mut world), Some(HandOverTrouble::NotTrue));
    world.relay().turn_honest();

    // Each byte of the true answer that is bent is noticed, and so is one from before.
    let kept = Rc::new(RefCell::new(None));
    for at in [0, 17, 110, 200, 255] {
        let words = show_words(&mut world);
        let keep = Rc::clone(&kept);
        world.relay().bend_answers(To::Link("phone"), move |answer| {
            if let Some(WireBytes(bytes)) = &mut answer.answer {
                keep.borrow_mut().get_or_insert_with(|| bytes.clone());
                bytes[at] ^= 1;
            }
        });
        let_in(&mut world, &words);
        assert_eq!(trouble(&mut world), Some(HandOverTrouble::NotTrue), "byte {at}");
        world.relay().turn_honest();
        world.on("laptop").want(Intention::HandOver(HandOverWish::KeepOut));
    }
    show_words(&mut world);
    let old = kept.borrow().clone().map(WireBytes).expect("one was answered");
    world.relay().bend_answers(To::Link("phone"), move |answer| answer.answer = Some(old.clone()));
    world.pass_ms(5_000);
    assert_eq!(trouble(&mut world), Some(HandOverTrouble::NotTrue), "that of another secret");
    assert_eq!(world.log("laptop").devices().count(), 1);
    drop(words);
}

// Adversary: A1, a malicious relay, shows a device that is being let in an older log, or another account's.
// Invariant: a handed-over device takes only the log that the device which let it in knows, and writes nothing before.
// Regression caught: the entry that lets it in is appended to, and the vault built on, whatever log the relay shows.
#[test]
fn a_handed_over_device_refuses_another_log() {
    let (mut world, _) = with_a_phone_that_waits();
    let other = {
        world.add_person("somebody");
        world.on("somebody").sign_up();
        world.account("somebody")
    };
    world.on("laptop").want(Intention::ChangeKeysNow);
    world.settle();
    let words = show_words(&mut world);
    world.relay().bend_logs(To::Link("phone"), |log| log.entries.truncate(1));
    let_in(&mut world, &words);
    assert_eq!(trouble(&mut world), Some(HandOverTrouble::Other(Problem::AccountRefused)), "an older one");
    world.relay().turn_honest();
    world.on("laptop").want(Intention::HandOver(HandOverWish::KeepOut));

    let words = show_words(&mut world);
    world.relay().serve_log_of(To::Link("phone"), other);
    let_in(&mut world, &words);
    assert_eq!(trouble(&mut world), Some(HandOverTrouble::Other(Problem::AccountRefused)), "another account's");
    assert_eq!(world.log("laptop").devices().count(), 1);
    world.relay().turn_honest();
    world.on("laptop").want(Intention::HandOver(HandOverWish::KeepOut));

    let words = show_words(&mut world);
    let_in(&mut world, &words);
    world.on("phone").want(Intention::UnlockWithPasskey);
    assert_eq!(*world.on("phone").screen(), ScreenView::Open);
}
