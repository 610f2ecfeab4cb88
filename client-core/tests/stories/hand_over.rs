//! A device of the account lets a new one in: by a code, by six words, and what stands in the way.

use client_core::intention::{HandOverWish, Intention};
use client_core::view::hand_over::{
    CameraFrame, HandOverTrouble, HandOverWay, JoiningStep, JoiningView, LettingInView, ShownSecret,
};
use client_core::view::security::{MemberAction, RemovalReason};
use client_core::view::{Busy, LockedView, Problem, QrView, ScreenView, WordsAnswer};
use shared_types::ids::PartyId;
use shared_types::log::{DeviceStatus, EntryBody};

use crate::world::{Mood, World};

/// Long enough for a new device to look for its answer.
const A_LOOK_MS: u64 = 5_000;
const TEN_MINUTES_MS: u64 = 10 * 60_000;

/// An account of a laptop with a chat, and its 24 words; a phone that has nothing.
fn before() -> (World, Vec<String>) {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: Some("laptop".into()) });
    let words = world.on("laptop").kit().words;
    let asked = world.on("laptop").asked_words();
    world.on("laptop").want(Intention::ConfirmWords { words: asked.into() });
    world.on("laptop").send("hello from the laptop");
    world.settle();
    world.on("laptop").security();
    (world, words)
}

fn joining(world: &mut World, name: &str) -> JoiningView {
    let ScreenView::Joining(view) = world.on(name).screen().clone() else {
        panic!("{name} does not wait, but shows {:?}", world.on(name).screen());
    };
    view
}

fn trouble(world: &mut World, name: &str) -> Option<HandOverTrouble> {
    joining(world, name).trouble
}

fn letting_in(world: &World) -> Option<LettingInView> {
    world.tab("laptop").security.as_ref().expect("the page is shown").letting_in
}

/// The six words that a new device shows.
fn six_words(world: &mut World, name: &str) -> String {
    world.on(name).want(Intention::HandOver(HandOverWish::Join(HandOverWay::Words)));
    let JoiningStep::Showing { secret: ShownSecret::Words(words), left_s: 600 } = joining(world, name).step else {
        panic!("{name} shows no words, but {:?}", joining(world, name));
    };
    assert_eq!(words.len(), 6);
    words.join(" ")
}

fn type_words(world: &mut World, words: &str) {
    world.on("laptop").want(Intention::HandOver(HandOverWish::Find(words.to_owned().into())));
}

/// The text of a code, read as a camera reads it.
fn read(code: &QrView) -> String {
    const SQUARE: u32 = 4;
    let runs = code.runs();
    let side = usize::try_from((code.side() + 8) * SQUARE).expect("a code is small");
    let is_dark = |x: usize, y: usize| {
        let [x, y] = [x, y].map(|at| (u32::try_from(at).expect("a code is small") / SQUARE).wrapping_sub(4));
        runs.iter().any(|(column, row, n)| y == *row && (*column..column + n).contains(&x))
    };
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| if is_dark(x, y) { 0 } else { 255 });
    picture.detect_grids().first().expect("a code is seen").decode().expect("it is whole").1
}

fn scan(world: &mut World, text: &str) {
    let frame = CameraFrame { width: 1, height: 1, luma: text.as_bytes().to_vec() };
    world.on("laptop").want(Intention::HandOver(HandOverWish::Scan(frame)));
}

/// The laptop lets in whoever shows these words, and the phone has looked for its answer.
fn let_in(world: &mut World, words: &str) {
    type_words(world, words);
    assert_eq!(letting_in(world), Some(LettingInView::Asks));
    world.on("laptop").want(Intention::HandOver(HandOverWish::LetIn));
    world.pass_ms(A_LOOK_MS);
}

fn n_entries(world: &World) -> usize {
    world.log("laptop").entries().len()
}

#[test]
fn a_device_is_let_in_by_its_code_and_finds_the_chat() {
    let (mut world, _) = before();
    world.add_device_like("phone", "laptop");
    world.on("phone").want(Intention::HandOver(HandOverWish::Join(HandOverWay::Code)));
    let JoiningStep::Showing { secret: ShownSecret::Code(code), .. } = joining(&mut world, "phone").step else {
        panic!("no code is shown");
    };
    let text = read(&code);
    assert!(text.starts_with("SOTTO1:"), "{text}");
    for other in ["", "https://example.org", "SOTTO1:AAAA"] {
        scan(&mut world, other);
        assert_eq!(letting_in(&world), None, "«{other}» is passed over");
    }
    scan(&mut world, &text);
    assert_eq!(letting_in(&world), Some(LettingInView::Asks));
    let before = n_entries(&world);
    world.pass_ms(A_LOOK_MS);
    assert_eq!(n_entries(&world), before, "nobody has said yes");
    assert!(matches!(joining(&mut world, "phone").step, JoiningStep::Showing { .. }));

    world.on("laptop").want(Intention::HandOver(HandOverWish::LetIn));
    assert_eq!(letting_in(&world), Some(LettingInView::Waiting));
    world.pass_ms(A_LOOK_MS);
    let step = joining(&mut world, "phone").step;
    assert_eq!(step, JoiningStep::Unlocking { has_passkey: true, busy: None });
    assert_eq!(n_entries(&world), before, "nothing is written before it is known what unlocks it");
    assert_eq!(world.tab("phone").gestures.len(), 0);
    world.on("phone").want(Intention::UnlockWithPasskey);
    assert_eq!(*world.on("phone").screen(), ScreenView::Open, "nobody is asked whether this is their account");
    assert_eq!(world.tab("phone").gestures.len(), 1);
    world.settle();
    assert_eq!(letting_in(&world), Some(LettingInView::Done));
    assert_eq!(world.on("phone").messages().first().map(String::as_str), Some("hello from the laptop"));

    // Two devices have signed, no method, and it is confirmed.
    let log = world.log("laptop");
    let last = &log.entries().last().expect("there are some").entry;
    let EntryBody::DeviceAdd { device, status: DeviceStatus::Confirmed } = &last.body else { panic!("{last:?}") };
    let laptop = world.on("laptop").device_id();
    let mut signers: Vec<PartyId> = vec![device.id.into(), laptop.into()];
    signers.sort_unstable();
    assert_eq!(last.signers, signers);
    // What the code says has gone to nobody.
    assert_eq!(world.relay().calls_with(text.as_bytes()), [""; 0]);

    // It writes, and unlocks without the relay.
    world.on("phone").send("hello from the phone");
    world.settle();
    assert_eq!(world.on("laptop").messages().len(), 4);
    world.cut_off("phone");
    world.restart("phone");
}

#[test]
fn a_device_is_let_in_by_six_words_and_unlocked_by_the_recovery_words() {
    let (mut world, recovery) = before();
    world.add_person("phone");
    let words = six_words(&mut world, "phone");
    let_in(&mut world, &words.to_uppercase());
    world.set_mood("phone", Mood::Cancels);
    world.on("phone").want(Intention::UnlockWithPasskey);
    let view = joining(&mut world, "phone");
    assert_eq!(view.trouble, Some(HandOverTrouble::Other(Problem::PasskeyCancelled)));
    assert_eq!(view.step, JoiningStep::Unlocking { has_passkey: true, busy: None });
    world.on("phone").want(Intention::UnlockWithWords(["abandon"; 23].join(" ").into()));
    assert_eq!(world.tab("phone").words, Some(WordsAnswer::WrongCount { found: 23 }));
    world.on("phone").want(Intention::UnlockWithWords(format!("{} art", ["abandon"; 23].join(" ")).into()));
    assert_eq!(trouble(&mut world, "phone"), Some(HandOverTrouble::Other(Problem::WordsUnknown)), "of no account");
    world.on("phone").want(Intention::UnlockWithWords(recovery.join(" ").into()));
    assert_eq!(*world.on("phone").screen(), ScreenView::Open);
    world.settle();
    assert_eq!(world.on("phone").messages().first().map(String::as_str), Some("hello from the laptop"));

    world.restart_locked("phone");
    let ScreenView::Locked(LockedView { has_passkey: false, has_words: true, .. }) = world.on("phone").screen() else {
        panic!("{:?}", world.on("phone").screen());
    };
    world.on("phone").want(Intention::UnlockWithWords(recovery.join(" ").into()));
    assert_eq!(*world.on("phone").screen(), ScreenView::Open);
    // It was confirmed at once, so it may do the same for the next.
    assert!(world.on("phone").security().may_let_in);
}

#[test]
fn older_chats_open_on_a_device_that_comes_after_the_keys_were_changed() {
    let (mut world, _) = before();
    world.on("laptop").want(Intention::ChangeKeysNow);
    world.settle();
    assert_eq!(world.log("laptop").epoch().part.number, 2);
    world.add_device_like("phone", "laptop");
    let words = six_words(&mut world, "phone");
    let_in(&mut world, &words);
    world.on("phone").want(Intention::UnlockWithPasskey);
    world.settle();
    assert_eq!(world.on("phone").messages().first().map(String::as_str), Some("hello from the laptop"));
    // And the next keys are sealed to it like to all.
    world.on("phone").want(Intention::ChangeKeysNow);
    world.settle();
    assert_eq!(world.log("laptop").epoch().part.number, 3);
}

#[test]
fn a_secret_is_good_for_ten_minutes_and_another_is_a_tap_away() {
    let (mut world, _) = before();
    world.add_device_like("phone", "laptop");
    let words = six_words(&mut world, "phone");
    world.pass_ms(TEN_MINUTES_MS / 2);
    assert!(matches!(joining(&mut world, "phone").step, JoiningStep::Showing { left_s: 300, .. }));
    world.pass_ms(TEN_MINUTES_MS / 2);
    let view = joining(&mut world, "phone");
    assert_eq!((view.step, view.trouble), (JoiningStep::Over, Some(HandOverTrouble::RanOut)));
    world.pass_ms(A_LOOK_MS);
    type_words(&mut world, &words);
    assert_eq!(letting_in(&world), Some(LettingInView::Failed(HandOverTrouble::NobodyWaits)));

    let fresh = six_words(&mut world, "phone");
    assert_ne!(fresh, words);
    let_in(&mut world, &fresh);
    assert!(matches!(joining(&mut world, "phone").step, JoiningStep::Unlocking { .. }));
}

#[test]
fn whoever_is_not_let_in_gets_nothing_and_waits_in_vain() {
    let (mut world, _) = before();
    world.add_person("phone");
    let before = n_entries(&world);
    let words = six_words(&mut world, "phone");
    type_words(&mut world, &words);
    world.on("laptop").want(Intention::HandOver(HandOverWish::KeepOut));
    assert_eq!(letting_in(&world), None);
    world.on("laptop").want(Intention::HandOver(HandOverWish::LetIn));
    assert_eq!(letting_in(&world), None, "it was said no");
    world.pass_ms(TEN_MINUTES_MS);
    assert_eq!(trouble(&mut world, "phone"), Some(HandOverTrouble::RanOut));
    let answered = world.relay().seen().iter().filter(|seen| seen.call == "answer_offer").count();
    assert_eq!((answered, n_entries(&world)), (0, before));
    world.on("phone").want(Intention::Abandon);
    assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)));
}

#[test]
fn a_code_of_another_relay_is_told_apart_before_anything_is_sent() {
    let (mut world, _) = before();
    let n_calls = world.relay().seen().len();
    scan(&mut world, &format!("SOTTO1:{}", data_encoding::BASE32_NOPAD.encode(b"\x0dsotto.example0123456789abcdef")));
    assert_eq!(letting_in(&world), Some(LettingInView::Failed(HandOverTrouble::AnotherRelay)));
    assert_eq!(world.relay().seen().len(), n_calls);
}

#[test]
fn a_slip_in_the_words_is_named_and_costs_nothing() {
    let (mut world, _) = before();
    world.add_device_like("phone", "laptop");
    let words = six_words(&mut world, "phone");
    let n_calls = world.relay().seen().len();
    let (first_five, _) = words.rsplit_once(' ').expect("six words");
    for (typed, answer) in [
        (format!("{first_five} sotto"), WordsAnswer::NotInList { nth: 6, word: "sotto".into() }),
        (first_five.to_owned(), WordsAnswer::WrongCount { found: 5 }),
    ] {
        type_words(&mut world, &typed);
        assert_eq!(world.tab("laptop").words, Some(answer));
        assert_eq!(letting_in(&world), None);
    }
    assert_eq!(world.relay().seen().len(), n_calls, "nothing is asked");
    let other = if words.ends_with(" zoo") { "abandon" } else { "zoo" };
    type_words(&mut world, &format!("{first_five} {other}"));
    assert_eq!(letting_in(&world), Some(LettingInView::Failed(HandOverTrouble::NobodyWaits)));
    let_in(&mut world, &words);
    assert!(matches!(joining(&mut world, "phone").step, JoiningStep::Unlocking { .. }), "the right ones still do");
}

#[test]
fn a_change_of_the_account_in_between_is_said_on_both() {
    let (mut world, _) = before();
    world.add_device_like("phone", "laptop");
    let words = six_words(&mut world, "phone");
    type_words(&mut world, &words);
    world.on("laptop").want(Intention::HandOver(HandOverWish::LetIn));
    world.on("laptop").want(Intention::ChangeKeysNow);
    world.settle();
    assert_eq!(letting_in(&world), Some(LettingInView::Failed(HandOverTrouble::Moved)));
    assert_eq!(trouble(&mut world, "phone"), Some(HandOverTrouble::Moved));
    // Or later, when it has chosen what unlocks it.
    let words = six_words(&mut world, "phone");
    let_in(&mut world, &words);
    world.on("laptop").want(Intention::ChangeKeysNow);
    world.settle();
    world.on("phone").want(Intention::UnlockWithPasskey);
    assert_eq!(trouble(&mut world, "phone"), Some(HandOverTrouble::Moved));
    assert!(world.log("laptop").devices().count() == 1, "nothing of it is in the log");
}

#[test]
fn a_device_that_does_not_come_is_given_up() {
    let (mut world, _) = before();
    world.add_device_like("phone", "laptop");
    let words = six_words(&mut world, "phone");
    let_in(&mut world, &words);
    world.crash("phone");
    world.pass_ms(TEN_MINUTES_MS);
    assert_eq!(letting_in(&world), Some(LettingInView::Failed(HandOverTrouble::NeverCame)));
    world.on("laptop").want(Intention::HandOver(HandOverWish::KeepOut));
    assert_eq!(letting_in(&world), None);
}

#[test]
fn only_a_confirmed_device_lets_another_one_in() {
    let mut world = World::with_devices(["laptop", "phone"]);
    assert!(world.on("laptop").security().may_let_in);
    assert!(!world.on("phone").security().may_let_in);
    world.add_device_like("tablet", "laptop");
    let words = six_words(&mut world, "tablet");
    world.on("phone").want(Intention::HandOver(HandOverWish::Find(words.into())));
    let view = world.on("phone").security().letting_in;
    assert_eq!(view, Some(LettingInView::Failed(HandOverTrouble::Other(Problem::NotAdmitted))));
    // A device that was taken off and comes back is a new one.
    let phone = world.on("phone").device_id();
    world.on("laptop").want(Intention::ChangeMember(phone, MemberAction::Remove(RemovalReason::Lost)));
    world.settle();
    assert!(!world.is_running("phone") || !matches!(world.on("phone").screen(), ScreenView::Open));
}

#[test]
fn lost_answers_of_the_relay_hold_nobody_up() {
    let (mut world, _) = before();
    world.add_device_like("phone", "laptop");
    let words = six_words(&mut world, "phone");
    type_words(&mut world, &words);
    world.on("laptop").want(Intention::HandOver(HandOverWish::LetIn));
    world.link("phone").lose_next_answer();
    world.pass_ms(A_LOOK_MS);
    world.pass_ms(A_LOOK_MS);
    assert!(matches!(joining(&mut world, "phone").step, JoiningStep::Unlocking { .. }), "it looks again");
    world.link("phone").lose_next_answer();
    world.on("phone").want(Intention::UnlockWithPasskey);
    assert_eq!(trouble(&mut world, "phone"), Some(HandOverTrouble::Other(Problem::Offline)));
    world.on("phone").want(Intention::UnlockWithPasskey);
    assert_eq!(*world.on("phone").screen(), ScreenView::Open, "what stands in the log already is as good");
}

#[test]
fn the_secret_is_shown_where_it_was_asked_for_and_goes_with_that_tab() {
    let (mut world, _) = before();
    world.add_device_like("phone", "laptop");
    six_words(&mut world, "phone");
    let mut other = world.open_another_tab("phone");
    let mut shown = Vec::new();
    while let Ok(delta) = other.try_recv() {
        shown.push(format!("{delta:?}"));
    }
    assert!(shown.iter().all(|delta| !delta.contains("Joining")), "{shown:?}");
    assert!(shown.iter().any(|delta| delta.contains(&format!("{:?}", Busy::AskingRelay))), "{shown:?}");
    world.close_first_tab("phone");
    world.want_in_the_other_tab("phone", Intention::HandOver(HandOverWish::Join(HandOverWay::Code)));
    let last = std::iter::from_fn(|| other.try_recv().ok()).last().expect("it shows something");
    assert!(format!("{last:?}").contains("Showing"), "{last:?}");
}
