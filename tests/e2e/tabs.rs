//! Several tabs of one browser, a newer release, an answer that outlives its tab.

use anyhow::{Context, Result};
use e2e::author::Written;
use e2e::browser::{Browser, Prf, WorkerKind};
use e2e::gateway::{Fault, Gateway};
use e2e::pages::{Chat, Locked, Welcome};
use e2e::release::Release;
use e2e::screen::{Name, Screen};
use e2e::server::{Model, Relay};
use e2e::tour::Stage;
use thirtyfour::WindowHandle;
use tokio::net::TcpListener;

const PROMPT: &str = "POST /v1/prompts";
const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";
/// Changes that are timed.
const N_CHANGES: usize = 9;
/// From a change in one tab to its sight in another, milliseconds.
const MAX_BETWEEN_TABS_MS: f64 = 100.0;

/// Notes when a title stands in the chat list, on the one clock that all tabs have.
const WATCH_TITLES: &str = "
    globalThis.seenAt = {};
    new MutationObserver(() => {
        for (const [title] of document.querySelector('nav').textContent.matchAll(/Title \\d+/g)) {
            globalThis.seenAt[title] ??= performance.timeOrigin + performance.now();
        }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });";
/// Notes when Enter was last pressed.
const WATCH_ENTER: &str = "
    addEventListener('keydown', (event) => {
        if (event.key === 'Enter') globalThis.enteredAt = performance.timeOrigin + performance.now();
    }, { capture: true });";
/// A browser whose tabs share no workers.
const WITHOUT_SHARED_WORKERS: &str = "delete globalThis.SharedWorker;";

async fn open_tab(browser: &Browser, address: &str) -> Result<WindowHandle> {
    let tab = browser.driver().new_tab().await?;
    browser.driver().switch_to_window(tab.clone()).await?;
    browser.go(address).await?;
    Ok(tab)
}

async fn switch_to(browser: &Browser, tab: &WindowHandle) -> Result<()> {
    Ok(browser.driver().switch_to_window(tab.clone()).await?)
}

async fn address_of(browser: &Browser) -> Result<String> {
    Ok(browser.driver().current_url().await?.to_string())
}

#[tokio::test]
async fn a_change_in_one_tab_is_seen_in_the_others_within_100_ms() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Where are we?").await?;
    chat.answer_with("That is a good question").await?;
    chat.all_saved().await?;
    let first = browser.driver().window().await?;
    let address = address_of(browser).await?;
    let mut others = Vec::new();
    for _ in 0..2 {
        others.push(open_tab(browser, &address).await?);
        screen.find("article", Name::Ends("answered")).await?;
        browser.evaluate(WATCH_TITLES).await?;
    }
    assert_eq!(browser.count_workers(WorkerKind::Core).await?, 1, "one core for all");
    switch_to(browser, &first).await?;
    browser.evaluate(WATCH_ENTER).await?;
    let mut entered = Vec::new();
    for number in 0..N_CHANGES {
        chat.rename(&format!("Title {number}")).await?;
        entered.push(browser.evaluate("globalThis.enteredAt").await?.as_f64().context("nothing was entered")?);
    }
    let mut waits_ms = Vec::new();
    for tab in &others {
        switch_to(browser, tab).await?;
        screen.find("link", Name::Has(&format!("Title {}", N_CHANGES - 1))).await?;
        for (number, entered) in entered.iter().enumerate() {
            let seen = browser.evaluate(&format!("globalThis.seenAt['Title {number}']")).await?;
            waits_ms.push(seen.as_f64().with_context(|| format!("title {number} was not seen"))? - entered);
        }
    }
    waits_ms.sort_by(f64::total_cmp);
    let median_ms = waits_ms.get(waits_ms.len() / 2).copied().context("nothing was timed")?;
    println!("tabs.change.p50_ms\t{median_ms:.1}\ntabs.change.all_ms\t{waits_ms:.1?}");
    assert!(median_ms <= MAX_BETWEEN_TABS_MS, "{waits_ms:?}");
    assert!(waits_ms.iter().all(|wait_ms| *wait_ms > 0.0), "a change was seen before it was made: {waits_ms:?}");
    Ok(())
}

#[tokio::test]
async fn after_a_lock_every_tab_comes_back_to_its_own_chat_when_one_unlocks() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("The first chat").await?;
    chat.answer_with("That is a good question").await?;
    let first = (browser.driver().window().await?, address_of(browser).await?, "The first chat");
    chat.start_new().await?;
    chat.ask("The second chat").await?;
    chat.answer_with("That is a good question").await?;
    let of_second = address_of(browser).await?;
    let second = (open_tab(browser, &of_second).await?, of_second, "The second chat");
    screen.find("article", "You asked").await?;
    let home = open_tab(browser, &stage.relay.origin()).await?;
    screen.find("region", "Suggestions").await?;
    screen.fill("Message", "not asked yet").await?;
    switch_to(browser, &first.0).await?;
    screen.press("link", Name::Has("The first chat")).await?;
    chat.draft_is("").await?;

    screen.key("Control+Shift+L").await?;
    for tab in [&second.0, &home, &first.0] {
        switch_to(browser, tab).await?;
        screen.find("heading", "Welcome back").await?;
    }
    Locked(&screen).unlock().await?;
    for (tab, address, question) in [&first, &second] {
        switch_to(browser, tab).await?;
        screen.find_text("article", "You asked", question).await?;
        assert_eq!(address_of(browser).await?, *address, "each at its own chat");
    }
    switch_to(browser, &home).await?;
    screen.find("region", "Suggestions").await?;
    chat.draft_is("not asked yet").await
}

#[tokio::test]
async fn a_tab_that_is_closed_while_its_passkey_is_asked_leaves_the_others_free() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    Welcome(&screen).sign_up().await?;
    let first = browser.driver().window().await?;
    let other = open_tab(browser, &stage.relay.origin()).await?;
    screen.find("region", "Suggestions").await?;
    screen.key("Control+Shift+L").await?;
    screen.find("button", "Unlock with passkey").await?;
    switch_to(browser, &first).await?;
    browser.let_nobody_touch(&stage.authenticator).await?;
    screen.press("button", "Unlock with passkey").await?;
    screen.find("button", "Waiting for your passkey").await?;
    switch_to(browser, &other).await?;
    screen.find("button", "Waiting for your passkey").await.context("the other tab waits too")?;

    switch_to(browser, &first).await?;
    browser.driver().close_window().await?;
    switch_to(browser, &other).await?;
    screen.find("button", "Unlock with passkey").await.map(drop)
}

#[tokio::test]
async fn a_draft_that_was_just_typed_survives_a_reload() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    Welcome(&screen).sign_up().await?;
    let mut draft = String::new();
    for word in ["at once", " and again", " and once more"] {
        screen.fill("Message", "").await?;
        screen.key("End").await?;
        screen.type_text(word).await?;
        draft.push_str(word);
        stage.browser.reload().await?;
        Locked(&screen).unlock().await?.draft_is(&draft).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_goes_on_after_the_only_tab_was_reloaded_and_nothing_is_asked_twice() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let author = e2e::author::Author::start().await?;
    author.write("a long story", Written::Begun("Once upon a time"));
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let relay = Relay::start_behind(Model::At(author.address()), &origin).await?;
    let gateway = Gateway::start(listener, relay.port())?;
    let browser = Browser::open_at(&gateway.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Tell me a long story").await?;
    screen.find_text("article", Name::Ends("is answering"), "Once upon a time").await?;

    browser.reload().await?;
    let chat = Locked(&screen).unlock().await?;
    screen.find_text("article", Name::Ends("is answering"), "Once upon a time").await?;
    author.go_on(" there was a relay.")?;
    author.finish();
    chat.answer_with("Once upon a time there was a relay.").await?;
    chat.all_saved().await?;
    let asked = gateway.passed().into_iter().filter(|line| line.starts_with(PROMPT)).count();
    assert_eq!(asked, 1, "a second prompt left");
    Ok(())
}

/// A relay that serves a release of its own behind a gateway, and a browser that has kept its shell.
struct Published {
    release: Release,
    _relay: Relay,
    gateway: Gateway,
    browser: Browser,
}

async fn publish() -> Result<Published> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let release = Release::built()?;
    let relay = Relay::start_release(Model::Scripted, Some(&origin), &release).await?;
    let gateway = Gateway::start(listener, relay.port())?;
    let browser = Browser::open_at(&origin).await?;
    browser.wait_until(SHELL_IS_KEPT).await?;
    Ok(Published { release, _relay: relay, gateway, browser })
}

/// The build that a tab runs.
async fn build_of(browser: &Browser) -> Result<String> {
    let build = browser.evaluate("document.documentElement.dataset.build").await?;
    Ok(build.as_str().context("the page has no build")?.to_owned())
}

#[tokio::test]
async fn an_app_that_is_too_old_says_so_keeps_everything_and_saves_it_as_the_new_one() -> Result<()> {
    let Published { release, _relay, gateway, browser } = publish().await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("hello").await?;
    chat.answer_with("You asked: hello").await?;
    chat.all_saved().await?;
    let old = build_of(&browser).await?;
    release.publish_newer()?;
    gateway.fault("POST /v1/batches", Fault::Refuse(426, "old_protocol"));
    chat.rename("Written by the old one").await?;
    chat.foot_says("This app is too old to save").await?;
    screen.find("status", Name::Any).await?;
    screen.find("StaticText", "A new version is ready").await.context("it looked for a new one by itself")?;
    screen.press("link", "Written by the old one").await.context("reading goes on")?;
    screen.fill("Message", "half a thought").await?;

    gateway.mend();
    screen.press("button", "Reload").await?;
    let chat = Locked(&screen).unlock().await?;
    assert_ne!(build_of(&browser).await?, old, "the new release runs");
    chat.draft_is("half a thought").await?;
    chat.all_saved().await?;
    screen.find("link", "Written by the old one").await?;
    screen.find_none("StaticText", "A new version is ready").await
}

#[tokio::test]
async fn a_new_release_waits_for_tabs_of_the_old_one_and_goes_on_when_they_are_gone() -> Result<()> {
    for locks in [false, true] {
        update_beside_an_old_tab(locks).await.with_context(|| format!("locks: {locks}"))?;
    }
    Ok(())
}

/// Updates one of two tabs; the other one locks, or is closed as it is.
async fn update_beside_an_old_tab(locks: bool) -> Result<()> {
    let Published { release, _relay, gateway, browser } = publish().await?;
    let screen = Screen::of(&browser);
    Welcome(&screen).sign_up().await?;
    let first = browser.driver().window().await?;
    let other = open_tab(&browser, &gateway.origin()).await?;
    screen.find("textbox", "Message").await?;
    release.publish_newer()?;
    browser.evaluate("sotto.askForUpdate()").await?;
    for tab in [&first, &other] {
        switch_to(&browser, tab).await?;
        screen.find("StaticText", "A new version is ready").await.context("every tab asks")?;
    }

    switch_to(&browser, &first).await?;
    screen.press("button", "Reload").await?;
    screen.find("heading", "Other tabs still run an older Sotto").await?;
    switch_to(&browser, &other).await?;
    screen.find("textbox", "Message").await.context("the old tab goes on")?;
    if locks {
        screen.key("Control+Shift+L").await?;
        screen.find("heading", "This tab runs an older Sotto").await.context("and is over when it locks")?;
    }
    browser.driver().close_window().await?;
    switch_to(&browser, &first).await?;
    Locked(&screen).unlock().await.map(drop)
}

#[tokio::test]
async fn a_core_reads_nothing_before_it_holds_the_profile() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.go(&format!("{}/v1/about", relay.origin())).await?;
    let hold = "new Promise((held) => navigator.locks.request('sotto-core', () => {
        held(true);
        return new Promise((letGo) => globalThis.letGo = letGo);
    }))";
    browser.evaluate(hold).await?;
    let holder = browser.driver().window().await?;
    let tab = open_tab(&browser, &relay.origin()).await?;
    let screen = Screen::of(&browser);
    browser.wait_until("document.documentElement.dataset.core === 'ready'").await?;
    screen.find("heading", "Opening Sotto").await?;
    let databases = "indexedDB.databases().then((all) => all.length)";
    assert_eq!(browser.evaluate(databases).await?, 0, "it reads while another core may write");
    switch_to(&browser, &holder).await?;
    browser.evaluate("globalThis.letGo()").await?;
    switch_to(&browser, &tab).await?;
    screen.find("button", "Create account with a passkey").await?;
    assert_eq!(browser.evaluate(databases).await?, 1);
    Ok(())
}

#[tokio::test]
async fn where_tabs_share_no_workers_one_is_live_and_another_can_take_over() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.at_every_start(WITHOUT_SHARED_WORKERS).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("hello").await?;
    chat.answer_with("You asked: hello").await?;
    chat.all_saved().await?;
    assert_eq!(browser.count_workers(WorkerKind::Core).await?, 0, "no worker is shared");
    let first = browser.driver().window().await?;

    let second = browser.driver().new_tab().await?;
    switch_to(&browser, &second).await?;
    browser.at_every_start(WITHOUT_SHARED_WORKERS).await?;
    browser.go(&relay.origin()).await?;
    screen.find("heading", "Sotto is open in another tab").await?;
    switch_to(&browser, &first).await?;
    chat.ask("still here?").await?;
    chat.answer_with("You asked: still here?").await.context("the first stays live")?;
    chat.all_saved().await?;

    switch_to(&browser, &second).await?;
    screen.press("button", "Use here").await?;
    screen.find("heading", "Welcome back").await?;
    switch_to(&browser, &first).await?;
    screen.find("heading", "Sotto is open in another tab").await.context("the first gives way")?;
    let left = browser.evaluate("document.documentElement.outerHTML").await?.to_string();
    assert!(!left.contains("still here?"), "its words are gone");

    screen.press("button", "Use here").await?;
    let chat = Locked(&screen).unlock().await?;
    screen.find_text("article", "You asked", "still here?").await?;
    screen.key("Control+Shift+L").await?;
    Locked(&screen).unlock().await.context("a lock does not give it away")?;
    chat.ask("and now?").await?;
    chat.answer_with("You asked: and now?").await?;
    Chat::ready(&screen).await?.all_saved().await
}
