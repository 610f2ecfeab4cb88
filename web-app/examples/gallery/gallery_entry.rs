//! States of the pages before the chat.

use client_core::view::{AgreeView, Busy, DeviceView, KitView, LockedView, Problem, ScreenView, WelcomeView};
use shared_types::ids::DeviceId;

const WORDS: &str = "harvest copper lantern ribbon meadow anchor violin saddle winter pepper orbit cradle timber velvet \
canyon mirror basket ember glacier walnut tunnel feather island puzzle";

/// The screen of a state, if it is one before the chat.
pub(crate) fn screen(state: &str) -> Option<ScreenView> {
    let welcome = WelcomeView { online: true, can_sign_up: true, busy: None, problem: None };
    let locked = LockedView { online: true, busy: None, problem: None, wait_s: 0, has_passkey: true, has_words: true };
    Some(match state {
        "opening" => ScreenView::Starting,
        "welcome" => ScreenView::Welcome(welcome),
        "welcome-busy" => ScreenView::Welcome(WelcomeView { busy: Some(Busy::WaitingForPasskey), ..welcome }),
        "welcome-offline" => ScreenView::Welcome(WelcomeView { online: false, ..welcome }),
        "welcome-closed" => ScreenView::Welcome(WelcomeView { can_sign_up: false, ..welcome }),
        "welcome-trouble" => ScreenView::Welcome(WelcomeView { problem: Some(Problem::PasskeyWithoutPrf), ..welcome }),
        "kit" => ScreenView::RecoveryKit(kit(Vec::new(), None)),
        "kit-wrong" => ScreenView::RecoveryKit(kit(vec![11], Some(Problem::WordsWrong))),
        "agree" => ScreenView::Agree(agree()),
        "unlock" => ScreenView::Locked(locked),
        "unlock-offline" => ScreenView::Locked(LockedView { online: false, ..locked }),
        "unlock-wait" => ScreenView::Locked(LockedView { problem: Some(Problem::UnlockFailed), wait_s: 30, ..locked }),
        "stuck" => ScreenView::Stuck(Problem::NoStorage),
        _ => return None,
    })
}

fn kit(wrong: Vec<u8>, problem: Option<Problem>) -> KitView {
    let words = WORDS.split(' ').map(str::to_owned).collect();
    KitView { words, asked: [4, 11, 19], wrong, is_first: true, problem, ..KitView::default() }
}

fn agree() -> AgreeView {
    let device = |nth: u8, name: &str, confirmed: bool| DeviceView {
        id: DeviceId([nth; 16]),
        name: Some(name.to_owned()),
        added_s: 1_793_000_000 + u64::from(nth) * 300_000,
        confirmed,
        is_this: nth == 3,
    };
    AgreeView {
        devices: vec![
            device(1, "Firefox on Linux", true),
            device(2, "Noor’s phone", true),
            device(3, "This browser", false),
        ],
        last_change_s: 1_793_600_000,
        last_change_by: Some(DeviceId([1; 16])),
        busy: None,
        problem: None,
    }
}
