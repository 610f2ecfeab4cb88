//! A log that stays at its end while it grows, but only if its reader is there.

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};

/// How near the end still counts as the end.
const NEAR_PX: i32 = 48;

/// Watches a log and keeps its reader where they are.
pub struct Follower {
    log: Element,
    /// What stood between the reader and the end, when older turns are about to come.
    held_px: Rc<Cell<Option<i32>>>,
    observer: ResizeObserver,
    _resized: Closure<dyn FnMut()>,
}

impl Follower {
    /// Watches `log`, whose turns are in `inner`; `is_at_end` tells whether the reader is at the end.
    pub fn watch(log: &Element, inner: &Element, is_at_end: impl Fn() -> bool + 'static) -> Self {
        let held_px = Rc::new(Cell::new(None));
        let (watched, held) = (log.clone(), Rc::clone(&held_px));
        let resized = Closure::<dyn FnMut()>::new(move || {
            if let Some(px) = held.take() {
                watched.set_scroll_top(watched.scroll_height() - px);
            } else if is_at_end() {
                scroll_to_end(&watched);
            }
        });
        let observer =
            ResizeObserver::new(resized.as_ref().unchecked_ref()).expect("a resize observer takes a function");
        observer.observe(log);
        observer.observe(inner);
        Self { log: log.clone(), held_px, observer, _resized: resized }
    }

    /// Keeps the reader at the same words when older turns come above them.
    pub fn hold(&self) {
        self.held_px.set(Some(self.log.scroll_height() - self.log.scroll_top()));
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Whether the end of a log is in sight.
pub fn is_at_end(log: &Element) -> bool {
    log.scroll_height() - log.scroll_top() - log.client_height() < NEAR_PX
}

/// Shows the end of a log.
pub fn scroll_to_end(log: &Element) {
    log.set_scroll_top(log.scroll_height());
}
