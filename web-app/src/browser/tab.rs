//! The tab itself: its title, its size, its end.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, Event, EventTarget, HtmlElement, PageTransitionEvent, Window};

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

/// Where this page came from: what a person types to come back to it.
pub fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// What the browser thinks of the network.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Whether the command key is that of a Mac.
pub fn is_mac() -> bool {
    window().and_then(|window| window.navigator().platform().ok()).is_some_and(|name| name.starts_with("Mac"))
}

/// Whether the rail is a drawer here; the width that the style sheets use.
pub fn is_phone() -> bool {
    matches("(max-width: 767px)")
}

/// Whether the receipt has room beside the chat: the one place that decides it, style sheets follow.
pub fn is_wide() -> bool {
    matches("(min-width: 1200px)")
}

/// Tells when the tab is hidden or about to be loaded anew, and when it ends. A tab that the browser brings back after
/// its end starts anew.
pub fn on_leave(hide: impl Fn() + 'static, end: impl Fn() + 'static) {
    let heard = Closure::<dyn Fn(Event)>::new(move |event: Event| match event.type_().as_str() {
        "pagehide" => end(),
        "pageshow" if event.unchecked_ref::<PageTransitionEvent>().persisted() => reload(),
        // Before a page is loaded anew there is still time to keep something; at its end there may be none.
        "beforeunload" => hide(),
        "visibilitychange" if document().is_some_and(|page| page.hidden()) => hide(),
        _ => {}
    });
    let listen = |target: Option<EventTarget>, kind: &str| {
        if let Some(target) = target {
            target.add_event_listener_with_callback(kind, heard.as_ref().unchecked_ref()).expect("it takes listeners");
        }
    };
    listen(document().map(Into::into), "visibilitychange");
    for kind in ["beforeunload", "pagehide", "pageshow"] {
        listen(window().map(Into::into), kind);
    }
    // It listens for as long as the tab lives.
    heard.forget();
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

fn matches(query: &str) -> bool {
    window().and_then(|window| window.match_media(query).ok()?).is_some_and(|query| query.matches())
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}
