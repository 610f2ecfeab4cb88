//! Whoever cannot see, cannot point or has little room gets the same product: axe on every screen, and the first
//! journey and who may enter by keyboard alone.

mod keyboard;

use anyhow::{Context, Result};
use e2e::author::Written;
use e2e::pages::{Chat, Kit, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::{Look, Stage, Theme, walk};
use serde_json::json;

/// The smallest phone, a laptop at 200 %, a tablet held upright and lying.
const NARROW: [(u32, u32); 4] = [(320, 640), (720, 450), (768, 1024), (1024, 768)];

/// Controls, headings and words of a list that are cut off at a side, but for those inside something that scrolls
/// sideways.
const CUT_OFF: &str = "(() => {
    const scrolls = (element) => element && (/auto|scroll/.test(getComputedStyle(element).overflowX)
        && element.scrollWidth > element.clientWidth || scrolls(element.parentElement));
    const all = [...document.querySelectorAll('a, button, input, textarea, h1, h2, h3, article p')];
    const isCut = (element) => {
        const { left, right, width, height } = element.getBoundingClientRect();
        return width > 1 && height > 1 && (left < -1 || right > innerWidth + 1);
    };
    const cut = all.filter((element) => element.checkVisibility() && isCut(element) && !scrolls(element.parentElement));
    const tight = [...document.querySelectorAll('ol[role=list] > li')]
        .filter((item) => item.checkVisibility() && item.scrollWidth > item.clientWidth + 1);
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : [];
    return wide.concat([...cut, ...tight].map((element) => element.outerHTML.slice(0, 120)));
})()";

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_and_nothing_is_cut_off() -> Result<()> {
    let mut found = Vec::new();
    let mut n_looked = 0;
    let stops = walk(async |browser, stop| {
        for &device in stop.devices {
            for theme in [Theme::Light, Theme::Dark] {
                let look = Look { device, theme };
                look.take(browser).await?;
                n_looked += 1;
                for violation in browser.axe().await? {
                    found.push(format!(
                        "{}: {} ({}) {:?}",
                        look.picture(stop),
                        violation.rule,
                        violation.impact,
                        violation.elements
                    ));
                }
            }
        }
        if stop.devices.len() > 1 {
            for (width, height) in NARROW {
                browser.resize(width, height).await?;
                let cut_off = browser.evaluate(CUT_OFF).await?;
                if cut_off != json!([]) {
                    found.push(format!("{} at {width} px is cut off: {cut_off}", stop.name));
                }
            }
        }
        Ok(())
    })
    .await?;

    assert!(stops.len() >= 15 && n_looked >= 2 * stops.len(), "{n_looked} looks at {} stops", stops.len());
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
    println!("axe.looks\t{n_looked}");
    Ok(())
}

/// Names of what moves without an end.
const LOOPS: &str = "document.getAnimations()
    .filter((one) => one.playState === 'running' && one.effect.getTiming().iterations === Infinity)
    .map((one) => one.animationName).sort()";

#[tokio::test]
async fn with_reduced_motion_nothing_loops_while_an_answer_is_written() -> Result<()> {
    let stage = Stage::set().await?;
    let Stage { author, browser, .. } = &stage;
    author.write("First question", Written::Begun("Some words"));
    let screen = Screen::of(browser);
    let chat = Welcome(&screen).sign_up().await?;
    browser.prefer("light", "no-preference").await?;
    chat.ask("First question").await?;
    screen.find_text("article", Name::Ends("is answering"), "Some words").await?;
    let loops = browser.evaluate(LOOPS).await?;
    assert!(loops.as_array().is_some_and(|loops| !loops.is_empty()), "nothing says that an answer is being written");

    browser.prefer("light", "reduce").await?;
    browser.wait_until("document.getAnimations().every((one) => one.playState !== 'running')").await?;
    assert_eq!(browser.evaluate(LOOPS).await?, json!([]));
    screen.find_text("article", Name::Ends("is answering"), "Some words").await?;
    Ok(())
}

/// The order in which Tab passes the chat page: skip link, rail, head, log, text box.
const TAB_ORDER: [&str; 12] = [
    "link Skip to content",
    "link Sotto, home",
    "button Switch theme",
    "button Hide chat list",
    "link New chat",
    "region Chat list",
    "link Second question",
    "button All changes saved · verified. Open details",
    "button Account menu",
    "button More for this chat",
    "log Conversation",
    "textbox Message",
];

#[tokio::test]
async fn the_first_journey_needs_no_pointer() -> Result<()> {
    let stage = Stage::set().await?;
    let Stage { author, browser, .. } = &stage;
    author.write("First question", Written::Begun("Some words"));
    let screen = Screen::of(browser);

    sign_up_by_keyboard(&screen).await?;
    ask_and_stop(&screen).await?;

    screen.key("Control+Shift+L").await?;
    screen.find_focused("button", "Unlock with passkey").await?;
    assert!(screen.shows_focus().await?, "the way in shows that Enter opens it");
    screen.key("Enter").await?;
    screen.find_text("article", Name::Ends("answered"), "Some words").await?;
    screen.find_focused("textbox", "Message").await?;

    screen.tab_back_to("link", "New chat").await?;
    screen.key("Enter").await?;
    screen.find_focused("textbox", "Message").await?;
    screen.type_text("Second question").await?;
    screen.key("Enter").await?;
    Chat(&screen).answer_with("good question").await?;
    Chat(&screen).all_saved().await?;
    passes_in_order(&screen).await?;

    screen.tab_back_to("link", Name::Has("First question")).await?;
    screen.key("Enter").await?;
    screen.find("heading", Name::Has("First question")).await?;
    delete_and_undo(&screen).await?;
    assert_eq!(screen.effort().n_clicks, 0, "no click was needed");
    Ok(())
}

async fn sign_up_by_keyboard(screen: &Screen<'_>) -> Result<()> {
    screen.find("button", "Create account with a passkey").await?;
    let passed = screen.tab_to("button", "Create account with a passkey").await?;
    assert_eq!(passed.first().map(String::as_str), Some("link Skip to content"), "{passed:?}");
    screen.key("Enter").await?;
    screen.find("heading", Name::Has("recovery words")).await?;
    let kit = Kit(screen);
    let words = kit.words().await?;
    for place in kit.asked().await? {
        screen.tab_to("textbox", Name::Is(&format!("Word {place}"))).await?;
        screen.type_text(words.get(place - 1).context("there are 24 words")?).await?;
    }
    screen.key("Enter").await?;
    screen.find_focused("textbox", "Message").await.map(drop)
}

async fn ask_and_stop(screen: &Screen<'_>) -> Result<()> {
    screen.type_text("First question").await?;
    screen.key("Shift+Enter").await?;
    screen.type_text("in two lines").await?;
    let written = screen.find("textbox", "Message").await?;
    assert_eq!(written.value, "First question\nin two lines");
    screen.key("Enter").await?;
    screen.find_text("article", Name::Ends("is answering"), "Some words").await?;
    screen.find("button", "Stop answer").await?;
    screen.key("Escape").await?;
    screen.find_text("article", Name::Ends("answered"), "Stopped").await?;
    let question = screen.texts("article", "You asked").await?;
    assert!(question.concat().contains("First question\nin two lines"), "{question:?}");
    Chat(screen).all_saved().await
}

async fn passes_in_order(screen: &Screen<'_>) -> Result<()> {
    screen.find_focused("textbox", "Message").await?;
    let mut passed = screen.tab_back_to("link", "Skip to content").await?;
    passed.reverse();
    passed.push("textbox Message".to_owned());
    let mut rest = passed.iter();
    for stop in TAB_ORDER {
        assert!(rest.any(|passed| passed == stop), "{stop} is not passed in its turn: {passed:#?}");
    }
    screen.key("Enter").await?;
    assert!(screen.find("main", Name::Any).await?.is("focused"), "the skip link leads to the main part");
    Ok(())
}

async fn delete_and_undo(screen: &Screen<'_>) -> Result<()> {
    screen.tab_back_to("button", "More for this chat").await?;
    screen.key("Enter").await?;
    screen.find_focused("menuitem", "Rename").await?;
    for (key, item) in [("ArrowDown", "Delete"), ("ArrowDown", "Rename"), ("ArrowUp", "Delete")] {
        screen.key(key).await?;
        screen.find_focused("menuitem", item).await?;
        assert!(screen.shows_focus().await?);
    }
    screen.key("Escape").await?;
    screen.find_focused("button", "More for this chat").await?;
    screen.key("Enter").await?;
    screen.find_focused("menuitem", "Rename").await?;
    screen.key("ArrowUp").await?;
    screen.key("Enter").await?;
    screen.find("StaticText", "Chat deleted").await?;
    screen.find_none("link", Name::Has("First question")).await?;
    screen.tab_to("button", "Undo").await?;
    screen.key("Enter").await?;
    screen.find("link", Name::Has("First question")).await.map(drop)
}
