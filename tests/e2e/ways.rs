//! Ways to sign in, in the browser: a second passkey takes the place of the first, and one provider holds one.

use anyhow::Result;
use e2e::browser::{Browser, Prf, Resident};
use e2e::pages::{ByWords, Chat, Kit, Locked, Security, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{Model, Relay};

const ASKED: &str = "Where is the spare key?";

/// Asks once and waits until it is saved.
async fn ask(chat: &Chat<'_>) -> Result<()> {
    chat.ask(ASKED).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await
}

// Adversary: whoever makes the user enrol once more with the provider that holds the passkey.
// Invariant: the provider says that it holds one already, and the one that it holds signs in and unlocks as before.
// Regression caught: the credentials that must not be made again are left out, and the provider overwrites the passkey.
#[tokio::test]
async fn enrolling_the_same_provider_twice_keeps_the_method() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    let authenticator = browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    ask(&Welcome(&screen).sign_up().await?).await?;
    let security = Security::open(&screen).await?;
    screen.press("button", "Add a way").await?;
    screen.press("button", "Add a passkey").await?;
    screen.find_text("alert", Name::Any, "There is a passkey of this account already").await?;
    screen.press("button", "Cancel").await?;
    assert_eq!(browser.count_passkeys(&authenticator).await?, 1);
    assert_eq!(security.section("Ways to sign in").await?.matches("Passkey").count(), 1);

    browser.reload().await?;
    Locked(&screen).unlock_here().await?;
    screen.find("heading", "Security").await?;
    finds_the_chat_on_an_empty_profile(&browser, &relay).await
}

/// The passkey that is there signs in where nothing of the account is, and finds the chat.
async fn finds_the_chat_on_an_empty_profile(browser: &Browser, relay: &Relay) -> Result<()> {
    let screen = Screen::of(browser);
    browser.go("about:blank").await?;
    browser.clear_origin(&relay.origin()).await?;
    browser.go(&relay.origin()).await?;
    Welcome(&screen).sign_in().await?;
    let chat = Welcome(&screen).agree().await?;
    screen.press("link", Name::Has(ASKED)).await?;
    chat.answer_with("You asked").await.map(drop)
}

/// The words sign that a security key comes, which then signs that the first passkey goes: the session ends with it and
/// is begun again, and from then on the key alone unlocks and signs in.
#[tokio::test]
async fn a_second_way_is_added_and_the_first_providers_is_removed() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    let first = browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let kit = Welcome(&screen).create_account().await?;
    let words = kit.words().await?;
    ask(&kit.confirm(&words).await?).await?;

    browser.let_nobody_touch(&first).await?;
    browser.add_key(Resident::Yes).await?;
    let security = Security::open(&screen).await?;
    screen.find("image", "2 of 4 ways back in").await?;
    screen.press("button", "Add a way").await?;
    screen.fill("Name", "blue").await?;
    screen.press("checkbox", Name::Has("Sign with my recovery words")).await?;
    screen.fill("Recovery words", "abandon").await?;
    screen.press("button", "Add a passkey").await?;
    screen.find_text("alert", Name::Any, "This is 1 word").await?;
    screen.write_over(Name::Is("Recovery words"), &words.join(" ")).await?;
    screen.press("button", "Add a passkey").await?;
    screen.find_text("status", Name::Any, "It is added").await?;
    screen.find("region", "Three ways back in. Good.").await?;
    assert!(security.section("Ways to sign in").await?.contains("Passkey · blue"));

    screen.press("button", "Rename «Passkey · blue»").await?;
    screen.write_over(Name::Is("Name"), "green").await?;
    screen.press("button", "Save").await?;
    screen.find("button", "Remove «Passkey · green»").await?;
    screen.press("button", "Remove «Passkey»").await?;
    screen.press("button", "Remove").await?;
    screen.find_text("status", Name::Any, "It is removed").await?;
    let ways = security.section("Ways to sign in").await?;
    assert!(ways.contains("Passkey · green") && ways.matches("Passkey").count() == 1, "{ways}");
    // Nothing but two are left: neither may go.
    screen.press("button", "Remove «Passkey · green»").await?;
    screen.press("button", "Remove").await?;
    screen.find_text("alert", Name::Any, "This is one of your last two ways in").await?;
    screen.press("button", "Cancel").await?;

    browser.reload().await?;
    Locked(&screen).unlock_here().await?;
    screen.press("link", "Back to chats").await?;
    Chat::ready(&screen).await?.all_saved().await?;
    finds_the_chat_on_an_empty_profile(&browser, &relay).await
}

/// Everything is lost but the words: they bring in a browser, which is led to a passkey of its own and to new words; from
/// then on these open the account, and the old ones nothing.
#[tokio::test]
async fn everything_is_lost_but_the_words() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let words = {
        let lost = Browser::open_fresh().await?;
        lost.add_authenticator(Prf::Supported).await?;
        lost.go(&relay.origin()).await?;
        let screen = Screen::of(&lost);
        let kit = Welcome(&screen).create_account().await?;
        let words = kit.words().await?;
        ask(&kit.confirm(&words).await?).await?;
        words.join(" ")
    };
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    ByWords::at_sign_in(&screen).await?.type_words(&words).await?;
    screen.press("button", "Yes, this is it").await?;
    screen.find("heading", "You are in with your recovery words").await?;
    // Closed in the middle: the words unlock, and the way goes on.
    browser.reload().await?;
    ByWords(&screen).type_words(&words).await?;
    screen.find("heading", "You are in with your recovery words").await?;
    assert_eq!(browser.axe().await?, []);
    screen.fill("Recovery words", &words).await?;
    screen.press("button", "Add a passkey").await?;
    screen.find_text("main", Name::Any, "Could somebody else have seen your recovery words").await?;
    screen.write_over(Name::Is("Recovery words"), &words).await?;
    screen.press("button", "Make new recovery words").await?;
    screen.find("heading", Name::Has("Keep these 24 words")).await?;
    assert_eq!(browser.axe().await?, []);
    let kit = Kit(&screen);
    let new = kit.words().await?;
    let printed = browser.print().await?;
    assert_eq!(printed.n_pages, 1);
    assert!(new.iter().all(|word| printed.letters.contains(word)), "{printed:?}");
    let chat = kit.confirm(&new).await?;
    screen.press("link", Name::Has(ASKED)).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await?;

    let other = Browser::open_fresh().await?;
    other.go(&relay.origin()).await?;
    let screen = Screen::of(&other);
    let page = ByWords::at_sign_in(&screen).await?;
    page.type_words(&words).await?;
    screen.find_text("alert", Name::Any, "These words open no account here").await?;
    page.type_words(&new.join(" ")).await?;
    screen.press("button", "Yes, this is it").await?;
    screen.press("button", "Later").await?;
    screen.press("link", Name::Has(ASKED)).await?;
    Chat(&screen).answer_with("You asked").await?;

    // They are looked at again, and a wrong copy is told from the right one.
    Security::open(&screen).await?;
    screen.press("button", "Check recovery words again").await?;
    screen.fill("Recovery words", &words).await?;
    screen.press("button", "Check").await?;
    screen.find_text("alert", Name::Any, "These are not the recovery words of this account").await?;
    screen.press("button", "Check recovery words again").await?;
    screen.fill("Recovery words", &new.join(" ")).await?;
    screen.press("button", "Check").await?;
    screen.find_text("region", "Ways to sign in", "checked today").await.map(drop)
}

/// Makes `create` fail whenever it is asked for PRF, as some builds of Windows do, and gives nothing of PRF there.
const THROWS_AT_CREATE: &str = "
    const create = navigator.credentials.create.bind(navigator.credentials);
    globalThis.nThrown = 0;
    navigator.credentials.create = async (options) => {
        const extensions = options.publicKey.extensions ?? {};
        if (extensions.prf) {
            globalThis.nThrown += 1;
            throw new DOMException('the authenticator failed', 'UnknownError');
        }
        const eval_ = { first: new Uint8Array(32).fill(7) };
        const publicKey = { ...options.publicKey, extensions: { ...extensions, prf: { eval: eval_ } } };
        const credential = await create({ publicKey });
        const { credProps } = credential.getClientExtensionResults();
        credential.getClientExtensionResults = () => ({ credProps });
        return credential;
    };";

/// A security key that lists nothing makes an account in a browser that throws at `create`, unlocks it, and says where it
/// signs in.
#[tokio::test]
async fn a_key_that_lists_nothing_makes_an_account_where_create_throws_with_prf() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_key(Resident::No).await?;
    browser.at_every_start(THROWS_AT_CREATE).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    screen.press("button", "Use a security key").await?;
    screen.find("heading", Name::Has("recovery words")).await?;
    assert_eq!(browser.evaluate("nThrown").await?, serde_json::json!(1));
    let kit = Kit(&screen);
    let words = kit.words().await?;
    ask(&kit.confirm(&words).await?).await?;
    browser.reload().await?;
    Locked(&screen).unlock().await?.answer_with("You asked").await?;
    let security = Security::open(&screen).await?;
    let ways = security.section("Ways to sign in").await?;
    assert!(ways.contains("Security key") && ways.contains("Only where it is known"), "{ways}");
    Ok(())
}

/// What a browser gives when nobody has answered in time; the same as when somebody cancels.
const TIMES_OUT: &str = "
    navigator.credentials.get = () => Promise.reject(new DOMException('timed out', 'NotAllowedError'));";

#[tokio::test]
async fn a_sign_in_that_nobody_answers_in_time_says_what_to_do_and_can_be_tried_again() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.at_every_start(TIMES_OUT).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    Welcome(&screen).sign_in().await?;
    screen.find_text("alert", Name::Any, "nobody answered in time").await?;
    screen.press("button", "Sign in with passkey").await?;
    screen.find_text("alert", Name::Any, "nobody answered in time").await.map(drop)
}
