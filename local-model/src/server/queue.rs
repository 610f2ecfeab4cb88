//! Lets one answer be written at a time, and a few wait.
//!
//! ```text
//! place (1 + MAX_WAITING of them, else refused) ── then ──► turn (1 of it, first come first served)
//! ```
//! Both are given back when the answer ends or its asker goes away, in whatever state it is.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many askers may wait while one is answered.
pub(crate) const MAX_WAITING: usize = 8;

/// Every place is taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QueueFull;

/// The right to wait for the model.
#[derive(Debug)]
pub(crate) struct Place {
    permit: OwnedSemaphorePermit,
    turns: Arc<Semaphore>,
}

/// The right to use the model.
#[derive(Debug)]
pub(crate) struct Turn {
    _permits: [OwnedSemaphorePermit; 2],
}

/// The queue before the model.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Queue {
    /// Makes an empty queue.
    pub(crate) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(1 + MAX_WAITING)), turns: Arc::new(Semaphore::new(1)) }
    }

    /// Takes a place or refuses at once.
    pub(crate) fn enter(&self) -> Result<Place, QueueFull> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| QueueFull)?;
        Ok(Place { permit, turns: Arc::clone(&self.turns) })
    }
}

impl Place {
    /// Waits until everyone who came earlier is done.
    pub(crate) async fn turn(self) -> Turn {
        let turn = self.turns.acquire_owned().await.expect("the semaphore is never closed");
        Turn { _permits: [self.permit, turn] }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn a_full_queue_refuses_until_a_place_is_given_back() {
        let queue = Queue::new();
        let mut places: Vec<Place> = (0..=MAX_WAITING).map(|_| queue.enter().unwrap()).collect();
        assert_eq!(queue.enter().err(), Some(QueueFull));
        places.pop();
        assert!(queue.enter().is_ok());
    }

    #[test]
    fn only_one_has_the_turn_and_the_next_gets_it_afterwards() {
        let queue = Queue::new();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = pin!(queue.enter().unwrap().turn());
        let mut second = pin!(queue.enter().unwrap().turn());
        let Poll::Ready(turn) = first.as_mut().poll(&mut context) else { panic!("nobody else has the turn") };
        assert!(second.as_mut().poll(&mut context).is_pending());
        drop(turn);
        assert!(second.as_mut().poll(&mut context).is_ready());
    }
}
