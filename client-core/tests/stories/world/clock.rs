//! The clock of a world: it stands until a story lets time pass, and whoever waits is woken then.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

use client_core::time::Timestamp;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, poll_fn};

/// The one clock that relay and devices share.
#[derive(Clone)]
pub(crate) struct Clock(Rc<State>);

struct State {
    now_ms: Cell<u64>,
    waits: RefCell<Vec<(u64, Waker)>>,
}

impl Clock {
    pub(crate) fn at(now_ms: u64) -> Self {
        Self(Rc::new(State { now_ms: Cell::new(now_ms), waits: RefCell::default() }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.0.now_ms.get())
    }

    /// Ends once so much time has passed.
    pub(crate) fn wait_ms(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        let (state, until) = (Rc::clone(&self.0), self.0.now_ms.get() + ms);
        let wait = poll_fn(move |context| {
            if state.now_ms.get() >= until {
                return Poll::Ready(());
            }
            state.waits.borrow_mut().push((until, context.waker().clone()));
            Poll::Pending
        });
        wait.boxed_local()
    }

    /// The first moment for which somebody waits.
    pub(crate) fn next_wake(&self) -> Option<u64> {
        self.0.waits.borrow().iter().map(|(until, _)| *until).min()
    }

    pub(crate) fn move_to(&self, now_ms: u64) {
        self.0.now_ms.set(now_ms);
        let (due, left) = self.0.waits.take().into_iter().partition(|(until, _)| *until <= now_ms);
        self.0.waits.replace(left);
        let due: Vec<(u64, Waker)> = due;
        for (_, waker) in due {
            waker.wake();
        }
    }
}
