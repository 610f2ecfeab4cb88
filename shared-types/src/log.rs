//! Written by its own slice.
