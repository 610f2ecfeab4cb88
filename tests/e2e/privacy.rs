//! What must not leave the device does not: attack rows 20, 31 and 33, on the true product.

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::{Context, Result};
use data_encoding::BASE32_NOPAD;
use e2e::browser::{Browser, Prf};
use e2e::canary::{Canary, core_dump_of, files_below, random_word, readable_memory_of};
use e2e::pages::{ByWords, Chat, Locked, Password, Security, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{LocalModel, Model, Relay};
use e2e::wiretap::Wiretap;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::process::Command;

/// What the local model says about the capital of France.
const ANSWER: &str = "The capital of France is Paris";
const A_SECOND: &str = "new Promise((done) => setTimeout(() => done(true), 1000))";

/// Everything that a page can find in what its origin keeps: rows, storage, cookies, addresses of kept files.
const KEPT_BY_THE_BROWSER: &str = "
    (async () => {
        const found = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
        const bytes = (value) => Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte)).join('');
        const done = (request) => new Promise((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
        });
        for (const { name } of await indexedDB.databases()) {
            const database = await done(indexedDB.open(name));
            for (const table of database.objectStoreNames) {
                const store = database.transaction(table).objectStore(table);
                for (const value of [...(await done(store.getAllKeys())), ...(await done(store.getAll()))]) {
                    found.push(bytes(value));
                }
            }
            database.close();
        }
        for (const name of await caches.keys()) {
            for (const request of await (await caches.open(name)).keys()) found.push(request.url);
        }
        return found.concat(location.href, document.title);
    })()";

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
    browser.watch_prf().await?;
    browser.go(&tap.origin()).await?;
    Ok(Tapped { relay, tap, browser })
}

async fn prf_outputs(browser: &Browser) -> Result<Vec<Canary>> {
    let outputs = browser.prf_outputs().await?;
    Ok(outputs.iter().map(|seen| Canary::new("a PRF output", &seen.output)).collect())
}

#[tokio::test]
async fn no_request_carries_prf_output() -> Result<()> {
    // Adversary: the relay, reading every byte that reaches it.
    // Invariant: PRF output stays in the browser, at sign-up and at unlock.
    // Regression caught: extension results serialised together with the credential.
    let Tapped { tap, browser, relay: _relay } = open_tapped(Model::Scripted).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
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
    // Adversary: the relay and a thief of its disk, of its memory, of its logs, of the browser's disk.
    // Invariant: nothing that a person writes is readable anywhere, but the one prompt that they send.
    // Regression caught: plaintext in a batch, a row, a log line, a header, a cache, an address or freed memory.
    let model = LocalModel::start().await?;
    let to_model = Wiretap::on(model.port()).await?;
    let Tapped { tap, browser, relay } =
        open_tapped(Model::At(format!("http://127.0.0.1:{}/v1", to_model.port()))).await?;
    let screen = Screen::of(&browser);
    let [device, question, title, draft] = ["device", "zebra-lantern", "title-ember", "draft-quartz"].map(random_word);
    screen.fill("Name on this device", &device).await?;
    let kit = Welcome(&screen).create_account().await?;
    let words = kit.words().await?;
    let chat = kit.confirm(&words).await?;
    chat.ask("What is the capital of France?").await?;
    chat.answer_with(ANSWER).await?;
    screen.press("link", Name::Has("New chat")).await?;
    chat.ask(&format!("{question} what is that")).await?;
    chat.whole_answer().await?;
    chat.all_saved().await?;
    chat.rename(&title).await?;
    let (of_password, sign_in_name) = add_password(&screen).await?;
    screen.fill("Message", &draft).await?;
    chat.all_saved().await?;
    // The words are typed too, and open this device.
    screen.key("Control+Shift+L").await?;
    ByWords::at_unlock(&screen).await?.type_words(&words.join(" ")).await?;
    Chat::ready(&screen).await?.all_saved().await?;
    browser.evaluate(A_SECOND).await?;

    let prompt = Canary::text("the question", &question);
    let mut secrets = prf_outputs(&browser).await?;
    assert!(secrets.len() >= 2, "sign-up gives two PRF outputs");
    secrets.push(Canary::text("the device's name", &device));
    secrets.push(Canary::text("the title", &title));
    secrets.push(Canary::text("the draft", &draft));
    for three in words.chunks(3) {
        secrets.push(Canary::text("recovery words", &three.join(" ")));
    }
    secrets.extend(of_password);
    let mut at_rest = secrets.clone();
    at_rest.extend([prompt.clone(), sign_in_name, Canary::text("an answer", ANSWER)]);

    let relay_left = search_memory(relay.process_id(), "--config", &secrets, &prompt)?;
    let model_left = search_memory(model.process_id(), "--model", &secrets, &prompt)?;

    let kept: Vec<String> = serde_json::from_value(browser.evaluate(KEPT_BY_THE_BROWSER).await?)?;
    assert!(kept.len() > 10, "the browser keeps rows: {}", kept.len());
    let profile = browser.close().await?;
    let mut places: BTreeMap<String, Vec<u8>> = files_below(relay.data())?.into_iter().collect();
    places.extend(files_below(profile.path())?);
    places.extend(files_below(model.files())?);
    for name in ["relay.log", "relay.sqlite", "relay.sqlite-wal", "model.log", "IndexedDB", "CacheStorage"] {
        assert!(places.keys().any(|path| path.contains(name)), "nothing was searched of {name}");
    }
    places.insert("what the page can read".to_owned(), kept.concat().into_bytes());
    assert_nothing_is_readable(&places, &at_rest);

    assert!(!tap.socket_messages().is_empty(), "the events' socket was not heard");
    let (heard, answered) = (tap.heard().concat(), tap.answered().concat());
    let (forwarded, generated) = (to_model.heard().concat(), to_model.answered().concat());
    for (wire, bytes) in [
        ("to the relay", &heard),
        ("to the browser", &answered),
        ("to the model", &forwarded),
        ("from the model", &generated),
    ] {
        for canary in &secrets {
            assert_eq!(canary.count_in(bytes), 0, "{} is on the wire {wire}", canary.what);
        }
    }
    // Positive control: the search does find what is there.
    assert_eq!(prompt.count_in(&heard), 1, "the question leaves once, in its prompt");
    assert_eq!(prompt.count_in(&forwarded), 1, "and goes on once, to the model");
    println!("ask.leftover.count\t{relay_left}\trelay, core dump 1 s after the turn");
    println!("ask.leftover.model\t{model_left}\tlocal model, core dump 1 s after the turn");
    Ok(())
}

/// Sets up a password with its app in the account: what of it must never leave, and the name, which the relay is told
/// and of which it keeps a keyed hash.
async fn add_password(screen: &Screen<'_>) -> Result<(Vec<Canary>, Canary)> {
    let [name, password] = ["handle", "password-kettle"].map(random_word);
    Security::open(screen).await?;
    let page = Password(screen);
    let app = page.add(&name, &password).await?;
    let account_code = page.account_code("group").await?;
    page.confirm(&app.last_code()?).await?;
    screen.find_text("status", Name::Any, "It is added").await?;
    screen.press("link", "Back to chats").await?;
    Chat::ready(screen).await?.all_saved().await?;
    let account_secret = BASE32_NOPAD.decode(account_code.replace('-', "").as_bytes())?;
    let secrets = vec![
        Canary::text("the password", &password),
        Canary::text("the account code", &account_code),
        Canary::new("the account secret", account_secret.get(..16).context("16 bytes and a check")?),
    ];
    Ok((secrets, Canary::text("the sign-in name", &name)))
}

fn assert_nothing_is_readable(places: &BTreeMap<String, Vec<u8>>, canaries: &[Canary]) {
    for (path, bytes) in places {
        for canary in canaries {
            assert_eq!(canary.count_in(bytes), 0, "{} is readable in {path}", canary.what);
        }
    }
}

/// Searches a core dump for secrets, none of which may be there; says how often the prompt is. `control` is a word of
/// the process' own command line.
fn search_memory(process: Option<u32>, control: &'static str, secrets: &[Canary], prompt: &Canary) -> Result<usize> {
    let dump = core_dump_of(process.context("the process runs")?)?;
    assert!(Canary::text("the control", control).count_in(&dump) > 0, "the dump does not even hold {control}");
    for canary in secrets {
        assert_eq!(canary.count_in(&dump), 0, "{} is in the memory of the process with {control}", canary.what);
    }
    Ok(prompt.count_in(&dump))
}

#[tokio::test]
async fn a_core_dump_shows_what_a_process_holds_on_its_heap() -> Result<()> {
    let secret = random_word("held");
    let script = format!("held={secret}; for part in a b c; do held=$held; done; echo ready; read -r _");
    let mut holder = Command::new("bash").args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut ready = [0; 6];
    holder.stdout.take().context("stdout is piped")?.read_exact(&mut ready).await?;
    let id = holder.id().context("it runs")?;
    let dumps = [core_dump_of(id)?, readable_memory_of(id)?];
    holder.kill().await?;
    for dump in dumps {
        assert!(Canary::text("what it holds", &secret).count_in(&dump) > 1, "the variable, beside the command line");
        assert_eq!(Canary::text("what nobody holds", &random_word("held")).count_in(&dump), 0);
    }
    Ok(())
}

#[tokio::test]
async fn model_output_fetches_nothing() -> Result<()> {
    // Adversary: a model, or a page that it was made to repeat, that wants to call home.
    // Invariant: an answer is drawn without a single request, and links wait for the reader.
    // Regression caught: pictures or raw HTML of an answer becoming elements.
    let home = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://127.0.0.1:{}", home.local_addr()?.port());
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_at(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
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
