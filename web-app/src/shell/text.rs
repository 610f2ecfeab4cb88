//! What is written and pasted above Send: one text, whose long part is folded.

use client_core::view::{is_long, is_too_long};
use leptos::prelude::*;

use super::Page;

/// Stands between what was pasted and what is written.
const BETWEEN: &str = "\n\n";

impl Page {
    /// What would be sent.
    pub fn text(self) -> String {
        self.folded.with(|folded| {
            self.draft.with(|draft| match (folded.is_empty(), draft.is_empty()) {
                (true, _) => draft.clone(),
                (false, true) => folded.clone(),
                (false, false) => [folded, draft].map(String::as_str).join(BETWEEN),
            })
        })
    }

    /// Puts a text in the place of what is written; a long one is folded.
    pub(super) fn put_text(self, text: &str) {
        let (folded, draft) = if is_long(text) { (text, "") } else { ("", text) };
        if self.folded.with_untracked(|old| old != folded) {
            self.folded.set(folded.to_owned());
        }
        self.draft.set(draft.to_owned());
    }

    /// Folds a long text behind what was folded before.
    pub fn fold(self, text: &str) {
        self.folded.update(|folded| {
            if !folded.is_empty() {
                folded.push_str(BETWEEN);
            }
            folded.push_str(text);
        });
    }

    /// Whether it is longer than a question may be.
    pub fn is_too_long(self) -> bool {
        is_too_long(&self.text())
    }
}
