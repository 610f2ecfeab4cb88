//! A pause after the last key, in which what was typed is left alone.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

/// How long after the last key a draft is kept.
const PAUSE: Duration = Duration::from_millis(400);

/// What is to be done after a pause; nothing any more once its component is gone.
#[derive(Clone, Copy)]
pub struct Pause(StoredValue<Option<TimeoutHandle>>);

impl Pause {
    /// Nothing is to be done.
    pub fn here() -> Self {
        let pause = Self(StoredValue::new(None));
        on_cleanup(move || pause.stop());
        pause
    }

    /// Begins the pause anew, and then acts.
    pub fn then(self, act: impl FnOnce() + 'static) {
        self.stop();
        self.0.set_value(set_timeout_with_handle(act, PAUSE).ok());
    }

    /// Nothing is to be done any more.
    pub fn stop(self) {
        if let Some(pause) = self.0.try_update_value(Option::take).flatten() {
            pause.clear();
        }
    }
}
