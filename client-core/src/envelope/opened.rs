//! Counts decryptions on this thread, so that a test can show that none happened.

#[cfg(any(test, feature = "test-support"))]
mod counting {
    use std::cell::Cell;

    thread_local! {
        static N_OPENED: Cell<u64> = const { Cell::new(0) };
    }

    pub(in crate::envelope) fn count() {
        N_OPENED.set(N_OPENED.get() + 1);
    }

    /// Number of envelopes that this thread has begun to decrypt.
    pub fn n_opened() -> u64 {
        N_OPENED.get()
    }
}

#[cfg(any(test, feature = "test-support"))]
pub(super) use counting::count;
#[cfg(any(test, feature = "test-support"))]
pub use counting::n_opened;

/// Counts nothing in a product build.
#[cfg(not(any(test, feature = "test-support")))]
pub(super) fn count() {}
