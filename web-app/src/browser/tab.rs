//! The tab itself: its title, its size, its end.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, HtmlElement, Window};

/// Takes away the static shell that index.html paints before the page runs.
pub fn remove_static_shell() {
    if let Some(body) = document().and_then(|page| page.body()) {
        body.replace_children_with_node_0();
    }
}

/// Names the tab. Never by words of a chat: the browser writes titles into its history.
pub fn set_title(title: &str) {
    if let Some(page) = document() {
        page.set_title(title);
    }
}

/// Loads the page again.
pub fn reload() {
    if let Some(window) = window() {
        window.location().reload().expect("a tab may load itself again");
    }
}

/// What the browser thinks of the network.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Whether the rail is a drawer here; the width that the style sheets use.
pub fn is_phone() -> bool {
    window().and_then(|window| window.match_media("(max-width: 767px)").ok()?).is_some_and(|query| query.matches())
}

/// Calls `act` whenever the tab is hidden or about to end.
pub fn on_hide(act: impl Fn() + 'static) {
    let Some(page) = document() else { return };
    let hidden = Closure::<dyn Fn()>::new(move || {
        if document().is_some_and(|page| page.hidden()) {
            act();
        }
    });
    page.add_event_listener_with_callback("visibilitychange", hidden.as_ref().unchecked_ref())
        .expect("a document takes listeners");
    // It listens for as long as the tab lives.
    hidden.forget();
}

/// Lets a text box grow with its text where style sheets cannot.
pub fn grow(text_box: &HtmlElement) {
    if web_sys::css::supports_with_value("field-sizing", "content").unwrap_or(false) {
        return;
    }
    let style = text_box.style();
    let fit = style
        .set_property("height", "auto")
        .and_then(|()| style.set_property("height", &format!("{}px", text_box.scroll_height())));
    fit.expect("a height in pixels is valid");
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}
