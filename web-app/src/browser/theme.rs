//! Light or dark: the system decides, unless the person has switched on this device.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::generation::storage;

/// Where the choice is kept; boot.js reads it before the page is drawn.
const KEY: &str = "sotto-theme";

/// Shows the other theme, and remembers it unless it is the system's own.
pub fn switch_theme() {
    let Some(root) = root() else { return };
    let is_dark_here = system_is_dark();
    let is_dark = root.dataset().get("theme").map_or(is_dark_here, |chosen| chosen == "dark");
    let name = if is_dark { "light" } else { "dark" };
    if is_dark == is_dark_here {
        root.dataset().set("theme", name).expect("an element of a page has room for a word");
    } else {
        root.dataset().delete("theme");
    }
    if let Some(storage) = storage() {
        // Without room the choice lasts as long as the tab.
        drop(if is_dark == is_dark_here { storage.set_item(KEY, name) } else { storage.remove_item(KEY) });
    }
}

fn system_is_dark() -> bool {
    let query = web_sys::window().and_then(|window| window.match_media("(prefers-color-scheme: dark)").ok()?);
    query.is_some_and(|query| query.matches())
}

fn root() -> Option<HtmlElement> {
    web_sys::window()?.document()?.document_element()?.dyn_into().ok()
}
