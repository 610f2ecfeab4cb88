//! What every database must do; each back end runs all of it.
