//! What must not leave the device does not: attack rows 20, 31 and 33, on the true product.

use anyhow::{Context, Result};
use e2e::browser::{Browser, Prf};
use e2e::canary::{Canary, files_below, memory_of};
use e2e::pages::{Chat, Locked, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{LocalModel, Model, Relay};
use e2e::wiretap::Wiretap;
use tokio::net::TcpListener;

/// Keeps a copy of every PRF output, for the search after the journey.
const KEEP_PRF_OUTPUTS: &str = "
    globalThis.prfOutputs = [];
    for (const verb of ['create', 'get']) {
        const ask = navigator.credentials[verb].bind(navigator.credentials);
        navigator.credentials[verb] = async (options) => {
            const credential = await ask(options);
            const results = credential.getClientExtensionResults().prf?.results ?? {};
            for (const output of Object.values(results)) {
                globalThis.prfOutputs.push(Array.from(new Uint8Array(output)));
            }
            return credential;
        };
    }";

const A_SECOND: &str = "new Promise((done) => setTimeout(() => done(true), 1000))";

/// A relay behind a tap, and a browser with a passkey at its door.
struct Tapped {
    relay: Relay,
    tap: Wiretap,
    browser: Browser,
}

async fn open_tapped(model: Model) -> Result<Tapped> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let relay = Relay::start_behind(model, &origin).await?;
    let tap = Wiretap::start(listener, relay.port())?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.at_every_start(KEEP_PRF_OUTPUTS).await?;
    browser.go(&tap.origin()).await?;
    Ok(Tapped { relay, tap, browser })
}

async fn prf_outputs(browser: &Browser) -> Result<Vec<Canary>> {
    let kept: Vec<Vec<u8>> = serde_json::from_value(browser.evaluate("globalThis.prfOutputs").await?)?;
    Ok(kept.iter().map(|output| Canary::new("a PRF output", output)).collect())
}

#[tokio::test]
async fn no_request_carries_prf_output() -> Result<()> {
    // Adversary: the relay, reading every byte that reaches it.
    // Invariant: PRF output stays in the browser, at sign-up and at unlock.
    // Regression caught: extension results serialised together with the credential.
    let Tapped { tap, browser, relay: _relay } = open_tapped(Model::Scripted).await?;
    let screen = Screen::of(&browser);
    let kit = Welcome(&screen).create_account().await?;
    let words = kit.words().await?;
    let chat = kit.confirm(&words).await?;
    chat.all_saved().await?;
    let mut canaries = prf_outputs(&browser).await?;
    browser.reload().await?;
    Locked(&screen).unlock().await?.all_saved().await?;
    canaries.extend(prf_outputs(&browser).await?);

    assert!(canaries.len() >= 3, "sign-up gives two outputs and unlocking one: {}", canaries.len());
    let heard = tap.heard();
    assert!(heard.iter().any(|piece| piece.windows(14).any(|window| window == b"sign-up/finish")));
    for (piece, canary) in heard.iter().flat_map(|piece| canaries.iter().map(move |canary| (piece, canary))) {
        assert_eq!(canary.count_in(piece), 0, "{} is on the wire", canary.what);
    }
    Ok(())
}

#[tokio::test]
async fn canaries_never_leave() -> Result<()> {
    // Adversary: the relay and a thief of its disk, of its logs, of the browser's disk.
    // Invariant: nothing that a person writes is readable anywhere, but the one prompt that they send.
    // Regression caught: plaintext in a batch, a row, a log line, a header, a cache or an address.
    let model = LocalModel::start().await?;
    let Tapped { tap, browser, relay } = open_tapped(Model::At(model.address())).await?;
    let screen = Screen::of(&browser);
    let kit = Welcome(&screen).create_account().await?;
    let words = kit.words().await?;
    let chat = kit.confirm(&words).await?;
    let (question, draft) = ("zebra-lantern-4711 what is that", "draft-quartz-9035-never-sent");
    chat.ask(question).await?;
    screen.find("article", Name::Ends("answered")).await?;
    chat.all_saved().await?;
    let renamed = Canary::text("the title", "title-ember-6620");
    rename(&screen, "title-ember-6620").await?;
    screen.fill("Message", draft).await?;
    chat.all_saved().await?;
    browser.evaluate(A_SECOND).await?;

    let prompt = Canary::text("the question", "zebra-lantern-4711");
    let mut secrets = prf_outputs(&browser).await?;
    assert!(!secrets.is_empty(), "no PRF output was kept");
    secrets.extend([renamed, Canary::text("the draft", draft)]);
    let phrase = words.get(..4).context("there are 24 words")?.join(" ");
    secrets.push(Canary::text("the recovery words", &phrase));

    let mut n_left = [0, 0];
    for (index, id) in [relay.process_id(), model.process_id()].into_iter().enumerate() {
        let regions = memory_of(id.context("the process runs")?)?;
        for canary in &secrets {
            let n_found: usize = regions.iter().map(|region| canary.count_in(region)).sum();
            assert_eq!(n_found, 0, "{} is in the memory of process {index}", canary.what);
        }
        if let Some(left) = n_left.get_mut(index) {
            *left = regions.iter().map(|region| prompt.count_in(region)).sum::<usize>();
        }
    }
    let profile = browser.close().await?;
    let mut places: Vec<(String, Vec<u8>)> = files_below(relay.data())?;
    places.extend(files_below(profile.path())?);
    for (path, bytes) in &places {
        for canary in secrets.iter().chain([&prompt]) {
            assert_eq!(canary.count_in(bytes), 0, "{} is readable in {path}", canary.what);
        }
    }
    let heard = tap.heard().concat();
    for canary in &secrets {
        assert_eq!(canary.count_in(&heard), 0, "{} is on the wire", canary.what);
    }
    // Positive control: the search does find what is there.
    assert_eq!(prompt.count_in(&heard), 1, "the question leaves once, in its prompt");
    let [relay_left, model_left] = n_left;
    println!("ask.leftover.count\t{relay_left}\trelay, 1 s after the turn");
    println!("ask.leftover.model\t{model_left}\tlocal model, 1 s after the turn");
    Ok(())
}

async fn rename(screen: &Screen<'_>, title: &str) -> Result<()> {
    screen.press("button", "More for this chat").await?;
    screen.press("menuitem", "Rename").await?;
    screen.find("textbox", "Chat title").await?;
    screen.select_all().await?;
    screen.type_text(title).await?;
    screen.key("Enter").await?;
    screen.find("link", Name::Has(title)).await.map(drop)
}

#[tokio::test]
async fn model_output_fetches_nothing() -> Result<()> {
    // Adversary: a model, or a page that it was made to repeat, that wants to call home.
    // Invariant: an answer is drawn without a single request, and links wait for the reader.
    // Regression caught: pictures or raw HTML of an answer becoming elements.
    let home = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://127.0.0.1:{}", home.local_addr()?.port());
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let kit = Welcome(&screen).create_account().await?;
    let words = kit.words().await?;
    let chat: Chat<'_> = kit.confirm(&words).await?;
    let hostile = format!(
        "![a]({address}/a.png) <img src={address}/b.png> <iframe src={address}/c></iframe> \
         <link rel=prefetch href={address}/d> [e]({address}/e) end-of-answer"
    );
    chat.ask(&hostile).await?;
    chat.answer_with("end-of-answer").await?;
    browser.evaluate(A_SECOND).await?;

    let drawn = browser
        .evaluate("document.querySelectorAll('article :is(img, iframe, link, script, object, embed, video)').length")
        .await?;
    assert_eq!(drawn, serde_json::json!(0), "an answer became an element that fetches");
    let foreign = browser
        .evaluate(
            "performance.getEntriesByType('resource').map((entry) => entry.name)
                .filter((name) => !name.startsWith(location.origin))",
        )
        .await?;
    assert_eq!(foreign, serde_json::json!([]));
    assert_eq!(browser.broken_policies().await?, [""; 0], "the policy had to step in");
    let calls = tokio::time::timeout(std::time::Duration::ZERO, home.accept()).await;
    assert!(calls.is_err(), "somebody called home");
    Ok(())
}
