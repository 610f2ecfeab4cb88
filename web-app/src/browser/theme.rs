//! Light or dark: the system decides, unless the person has switched on this device.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::generation::storage;

/// Where the choice is kept; boot.js reads it before the page is drawn.
const KEY: &str = "sotto-theme";

/// What the person has chosen for this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What is chosen now.
pub fn theme() -> Theme {
    match root().and_then(|root| root.dataset().get("theme")).as_deref() {
        Some("dark") => Theme::Dark,
        Some(_) => Theme::Light,
        None => Theme::Auto,
    }
}

/// Goes on to the next choice and remembers it: first the one that looks different, then the other, then the system's.
pub fn switch_theme() {
    let Some(root) = root() else { return };
    let next = match (theme(), system_is_dark()) {
        (Theme::Auto, true) | (Theme::Dark, false) => Some("light"),
        (Theme::Auto, false) | (Theme::Light, true) => Some("dark"),
        (Theme::Dark, true) | (Theme::Light, false) => None,
    };
    match next {
        Some(name) => root.dataset().set("theme", name).expect("an element of a page has room for a word"),
        None => root.dataset().delete("theme"),
    }
    if let Some(storage) = storage() {
        // Without room the choice lasts as long as the tab.
        drop(next.map_or_else(|| storage.remove_item(KEY), |name| storage.set_item(KEY, name)));
    }
}

fn system_is_dark() -> bool {
    let query = web_sys::window().and_then(|window| window.match_media("(prefers-color-scheme: dark)").ok()?);
    query.is_some_and(|query| query.matches())
}

fn root() -> Option<HtmlElement> {
    web_sys::window()?.document()?.document_element()?.dyn_into().ok()
}
