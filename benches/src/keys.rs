//! What signing in and changing keys take in real Chromium.

mod rotate;

use anyhow::Result;

use crate::Outcome;

/// Runs all of it.
pub(crate) async fn measure() -> Result<Outcome> {
    Ok(Outcome::of(rotate::measure().await?))
}
