//! The keyboard alone: keys as a hand presses them, and where the focus is after each.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::screen::{Name, Screen, Thing, thing};

/// More presses of Tab than any page needs from its start to its end.
const MAX_TABS: usize = 80;

/// Whether what has the focus shows it: an outline of its own, or of the box that it fills.
const FOCUS_IS_SEEN: &str = "(() => {
    for (let element = document.activeElement, n = 0; element && n < 3; element = element.parentElement, n += 1) {
        const style = getComputedStyle(element);
        if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) return true;
    }
    return false;
})()";

impl Screen<'_> {
    /// Presses one key, alone or with others held: `Enter`, `n`, `Shift+Tab`, `Control+Shift+L`.
    pub async fn key(&self, stroke: &str) -> Result<()> {
        let (held, key) = match stroke.rsplit_once('+') {
            Some((held, key)) => (held.split('+').collect::<Vec<_>>(), key),
            None => (Vec::new(), stroke),
        };
        let mut modifiers = 0;
        for name in held {
            modifiers |= match name {
                "Alt" => 1,
                "Control" => 2,
                "Meta" => 4,
                "Shift" => 8,
                _ => bail!("no key {name} is held in {stroke}"),
            };
        }
        let text = text_of(key, modifiers);
        for kind in ["keyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": if key == "Space" { " " } else { key }, "code": code_of(key),
                "windowsVirtualKeyCode": number_of(key)?, "modifiers": modifiers,
                "text": if kind == "keyDown" { text.as_str() } else { "" } });
            self.browser().devtools("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// What has the focus, if anything of the page has.
    pub async fn focused(&self) -> Result<Option<Thing>> {
        let active = json!({ "expression": "document.activeElement" });
        let active = self.browser().devtools("Runtime.evaluate", active).await?;
        // Only this one is asked for: a page has hundreds of others.
        let one = json!({ "objectId": active["result"]["objectId"], "fetchRelatives": false });
        let tree = self.browser().devtools("Accessibility.getPartialAXTree", one).await?;
        Ok(thing(&tree["nodes"][0]).filter(|thing| thing.is("focused") && thing.role != "RootWebArea"))
    }

    /// Waits until a thing of this role and name has the focus.
    pub async fn find_focused(&self, role: &str, name: impl Into<Name<'_>>) -> Result<Thing> {
        let name = name.into();
        let has_it = |thing: &&Thing| thing.is("focused") && thing.role == role && name.fits(&thing.name);
        let found = self.wait(|things| things.iter().find(has_it).cloned()).await;
        found.with_context(|| format!("{role} {name:?} has no focus"))
    }

    /// Presses Tab until the focus is on this thing, which must show it at each step. Gives what was passed, in order.
    pub async fn tab_to(&self, role: &str, name: impl Into<Name<'_>>) -> Result<Vec<String>> {
        self.go_with("Tab", role, name.into()).await
    }

    /// The same, backwards.
    pub async fn tab_back_to(&self, role: &str, name: impl Into<Name<'_>>) -> Result<Vec<String>> {
        self.go_with("Shift+Tab", role, name.into()).await
    }

    async fn go_with(&self, stroke: &str, role: &str, name: Name<'_>) -> Result<Vec<String>> {
        let mut passed = Vec::new();
        for _ in 0..MAX_TABS {
            self.key(stroke).await?;
            let Some(thing) = self.focused().await? else { continue };
            ensure!(self.shows_focus().await?, "{} «{}» has the focus and does not show it", thing.role, thing.name);
            passed.push(format!("{} {}", thing.role, thing.name));
            if thing.role == role && name.fits(&thing.name) {
                return Ok(passed);
            }
        }
        bail!("{stroke} never comes to {role} {name:?}; it passes {passed:?}")
    }

    /// Whether what has the focus can be seen to have it.
    pub async fn shows_focus(&self) -> Result<bool> {
        Ok(self.browser().evaluate(FOCUS_IS_SEEN).await? == Value::Bool(true))
    }
}

fn text_of(key: &str, modifiers: u8) -> String {
    let is_command = modifiers & (1 | 2 | 4) != 0;
    match key {
        "Enter" => "\r".to_owned(),
        "Space" => " ".to_owned(),
        letter if letter.chars().count() == 1 && !is_command => letter.to_owned(),
        _ => String::new(),
    }
}

fn code_of(key: &str) -> String {
    match key.chars().next() {
        Some(letter) if key.len() == 1 && letter.is_ascii_alphabetic() => format!("Key{}", letter.to_ascii_uppercase()),
        _ => key.to_owned(),
    }
}

/// The key's number on Windows, which Chromium's own actions go by.
fn number_of(key: &str) -> Result<u32> {
    Ok(match key {
        "Backspace" => 8,
        "Tab" => 9,
        "Enter" => 13,
        "Escape" => 27,
        "Space" => 32,
        "End" => 35,
        "Home" => 36,
        "ArrowLeft" => 37,
        "ArrowUp" => 38,
        "ArrowRight" => 39,
        "ArrowDown" => 40,
        "Delete" => 46,
        "." => 190,
        _ => match key.chars().next() {
            Some(letter) if key.chars().count() == 1 => u32::from(letter.to_ascii_uppercase()),
            _ => bail!("no key is called {key}"),
        },
    })
}
