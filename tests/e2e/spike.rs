//! The ground under the browser side, on the product's own bundle and headers: a Leptos view under
//! trusted types, the core in a module shared worker, strict writes to IndexedDB, and everything
//! again from the service worker when the server is gone.

use anyhow::Result;
use e2e::{
    browser::{Browser, WorkerKind},
    static_site::{StaticSite, address_of, web_folder},
};
use serde_json::{Value, json};

const CORE_IS_READY: &str = "document.documentElement.dataset.core === 'ready'";
const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";

/// Keeps mode and durability of every transaction that the core opens from now on.
const WATCH_TRANSACTIONS: &str = "
    globalThis.opened = [];
    const open = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...asked) {
        const transaction = open.apply(this, asked);
        globalThis.opened.push(`${transaction.mode} ${transaction.durability}`);
        return transaction;
    };";

/// Counts the starts of this profile in the core's own code; reading back is part of it.
fn check_storage() -> Result<String> {
    let core = address_of("/sotto-core.js")?;
    Ok(format!("import('{core}').then((core) => core.check_storage()).then((check) => check.starts)"))
}

/// Keeps every template that the default policy lets through.
const WATCH_POLICIES: &str = "
    globalThis.passedTemplates = [];
    const make = trustedTypes.createPolicy.bind(trustedTypes);
    trustedTypes.createPolicy = (name, rules) => {
        if (name !== 'default') return make(name, rules);
        const createHTML = (html) => {
            const passed = rules.createHTML(html);
            globalThis.passedTemplates.push(passed);
            return passed;
        };
        return make(name, { ...rules, createHTML });
    };";

const HOSTILE_TEMPLATES: [&str; 14] = [
    "<script>alert(1)</script>",
    "<ScRiPt src=/x.js>",
    "<p><iframe src=/></p>",
    "<object data=/x>",
    "<embed src=/x>",
    "<base href=/x>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=/x.css>",
    "<style>p{}</style>",
    "<img src=/x.png onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='JavaScript:alert(1)'>x</a>",
    "<a href=java&#115;cript:alert(1)>x</a>",
    "<a href=\"//elsewhere.example/\">x</a>",
];

async fn open_site(browser: &Browser, site: &StaticSite) -> Result<()> {
    browser.go(&format!("{}/", site.origin())).await?;
    browser.wait_until(CORE_IS_READY).await
}

#[tokio::test]
async fn the_page_mounts_and_the_core_answers_under_the_content_security_policy() -> Result<()> {
    let site = StaticSite::serve(&web_folder()?).await?;
    let browser = Browser::open_fresh().await?;
    open_site(&browser, &site).await?;

    assert_eq!(browser.evaluate("document.querySelector('main') !== null").await?, json!(true));
    assert_eq!(browser.count_workers(WorkerKind::Core).await?, 1);
    assert_eq!(browser.evaluate("crossOriginIsolated").await?, json!(true));
    assert_eq!(browser.broken_policies().await?, [""; 0]);
    let console = browser.console().await?;
    assert_eq!(console.iter().filter(|line| line.level == "SEVERE").collect::<Vec<_>>(), [] as [&_; 0]);
    Ok(())
}

#[tokio::test]
async fn a_second_tab_shares_the_core_of_the_first() -> Result<()> {
    let site = StaticSite::serve(&web_folder()?).await?;
    let browser = Browser::open_fresh().await?;
    open_site(&browser, &site).await?;
    browser.driver().new_tab().await?;
    let tabs = browser.driver().windows().await?;
    browser.driver().switch_to_window(tabs[1].clone()).await?;
    open_site(&browser, &site).await?;

    assert_eq!(browser.count_workers(WorkerKind::Core).await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_breaks_the_policy_is_seen() -> Result<()> {
    let site = StaticSite::serve(&web_folder()?).await?;
    let browser = Browser::open_fresh().await?;
    open_site(&browser, &site).await?;

    browser
        .evaluate(
            "new Promise((done) => {
                document.addEventListener('securitypolicyviolation', () => setTimeout(done));
                const picture = document.createElement('img');
                picture.src = 'https://elsewhere.example/x.png';
                document.body.append(picture);
            })",
        )
        .await?;
    let broken = browser.broken_policies().await?;
    assert!(broken.iter().any(|policy| policy.starts_with("img-src https://elsewhere.example")), "{broken:?}");
    Ok(())
}

#[tokio::test]
async fn the_trusted_types_policies_refuse_hostile_input() -> Result<()> {
    let site = StaticSite::serve(&web_folder()?).await?;
    let browser = Browser::open_fresh().await?;
    open_site(&browser, &site).await?;

    let hostile = serde_json::to_string(&HOSTILE_TEMPLATES)?;
    let passed = browser
        .evaluate(&format!(
            "{hostile}.filter((html) => {{
                try {{ document.createElement('template').innerHTML = html; return true; }} catch {{ return false; }}
            }})"
        ))
        .await?;
    assert_eq!(passed, json!([]));

    // What Leptos does with a wholly static view: the same sink, the same policy.
    let harmless =
        "<div class=\"mark\"><svg viewBox=\"0 0 1 1\"><path d=\"M0 0\"></path></svg><a href=\"/x\">x</a></div>";
    let kept = browser
        .evaluate(&format!(
            "(() => {{ const t = document.createElement('template'); t.innerHTML = {}; return t.innerHTML; }})()",
            json!(harmless)
        ))
        .await?;
    assert_eq!(kept, json!(harmless));

    let sinks = [
        "new Worker('/core.js')",
        "document.createElement('script').src = '/x.js'",
        "trustedTypes.createPolicy('sotto', {})",
    ];
    for sink in sinks {
        let refused = browser
            .evaluate(&format!("(() => {{ try {{ {sink}; return false; }} catch {{ return true; }} }})()"))
            .await?;
        assert_eq!(refused, json!(true), "{sink}");
    }
    Ok(())
}

#[tokio::test]
async fn a_static_view_of_leptos_is_drawn_through_the_default_policy() -> Result<()> {
    let site = StaticSite::serve(&web_folder()?).await?;
    let browser = Browser::open_fresh().await?;
    browser.at_every_start(WATCH_POLICIES).await?;
    open_site(&browser, &site).await?;
    browser.wait_until("document.querySelector('main h1') !== null").await?;

    let passed: Vec<String> = serde_json::from_value(browser.evaluate("passedTemplates").await?)?;
    assert!(!passed.is_empty(), "no static view went through the policy");
    let made_of_them = browser
        .evaluate(
            "(() => {
                const all = new Set(Array.from(document.querySelectorAll('body *'), (element) => element.outerHTML));
                return passedTemplates.filter((html) => {
                    const template = document.createElement('template');
                    template.innerHTML = html;
                    return all.has(template.content.firstElementChild.outerHTML);
                });
            })()",
        )
        .await?;
    assert_ne!(made_of_them, json!([]), "nothing on the page was made of {passed:?}");
    assert_eq!(browser.broken_policies().await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn the_core_writes_strictly_and_reads_back_after_a_reload() -> Result<()> {
    let site = StaticSite::serve(&web_folder()?).await?;
    let browser = Browser::open_fresh().await?;
    open_site(&browser, &site).await?;
    browser.evaluate_in(WorkerKind::Core, WATCH_TRANSACTIONS).await?;
    assert_eq!(browser.evaluate_in(WorkerKind::Core, &check_storage()?).await?, json!(1));
    let opened: Vec<String> = serde_json::from_value(browser.evaluate_in(WorkerKind::Core, "opened").await?)?;
    let mut writes = opened.iter().filter(|transaction| transaction.starts_with("readwrite")).peekable();
    assert!(writes.peek().is_some(), "nothing was written: {opened:?}");
    assert!(writes.all(|transaction| transaction == "readwrite strict"), "{opened:?}");

    browser.reload().await?;
    browser.wait_until(CORE_IS_READY).await?;
    assert_eq!(browser.evaluate_in(WorkerKind::Core, &check_storage()?).await?, json!(2));

    let profile = browser.close().await?;
    let browser = Browser::open(profile).await?;
    open_site(&browser, &site).await?;
    assert_eq!(browser.evaluate_in(WorkerKind::Core, &check_storage()?).await?, json!(3));
    Ok(())
}

#[tokio::test]
async fn with_the_server_gone_the_page_and_the_core_start_from_the_service_worker() -> Result<()> {
    let site = StaticSite::serve(&web_folder()?).await?;
    let origin = site.origin();
    let browser = Browser::open_fresh().await?;
    open_site(&browser, &site).await?;
    browser.wait_until(SHELL_IS_KEPT).await?;
    assert_eq!(browser.evaluate_in(WorkerKind::Core, &check_storage()?).await?, json!(1));

    site.stop();
    let reached = browser.evaluate("fetch('/v1/nothing').then(() => true, () => false)").await?;
    assert_eq!(reached, json!(false), "the server still answers");
    browser.go("about:blank").await?;
    browser.go(&format!("{origin}/a/deep/link")).await?;
    browser.wait_until(CORE_IS_READY).await?;
    assert_eq!(browser.evaluate("document.querySelector('main') !== null").await?, json!(true));
    assert_eq!(browser.broken_policies().await?, [""; 0]);
    assert_eq!(browser.evaluate_in(WorkerKind::Core, &check_storage()?).await?, json!(2));
    Ok(())
}

#[tokio::test]
async fn the_service_worker_keeps_the_shell_and_nothing_else() -> Result<()> {
    let folder = web_folder()?;
    let site = StaticSite::serve(&folder).await?;
    let browser = Browser::open_fresh().await?;
    open_site(&browser, &site).await?;
    browser.wait_until(SHELL_IS_KEPT).await?;
    browser.reload().await?;
    browser.wait_until(CORE_IS_READY).await?;

    let kept = browser
        .evaluate(
            "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys()))))
                .then((all) => all.flat().map((request) => new URL(request.url).pathname).sort())",
        )
        .await?;
    let list: Value = serde_json::from_slice(&std::fs::read(folder.join("shell.json"))?)?;
    let files = list["files"].as_object().expect("shell.json lists files");
    let mut expected: Vec<_> = files.keys().cloned().collect();
    expected.sort();
    assert_eq!(kept, json!(expected));
    Ok(())
}
