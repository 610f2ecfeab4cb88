//! Light, dark, or as the system has it: three presses go round, and the choice stays on this device.

use anyhow::Result;
use e2e::browser::Browser;
use e2e::screen::{Name, Screen};
use e2e::tour::Stage;
use serde_json::json;

/// Whether the page's ground is dark now.
const IS_DARK: &str = "(() => {
    const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/[0-9.]+/g).map(Number);
    return red + green + blue < 384;
})()";

async fn is_dark(browser: &Browser) -> Result<bool> {
    browser.wait_until("document.getAnimations().every((one) => one.playState !== 'running')").await?;
    Ok(browser.evaluate(IS_DARK).await? == json!(true))
}

#[tokio::test]
async fn three_presses_go_from_the_systems_theme_to_each_other_one_and_back() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let screen = Screen::of(browser);
    screen.find("button", "Create account with a passkey").await?;
    browser.prefer("light", "reduce").await?;
    assert!(!is_dark(browser).await?, "the system wants it light");
    browser.prefer("dark", "reduce").await?;
    assert!(is_dark(browser).await?, "the system wants it dark");

    screen.press("button", "Switch theme").await?;
    assert!(!is_dark(browser).await?, "the first press looks different");
    browser.reload().await?;
    screen.find("button", "Create account with a passkey").await?;
    assert!(!is_dark(browser).await?, "the choice is remembered");

    screen.press("button", "Switch theme").await?;
    assert!(is_dark(browser).await?, "the second press is the other one");
    browser.prefer("light", "reduce").await?;
    assert!(is_dark(browser).await?, "and stays whatever the system wants");

    // From what looks as the other one, the next press goes back to the system.
    for _ in 0..2 {
        screen.press("button", "Switch theme").await?;
        screen.find("status", Name::Any).await?;
    }
    for (wanted, dark) in [("light", false), ("dark", true)] {
        browser.prefer(wanted, "reduce").await?;
        assert_eq!(is_dark(browser).await?, dark, "the system decides again: {wanted}");
    }
    Ok(())
}
