//! A highlighter that takes every code for one keyword, and remembers what it was asked to read.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use client_core::view::highlight::{Code, Pieces};
use futures_util::FutureExt;
use futures_util::future::{self, LocalBoxFuture};

/// The number of `CodeClass::Keyword`.
const KEYWORD: u32 = 1;

/// The highlighter of a world.
#[derive(Clone, Default)]
pub(crate) struct Highlighter(Rc<State>);

#[derive(Default)]
struct State {
    asked: RefCell<Vec<Code>>,
    is_missing: Cell<bool>,
}

impl Highlighter {
    /// Its file cannot be loaded from now on.
    pub(crate) fn lose(&self) {
        self.0.is_missing.set(true);
    }

    /// What it was asked to read, in order.
    pub(crate) fn asked(&self) -> Vec<Code> {
        self.0.asked.borrow().clone()
    }

    pub(super) fn read(&self, code: Code) -> LocalBoxFuture<'static, Option<Pieces>> {
        let n_bytes = u32::try_from(code.text.len()).expect("a story's code is short");
        self.0.asked.borrow_mut().push(code);
        future::ready((!self.0.is_missing.get()).then(|| vec![KEYWORD, n_bytes])).boxed_local()
    }
}
