//! Where the keyboard is.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, FocusEvent, HtmlElement, Node};

/// Which way an arrow key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Down or right.
    Next,
    /// Up or left.
    Previous,
}

/// Gives the focus to the element with this id, if it is there.
pub fn focus_id(id: &str) {
    let element = web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        focus_element(&element);
    }
}

/// The id of what has the focus, if it has one.
pub fn focused_id() -> Option<String> {
    let page = web_sys::window().and_then(|window| window.document())?;
    page.active_element().map(|element| element.id()).filter(|id| !id.is_empty())
}

/// Gives the focus back to the element with this id, if what had it was taken away meanwhile.
pub fn focus_again(id: &str) {
    let page = web_sys::window().and_then(|window| window.document());
    let active = page.and_then(|page| page.active_element());
    if active.is_none_or(|element| element.tag_name() == "BODY") {
        focus_id(id);
    }
}

/// Gives the focus to the first item of a menu.
pub fn focus_first_item(menu: &Element) {
    if let Some(first) = items(menu).first() {
        focus_element(first);
    }
}

/// Moves the focus among the items of a menu, round its ends.
pub fn focus_step(menu: &Element, step: Step) {
    let items = items(menu);
    let active = web_sys::window().and_then(|window| window.document()).and_then(|page| page.active_element());
    let here = items.iter().position(|item| active.as_ref().is_some_and(|active| item.is_same_node(Some(active))));
    let n_items = items.len();
    let next = match (here, step) {
        (None, _) => 0,
        (Some(here), Step::Next) => (here + 1) % n_items,
        (Some(here), Step::Previous) => (here + n_items - 1) % n_items,
    };
    if let Some(item) = items.get(next) {
        focus_element(item);
    }
}

/// Gives the focus to the first or the last button of a group that can be pressed.
pub fn focus_button(group: &Element, is_last: bool) {
    let Ok(found) = group.query_selector_all("button:enabled") else { return };
    let nth = if is_last { found.length().saturating_sub(1) } else { 0 };
    if let Some(button) = found.get(nth).and_then(|button| button.dyn_into().ok()) {
        focus_element(&button);
    }
}

/// Whether the focus that is moving stays inside an element.
pub fn has_focus_inside(element: &Element, event: &FocusEvent) -> bool {
    let goes_to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
    goes_to.is_some_and(|node| element.contains(Some(&node)))
}

/// Whether the pointer or the focus is on something inside an element.
pub fn is_attended(element: &Element) -> bool {
    element.query_selector(":hover, :focus").is_ok_and(|inside| inside.is_some())
}

/// Whether a modal dialog is open: Escape is its own then.
pub fn has_open_dialog() -> bool {
    let page = web_sys::window().and_then(|window| window.document());
    page.and_then(|page| page.query_selector("dialog:modal").ok()?).is_some()
}

/// Whether a key was pressed in a field, where single letters are text.
pub fn is_in_field(event: &Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| {
        element.is_content_editable() || matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
    })
}

/// Moves the focus to the turn before or after; without one it begins at the last.
pub fn step_turn(step: Step) {
    let turns = found_in(None, ".turn");
    let here = focused_turn().and_then(|turn| turns.iter().position(|other| other.is_same_node(Some(&turn))));
    let to = match (here, step) {
        (None, _) => turns.len().checked_sub(1),
        (Some(here), Step::Next) => Some(here + 1),
        (Some(here), Step::Previous) => here.checked_sub(1),
    };
    if let Some(turn) = to.and_then(|to| turns.get(to)) {
        focus_element(turn);
    }
}

/// Presses the button of a turn that a key stands for: of the one that has the focus, else of the last that has it.
pub fn press_deed(deed: &str) {
    let button = format!("[data-deed={deed}]:enabled");
    let turn = focused_turn();
    let mut found = found_in(turn.as_ref(), &button);
    if let Some(turn) = turn.filter(|_| deed == "again" && found.is_empty()) {
        // A question is answered again by the turn below it.
        found = turn.next_element_sibling().map(|below| found_in(Some(&below), &button)).unwrap_or_default();
    }
    if let Some(button) = found.last() {
        button.click();
    }
}

fn focused_turn() -> Option<Element> {
    let page = web_sys::window().and_then(|window| window.document());
    page?.active_element()?.closest(".turn").ok()?
}

fn found_in(element: Option<&Element>, selector: &str) -> Vec<HtmlElement> {
    let page = web_sys::window().and_then(|window| window.document());
    let found = element
        .map_or_else(|| page?.query_selector_all(selector).ok(), |element| element.query_selector_all(selector).ok());
    let Some(found) = found else { return Vec::new() };
    (0..found.length()).filter_map(|nth| found.get(nth)?.dyn_into().ok()).collect()
}

fn items(menu: &Element) -> Vec<HtmlElement> {
    found_in(Some(menu), "[role^=menuitem]")
}

/// Gives the focus to an element.
pub fn focus_element(element: &HtmlElement) {
    element.focus().expect("an element of a page can be asked to take the focus");
}
