//! What goes wrong around a person: the model, the relay, the clock, the disk, the passkey. Each is said in words, and
//! nothing that they wrote is lost.

use anyhow::{Context, Result};
use e2e::browser::{Browser, Prf, WorkerKind};
use e2e::fake_model::{Answer, FakeModel};
use e2e::gateway::{Fault, Gateway};
use e2e::pages::{Chat, Locked, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{Model, Relay};
use e2e::stored::rows;
use serde_json::json;
use tokio::net::TcpListener;

const PUSH: &str = "POST /v1/batches";
const PROMPT: &str = "POST /v1/prompts";
const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";
/// Where messages lie.
const TABLE: &str = "messages";
const TRY_NOW: &str = "Try now";
const SIGN_IN_AGAIN: &str = "Sign in again";

/// A relay behind a gateway, and a browser with a passkey at its door.
struct Guarded {
    relay: Relay,
    gateway: Gateway,
    browser: Browser,
}

async fn open_guarded(prf: Prf) -> Result<Guarded> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let relay = Relay::start_behind(Model::Scripted, &origin).await?;
    let gateway = Gateway::start(listener, relay.port())?;
    let browser = open_browser(&gateway.origin(), prf).await?;
    Ok(Guarded { relay, gateway, browser })
}

async fn open_browser(origin: &str, prf: Prf) -> Result<Browser> {
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(prf).await?;
    browser.go(origin).await?;
    Ok(browser)
}

#[tokio::test]
async fn a_model_that_fails_is_said_to_what_came_stays_and_it_can_be_asked_again() -> Result<()> {
    let mut model = FakeModel::start().await?;
    let patience = format!("[openai]\nbase_url = \"{}\"\nfirst_piece_s = 1\nnext_piece_s = 1\n", model.address());
    let relay = Relay::start_with(Model::At(model.address()), &patience).await?;
    let browser = open_browser(&relay.origin(), Prf::Supported).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    let failures = [
        (Answer::Status(500), "", "The model does not answer"),
        (Answer::SilentAfter(""), "", "The model took too long"),
        (Answer::SilentAfter("Slowly it said"), "Slowly it said", "The model took too long"),
        (Answer::CutAfter("Half of it"), "Half of it", "The model does not answer"),
        (Answer::GarbageAfter(""), "", "The model sent no readable answer"),
        (Answer::GarbageAfter("Good until here"), "Good until here", "The model sent no readable answer"),
        (Answer::Empty, "", "The model sent no readable answer"),
        (Answer::Status(429), "", "The model is busy with other questions"),
        (Answer::Status(400), "", "The model’s owner refused this question"),
    ];
    for (number, (failure, kept, words)) in failures.into_iter().enumerate() {
        model.answer_with(failure);
        chat.ask_instead(&format!("question {number}")).await?;
        let said = chat.trouble(words).await.with_context(|| format!("{failure:?}"))?;
        assert!(said.contains("safe"), "{failure:?}: {said}");
        assert!(chat.last_turn().await?.contains(kept), "{failure:?}: what came is gone");
        screen.fill("Message", "my next thought").await?;

        model.answer_with(Answer::Whole("Now the whole answer"));
        screen.press("button", "Try again").await?;
        screen.find_none("alert", Name::Any).await.with_context(|| format!("{failure:?}"))?;
        assert!(chat.whole_answer().await?.contains("Now the whole answer"), "{failure:?}");
        chat.draft_is("my next thought").await.with_context(|| format!("{failure:?}"))?;
    }
    chat.all_saved().await?;

    model.stop();
    chat.ask_instead("is anybody there").await?;
    chat.trouble("The model does not answer").await?;
    browser.reload().await?;
    let chat = Locked(&screen).unlock().await?;
    chat.trouble("The model does not answer").await?;
    assert_eq!(chat.questions().await?.len(), failures.len() + 1);
    model.restart().await?;
    screen.press("button", "Try again").await?;
    screen.find_none("alert", Name::Any).await?;
    assert!(chat.whole_answer().await?.contains("Now the whole answer"));
    Ok(())
}

#[tokio::test]
async fn what_the_relay_refuses_is_said_and_is_saved_when_it_takes_it() -> Result<()> {
    let Guarded { relay: _relay, gateway, browser } = open_guarded(Prf::Supported).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("hello").await?;
    chat.answer_with("You asked: hello").await?;
    chat.all_saved().await?;
    let refusals = [
        (400, "malformed", "The server did not understand this app", TRY_NOW),
        (400, "unknown_version", "The server does not know this version of the app", TRY_NOW),
        (401, "bad_signature", "The server did not recognise this device", SIGN_IN_AGAIN),
        (401, "unknown_session", "You are signed out on the server", SIGN_IN_AGAIN),
        (403, "not_allowed", "This device may not do that any more", TRY_NOW),
        (409, "wrong_sequence", "The server misses an earlier change of this device", TRY_NOW),
        (413, "too_large", "This is too large for the server", TRY_NOW),
        (413, "quota_exceeded", "Your room on the server is used up", TRY_NOW),
        (422, "batch_refused", "The server refused a change of this device", TRY_NOW),
        (426, "old_protocol", "This app is too old to save", TRY_NOW),
    ];
    for (number, (status, word, sentence, way_on)) in refusals.into_iter().enumerate() {
        let title = format!("Title {number}");
        gateway.fault(PUSH, Fault::Refuse(status, word));
        chat.rename(&title).await?;
        chat.foot_says(sentence).await.with_context(|| word.to_owned())?;
        gateway.mend();
        screen.press("button", way_on).await.with_context(|| word.to_owned())?;
        chat.all_saved().await.with_context(|| word.to_owned())?;
    }
    Ok(())
}

#[tokio::test]
async fn a_relay_that_fails_for_a_while_gets_everything_later() -> Result<()> {
    let Guarded { relay: _relay, gateway, browser } = open_guarded(Prf::Supported).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("hello").await?;
    chat.answer_with("You asked: hello").await?;
    chat.all_saved().await?;
    let seen_before = "The server had this already";
    let faults = [
        (Fault::Refuse(500, "internal"), "The server failed"),
        (Fault::Refuse(429, "rate_limited"), "Too much at once for this server"),
        (Fault::Refuse(507, "storage_full"), "The server is full"),
        (Fault::Refuse(401, "replayed_request"), seen_before),
        (Fault::Garble, "The server’s answer makes no sense"),
        (Fault::Twice, seen_before),
    ];
    for (number, (fault, sentence)) in faults.into_iter().enumerate() {
        gateway.fault(PUSH, fault);
        chat.rename(&format!("Title {number}")).await?;
        chat.foot_says(sentence).await.with_context(|| format!("{fault:?}"))?;
        gateway.mend();
        chat.all_saved().await.with_context(|| format!("{fault:?}"))?;
    }

    gateway.fault(PROMPT, Fault::Twice);
    chat.ask("asked twice on the way").await?;
    chat.answer_with("You asked: asked twice on the way").await?;
    screen.find_none("alert", Name::Any).await.context("nothing is to be done about it")?;
    assert_eq!(chat.questions().await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn what_is_over_a_limit_of_the_relay_is_said_and_stays_on_the_device() -> Result<()> {
    let limits = "[limits]\nprompts_per_day = 1\naccount_bytes = 60000\n";
    let relay = Relay::start_with(Model::Scripted, limits).await?;
    let browser = open_browser(&relay.origin(), Prf::Supported).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("the one of today").await?;
    chat.answer_with("You asked: the one of today").await?;
    chat.ask("one too many").await?;
    let said = chat.trouble("Today’s questions are used up").await?;
    assert!(said.contains("Your question is safe on this device"), "{said}");
    chat.all_saved().await?;

    chat.ask(&format!("long {}", "word ".repeat(20_000))).await?;
    chat.foot_says("Your room on the server is used up").await?;
    browser.reload().await?;
    let chat = Locked(&screen).unlock().await?;
    chat.foot_says("Your room on the server is used up").await?;
    let questions = chat.questions().await?;
    assert!(questions.iter().any(|question| question.starts_with("long word")), "{questions:?}");
    Ok(())
}

#[tokio::test]
async fn a_clock_that_is_a_year_off_is_corrected_for_requests() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = open_browser(&relay.origin(), Prf::Supported).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    for days in ["-365", "365"] {
        let n_before = count_refusals(&relay)?;
        let shift = format!("trueNow = globalThis.trueNow ?? Date.now; Date.now = () => trueNow() + {days} * 86400000");
        browser.evaluate_in(WorkerKind::Core, &shift).await?;
        for question in [format!("what day is it, {days}"), format!("and now, {days}")] {
            chat.ask(&question).await?;
            chat.answer_with(&format!("You asked: {question}")).await?;
            chat.all_saved().await?;
        }
        assert!(count_refusals(&relay)? > n_before, "the clock was right");
    }
    Ok(())
}

fn count_refusals(relay: &Relay) -> Result<usize> {
    Ok(relay.log()?.matches("expired_request").count())
}

#[tokio::test]
async fn a_damaged_row_is_said_and_kept_the_rest_can_be_read_and_the_relay_mends_it() -> Result<()> {
    let mut relay = Relay::start(Model::Scripted).await?;
    let browser = open_browser(&relay.origin(), Prf::Supported).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("in the damaged chat").await?;
    chat.answer_with("You asked: in the damaged chat").await?;
    chat.all_saved().await?;
    let of_first_chat = browser.evaluate(&rows(TABLE, "Object.keys(rows)")).await?;
    screen.press("link", Name::Has("New chat")).await?;
    chat.ask("in the sound chat").await?;
    chat.answer_with("You asked: in the sound chat").await?;
    chat.all_saved().await?;
    browser.wait_until(SHELL_IS_KEPT).await?;
    relay.kill().await?;
    browser.reload().await?;
    screen.find("button", "Unlock with passkey").await?;
    let damage = rows(
        TABLE,
        &format!(
            "Promise.all({of_first_chat}.map((key) => {{
            const value = rows[key].slice();
            value[value.length - 1] ^= 1;
            return done(open().put(value, Uint8Array.from(key.split(','))));
        }})).then(() => {of_first_chat}.length)"
        ),
    );
    let n_damaged = browser.evaluate(&damage).await?;
    assert!(n_damaged.as_u64() > Some(0), "no row was damaged: {n_damaged}");
    let damaged_rows = rows(TABLE, &format!("{of_first_chat}.map((key) => Array.from(rows[key]))"));
    let damaged = browser.evaluate(&damaged_rows).await?;

    let chat = Locked(&screen).unlock().await?;
    screen.press("link", Name::Has("in the damaged chat")).await?;
    let said = chat.trouble("Something saved here is damaged").await?;
    assert!(said.contains("It is kept as it is, and everything else can be read"), "{said}");
    screen.press("link", Name::Has("in the sound chat")).await?;
    chat.answer_with("You asked: in the sound chat").await?;
    chat.ask("and on").await?;

    relay.restart().await?;
    chat.answer_with("You asked: and on").await?;
    screen.press("link", Name::Has("in the damaged chat")).await?;
    chat.answer_with("You asked: in the damaged chat").await?;
    assert_eq!(browser.evaluate(&damaged_rows).await?, damaged, "a damaged row was written over");
    Ok(())
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_text_stays_in_the_box() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    let authenticator = browser.add_authenticator(Prf::Supported).await?;
    browser.watch_prf().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("before").await?;
    chat.answer_with("You asked: before").await?;
    chat.all_saved().await?;
    let passkey = browser.export_passkey(&authenticator, browser.prf_outputs().await?).await?;
    // Chromium goes on for half a minute with the room that it found before; a new process looks at once.
    let browser = Browser::open(browser.close().await?).await?;
    let authenticator = browser.add_authenticator(Prf::Supported).await?;
    browser.import_passkey(&authenticator, &passkey).await?;
    browser.devtools("Storage.overrideQuotaForOrigin", json!({ "origin": relay.origin(), "quotaSize": 1 })).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Locked(&screen).unlock().await?;
    chat.all_saved().await?;
    screen.press("link", "before").await?;
    chat.answer_with("You asked: before").await?;
    chat.ask("a long thought").await?;
    let said = chat.trouble("There is no room left on this device").await?;
    assert!(said.contains("What is saved stays"), "{said}");
    chat.draft_is("a long thought").await?;
    assert_eq!(chat.questions().await?.len(), 1, "what is not kept is not shown as sent");

    browser.devtools("Storage.overrideQuotaForOrigin", json!({ "origin": relay.origin() })).await?;
    screen.key("Enter").await?;
    chat.answer_with("You asked: a long thought").await?;
    chat.all_saved().await
}

#[tokio::test]
async fn a_key_without_prf_is_refused_before_an_account_exists() -> Result<()> {
    // Adversary: an authenticator that cannot derive keys, or a browser that says so for it.
    // Invariant: without a PRF there is no account: it is said in words that help, and the relay learns of none.
    // Regression caught: an account whose passkey signs in and can open nothing.
    let Guarded { relay, gateway, browser } = open_guarded(Prf::Absent).await?;
    let screen = Screen::of(&browser);
    screen.press("button", "Create account with a passkey").await?;
    let said = Chat(&screen).trouble("This passkey cannot lock your chats").await?;
    assert!(said.contains("Nothing was made"), "{said}");
    screen.find("button", "Create account with a passkey").await?;
    let asked = gateway.passed();
    assert!(asked.iter().any(|line| line.starts_with("POST /v1/sign-up/start")), "{asked:?}");
    assert!(!asked.iter().any(|line| line.starts_with("POST /v1/sign-up/finish")), "{asked:?}");
    assert!(!relay.log()?.contains("/v1/sign-up/finish"));
    Ok(())
}
