//! A better model: attached, chosen, named on its answers; and receipts that show every byte.

use anyhow::{Context, Result};
use e2e::browser::Browser;
use e2e::fake_model::{Answer, FakeModel};
use e2e::pages::{Locked, Models, Receipt, Welcome};
use e2e::screen::{Name, Screen, Thing};
use e2e::server::{Model, Relay};
use e2e::wiretap::Wiretap;
use serde_json::Value;
use tokio::net::TcpListener;

/// Bodies of the prompts that went over a tapped wire.
fn prompts(tap: &Wiretap) -> Vec<String> {
    let body = |from_prompt: &str| {
        let (head, rest) = from_prompt.split_once("\r\n\r\n")?;
        let length =
            head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
        rest.get(..length).map(str::to_owned)
    };
    let of_connection = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.split("POST /v1/prompts ").skip(1).filter_map(body).collect::<Vec<_>>()
    };
    tap.heard().into_iter().flat_map(of_connection).collect()
}

async fn serious(browser: &Browser) -> Result<Vec<String>> {
    let found = browser.axe().await?;
    Ok(found.iter().filter(|violation| violation.is_serious()).map(|violation| format!("{violation:?}")).collect())
}

// Adversary: a bug of ours that sends more than a person saw.
// Invariant: the receipt before sending, the request on the wire and the receipt after it are the same bytes, and the
// provider gets the same messages.
// Regression caught: the receipt shows another text than the body of the request.
#[tokio::test]
async fn the_receipt_shows_every_byte_that_leaves_before_and_after() -> Result<()> {
    let model = FakeModel::start().await?;
    model.answer_with(Answer::Whole("It lies on the Douro."));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let relay = Relay::start_behind(Model::At(model.address()), &origin).await?;
    let tap = Wiretap::start(listener, relay.port())?;
    let browser = Browser::open_at(&tap.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Where is Lisbon?").await?;
    chat.answer_with("Douro").await?;

    screen.fill("Message", "And \"Porto\" – é perto?").await?;
    let before = Receipt::before_sending(&screen).await?;
    let shown = before.bytes().await?;
    let words = before.text().await?;
    for part in ["This server", "Four items", "Your question, now", "Stays on this device"] {
        assert!(words.contains(part), "{part} is missing: {words}");
    }
    assert_eq!(serious(&browser).await?, [""; 0]);
    assert_eq!(prompts(&tap).len(), 1, "nothing has left yet");
    screen.press("button", "Keep editing").await?;
    chat.draft_is("And \"Porto\" – é perto?").await?;
    assert_ne!(Receipt::before_sending(&screen).await?.bytes().await?, shown, "another turn was composed");
    let shown = Receipt(&screen).bytes().await?;
    screen.press("button", "Send this").await?;
    let has_four =
        |things: &[Thing]| (things.iter().filter(|thing| thing.role == "article").count() == 4).then_some(());
    screen.wait(has_four).await?;
    chat.whole_answer().await?;

    let left = prompts(&tap);
    assert!(left.len() == 2 && left.contains(&shown), "what was shown is what left: {left:?}");
    let left: Value = serde_json::from_str(&shown)?;
    let asked = model.asked();
    let got = asked.last().context("the provider was asked")?;
    for part in ["messages", "max_tokens"] {
        assert_eq!(got.get(part), left.get(part), "{part} reaches the provider unchanged in meaning");
    }
    let things = screen.all("button", "Receipt for this answer").await?;
    screen.click(things.last().context("each answer has a receipt")?).await?;
    screen.find("dialog", "What left this device").await?;
    let after = Receipt(&screen);
    assert_eq!(after.bytes().await?, shown);
    assert!(after.text().await?.contains("Sent "));
    after.close().await
}

#[tokio::test]
async fn a_better_model_is_tested_attached_chosen_by_keyboard_and_named_on_its_answer() -> Result<()> {
    let model = FakeModel::start().await?;
    model.answer_with(Answer::Whole("A better answer."));
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_at(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("first").await?;
    chat.answer_with("You asked: first").await?;
    screen.find("link", "Attach a better one").await?;

    let page = Models::from_the_picker(&screen).await?;
    assert!(serious(&browser).await?.is_empty());
    page.name("http://127.0.0.1:9/v1", "Norra").await?;
    page.press_and_hear("Test", "Nobody answers at this address.").await?;
    page.name(&relay.origin(), "Norra").await?;
    page.press_and_hear("Test", "What answers there is not OpenAI-compatible.").await?;
    page.name(&model.address(), "Norra").await?;
    page.press_and_hear("Attach", "It works.").await?;
    assert!(page.list().await?.contains("Norra"));
    screen.find("button", "Remove Norra").await?;

    screen.press("link", "Back to chats").await?;
    chat.answer_with("You asked: first").await?;
    screen.press("button", Name::Has("Model: ")).await?;
    screen.find("menuitemradio", Name::Has("fickle")).await?;
    screen.find_focused("menuitemradio", Name::Has("This server")).await?;
    screen.key("ArrowDown").await?;
    screen.key("Enter").await?;
    screen.find("button", "Model: fickle. Change").await?;
    chat.ask("second").await?;
    screen.find_text("article", "fickle answered", "A better answer.").await?;
    let answer = chat.whole_answer().await?;
    assert!(answer.contains("Norra"), "whose answer it is: {answer}");

    // The chat keeps it.
    chat.all_saved().await?;
    browser.reload().await?;
    Locked(&screen).unlock().await?;
    screen.find("button", "Model: fickle. Change").await?;
    assert_eq!(model.asked().len(), 2, "the test's question and the person's");
    Ok(())
}
