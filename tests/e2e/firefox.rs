//! The main job in Firefox, which gives PRF output only when a passkey is used, never when it is made.

use anyhow::{Context, Result};
use e2e::firefox::Firefox;
use e2e::screen::Name;
use e2e::server::{Model, Relay};
use serde_json::json;

/// Makes a passkey by hand and tells what `create` gives of PRF.
const WHAT_CREATE_GIVES: &str = "
    const bytes = new Uint8Array(32);
    navigator.credentials.create({ publicKey: {
        challenge: bytes,
        rp: { id: 'localhost', name: 'probe' },
        user: { id: bytes, name: 'probe', displayName: 'probe' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        extensions: { prf: { eval: { first: bytes } } },
    } }).then(
        (passkey) => done(Object.keys(passkey.getClientExtensionResults().prf ?? {}).sort()),
        (error) => done(String(error)),
    );";

/// The words of the kit by their numbers.
fn numbered_words(text: &str) -> impl Fn(usize) -> Option<String> {
    let parts: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    move |number| {
        let place = parts.iter().position(|part| part.trim_end_matches('.') == number.to_string())?;
        parts.get(place + 1).cloned()
    }
}

#[tokio::test]
async fn in_firefox_an_account_is_made_answered_and_unlocked_offline() -> Result<()> {
    let mut relay = Relay::start(Model::Scripted).await?;
    let mut firefox = Firefox::open().await?;
    firefox.go(&relay.origin()).await?;
    firefox.add_authenticator().await?;

    firefox.press("button", Name::Is("Create account with a passkey")).await?;
    let kit = firefox.text_of("region", Name::Is("Your recovery words")).await?;
    let word = numbered_words(&kit);
    let mut n_asked = 0;
    for number in 1..=24 {
        let word = word(number).with_context(|| format!("no word {number}: {kit}"))?;
        let is_asked = firefox.shows("textbox", Name::Is(&format!("Word {number}"))).await?;
        if is_asked {
            firefox.fill(Name::Is(&format!("Word {number}")), &word).await?;
            n_asked += 1;
        }
    }
    assert_eq!(n_asked, 3);
    firefox.press("button", Name::Is("Finish")).await?;
    firefox.fill(Name::Is("Message"), "Which way is the wind").await?;
    firefox.press("button", Name::Is("Send")).await?;
    let answer = firefox.text_of("article", Name::Ends("answered")).await?;
    assert!(answer.contains("You asked: Which way is the wind"), "{answer}");
    let kept = "navigator.serviceWorker.ready.then((kept) => done(kept.active.state));";
    assert_eq!(firefox.evaluate(kept).await?, json!("activated"));

    relay.kill().await?;
    // Marionette's own reload goes past the service worker.
    firefox.go("about:blank").await?;
    firefox.go(&relay.origin()).await?;
    firefox.press("button", Name::Is("Unlock with passkey")).await?;
    firefox.press("link", Name::Is("Which way is the wind")).await?;
    let answer = firefox.text_of("article", Name::Ends("answered")).await?;
    assert!(answer.contains("You asked: Which way is the wind"), "{answer}");

    // What this story is here for: if it ever changes, the second gesture at sign-up can go.
    assert_eq!(firefox.evaluate(WHAT_CREATE_GIVES).await?, json!(["enabled"]));
    Ok(())
}
