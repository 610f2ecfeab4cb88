//! Every code with which the relay may refuse, at every call: what the device does then, and that nothing is lost.

use client_core::intention::Intention;
use client_core::relay::fake::{Script, ScriptEnd};
use client_core::view::{MessageState, Problem, ScreenView};
use shared_types::error::ErrorCode;

use crate::world::World;

/// What a device does about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// Waits and tries again by itself.
    Waits,
    /// Stops and says why, until the user acts.
    Stops,
}

fn remedy(code: ErrorCode) -> Remedy {
    match code {
        ErrorCode::ExpiredRequest
        | ErrorCode::ReplayedRequest
        | ErrorCode::RateLimited
        | ErrorCode::Internal
        | ErrorCode::NoProvider
        | ErrorCode::ProviderBusy
        | ErrorCode::StorageFull => Remedy::Waits,
        ErrorCode::Malformed
        | ErrorCode::UnknownVersion
        | ErrorCode::BadSignature
        | ErrorCode::UnknownSession
        | ErrorCode::SignInRefused
        | ErrorCode::WrongCode
        | ErrorCode::HandleTaken
        | ErrorCode::SignUpClosed
        | ErrorCode::NotAllowed
        | ErrorCode::NotFound
        | ErrorCode::UnknownModel
        | ErrorCode::MethodNotAllowed
        | ErrorCode::AccountExists
        | ErrorCode::LogConflict
        | ErrorCode::WrongSequence
        | ErrorCode::ConflictingBatch
        | ErrorCode::AnchorConflict
        | ErrorCode::TurnExists
        | ErrorCode::TooLarge
        | ErrorCode::QuotaExceeded
        | ErrorCode::LogRefused
        | ErrorCode::BatchRefused
        | ErrorCode::OldProtocol
        | ErrorCode::PromptLimit
        | ErrorCode::ProviderDown
        | ErrorCode::ProviderGarbage
        | ErrorCode::ProviderRefused
        | ErrorCode::ProviderSlow => Remedy::Stops,
    }
}

fn refused(code: ErrorCode) -> Problem {
    Problem::Relay { code, retry_after_s: None }
}

#[test]
fn a_refused_push_loses_nothing_and_reading_goes_on() {
    for code in ErrorCode::ALL.iter().copied() {
        let mut world = World::with_devices(["laptop", "phone"]);
        world.on("phone").send("from the phone");
        world.settle();
        world.link("laptop").refuse_all("push", code);
        world.on("laptop").open_newest().rename("renamed here");
        world.settle();
        let status = world.on("laptop").status();
        assert_eq!((status.n_unsent, status.problem), (1, Some(refused(code))), "{code:?}: it is kept and said");
        assert!(status.online, "{code:?}: the relay answers");
        if remedy(code) == Remedy::Stops {
            world.on("phone").send("read on the laptop");
            world.settle();
            let read = world.on("laptop").messages().contains(&"read on the laptop".to_owned());
            assert!(read, "{code:?}: reading goes on");
            let n_pushes =
                world.relay().seen().iter().filter(|seen| seen.call == "push" && seen.link == "laptop").count();
            world.settle();
            let n_later =
                world.relay().seen().iter().filter(|seen| seen.call == "push" && seen.link == "laptop").count();
            assert_eq!(n_later, n_pushes, "{code:?}: what cannot help is not tried again");
        }
        world.restart("laptop");
        assert_eq!(world.on("laptop").status().n_unsent, 1, "{code:?}: the outbox is durable");

        world.link("laptop").refuse_nothing();
        world.on("laptop").want(Intention::TryNow);
        world.settle();
        let status = world.on("laptop").status();
        assert_eq!((status.n_unsent, status.problem), (0, None), "{code:?}");
        assert_eq!(world.on("phone").titles(), ["renamed here"], "{code:?}: it arrives in the end");
    }
}

#[test]
fn a_refused_pull_or_log_is_said_and_what_is_here_stays() {
    for call in ["pull", "load_log", "load_epochs", "events"] {
        for code in ErrorCode::ALL.iter().copied() {
            let mut world = World::with_devices(["laptop", "phone"]);
            world.on("laptop").send("before");
            world.settle();
            world.crash("laptop");
            world.link("laptop").refuse_all(call, code);
            world.start("laptop");
            world.on("laptop").unlock();
            assert_eq!(world.on("laptop").status().problem, Some(refused(code)), "{call} {code:?}: it is said");
            assert_eq!(world.on("laptop").messages(), ["before", "a scripted answer"], "{call} {code:?}");
            world.on("laptop").rename("written meanwhile");
            world.settle();
            assert_eq!(world.on("laptop").titles(), ["written meanwhile"], "{call} {code:?}: writing goes on here");
            world.link("laptop").refuse_nothing();
            if remedy(code) == Remedy::Stops {
                world.on("laptop").want(Intention::TryNow);
            }
            world.settle();
            let status = world.on("laptop").status();
            assert_eq!((status.n_unsent, status.problem), (0, None), "{call} {code:?}");
            assert_eq!(world.on("phone").titles(), ["written meanwhile"], "{call} {code:?}");
        }
    }
}

#[test]
fn a_refused_question_says_why_or_waits_and_is_answered_in_the_end() {
    for code in ErrorCode::ALL.iter().copied() {
        let mut world = World::with_devices(["laptop"]);
        world.relay().script_answer(Script::of("").ending(ScriptEnd::Refused(code)));
        world.on("laptop").send("why?");
        let waits = matches!(code, ErrorCode::NoProvider | ErrorCode::RateLimited);
        if waits {
            assert!(
                matches!(world.on("laptop").states().as_slice(), [MessageState::WaitingForModel { .. }]),
                "{code:?}"
            );
        } else if code == ErrorCode::ReplayedRequest {
            world.settle();
            assert_eq!(world.relay().asked().len(), 2, "the relay does not know the turn: it is asked once more");
        } else {
            world.settle();
            // The relay says that it knows the turn, or that it does not: nothing of it can be had any more.
            let is_lost = matches!(code, ErrorCode::TurnExists | ErrorCode::NotFound);
            let failed = if is_lost { Problem::AnswerCut } else { refused(code) };
            assert_eq!(world.on("laptop").states(), [MessageState::Done, MessageState::Failed(failed)], "{code:?}");
            world.on("laptop").ask_again();
        }
        world.settle();
        assert_eq!(world.on("laptop").messages(), ["why?", "a scripted answer"], "{code:?}");
        assert_eq!(world.on("laptop").status().n_unsent, 0, "{code:?}");
    }
}

#[test]
fn a_refused_sign_up_says_why_and_can_be_finished_later() {
    for code in ErrorCode::ALL.iter().copied() {
        let mut world = World::new();
        world.add_person("laptop");
        world.link("laptop").refuse_all("sign_up_start", code);
        world.on("laptop").want(Intention::SignUp { device_name: None });
        assert!(matches!(world.on("laptop").screen(), ScreenView::Welcome(_)), "{code:?}");
        assert_eq!(world.on("laptop").problem(), Some(refused(code)), "{code:?}");

        world.link("laptop").refuse_nothing();
        world.link("laptop").refuse_all("sign_up_finish", code);
        world.on("laptop").want(Intention::SignUp { device_name: None });
        let words = world.on("laptop").asked_words();
        world.on("laptop").want(Intention::ConfirmWords { words: words.clone().into() });
        assert!(
            matches!(world.on("laptop").screen(), ScreenView::RecoveryKit(_)),
            "{code:?}: the words stay on screen"
        );
        assert_eq!(world.on("laptop").problem(), Some(refused(code)), "{code:?}");
        assert!(world.disk("laptop").all_rows().is_empty(), "{code:?}: nothing is kept before it is granted");
        world.link("laptop").refuse_nothing();
        world.on("laptop").want(Intention::ConfirmWords { words: words.into() });
        assert_eq!(*world.on("laptop").screen(), ScreenView::Open, "{code:?}");
    }
}

#[test]
fn a_refused_sign_in_says_why_and_keeps_nothing() {
    for call in ["sign_in_start", "sign_in_finish", "load_log", "load_epochs", "load_anchor"] {
        for code in ErrorCode::ALL.iter().copied() {
            let mut world = World::with_devices(["laptop"]);
            world.add_device_like("phone", "laptop");
            world.link("phone").refuse_all(call, code);
            world.on("phone").want(Intention::SignInWithPasskey);
            assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)), "{call} {code:?}");
            assert_eq!(world.on("phone").problem(), Some(refused(code)), "{call} {code:?}");
            assert!(world.disk("phone").all_rows().is_empty(), "{call} {code:?}");
            world.link("phone").refuse_nothing();
            world.on("phone").sign_in();
        }
    }
}

#[test]
fn a_session_that_ended_is_begun_again_with_the_passkey_and_everything_goes_out() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("before");
    world.settle();
    world.relay().end_all_sessions();
    world.on("laptop").rename("written without a session");
    world.settle();
    assert_eq!(world.on("laptop").status().problem, Some(refused(ErrorCode::UnknownSession)));
    let n_anchors = |world: &World| world.relay().seen().iter().filter(|seen| seen.call == "put_anchor").count();
    let n_before = n_anchors(&world);
    world.on("laptop").want(Intention::SignInAgain);
    assert_eq!(n_anchors(&world), n_before + 1, "the method remembers what this device has seen");
    world.on("phone").want(Intention::TryNow).want(Intention::SignInAgain);
    world.settle();
    for name in ["laptop", "phone"] {
        let status = world.on(name).status();
        assert_eq!((status.problem, status.n_unsent), (None, 0), "{name}");
        assert_eq!(world.on(name).titles(), ["written without a session"], "{name}");
    }
    world.add_device_like("tablet", "laptop");
    world.on("tablet").sign_in();
    world.restart("laptop");
    world.on("laptop").send("the new session is kept");
    world.settle();
    assert_eq!(world.on("laptop").status().problem, None);
}

#[test]
fn a_passkey_of_another_account_begins_no_session() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().end_all_sessions();
    world.on("laptop").want(Intention::TryNow);
    world.set_mood("laptop", crate::world::Mood::OtherAccount);
    let n_before = world.relay().seen().iter().filter(|seen| seen.call == "sign_in_finish").count();
    world.on("laptop").want(Intention::SignInAgain);
    let n_after = world.relay().seen().iter().filter(|seen| seen.call == "sign_in_finish").count();
    assert_eq!(n_after, n_before, "nothing is signed for another account");
    assert!(!world.on("laptop").notices().is_empty(), "it is said");
    assert_eq!(*world.on("laptop").screen(), ScreenView::Open);
}
