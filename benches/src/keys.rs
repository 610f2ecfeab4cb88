//! What signing in and changing keys take in real Chromium.

mod passwords;
mod rotate;

use anyhow::Result;

use crate::Outcome;

/// Runs all of it.
pub(crate) async fn measure() -> Result<Outcome> {
    let Outcome { mut figures, missing } = passwords::measure().await?;
    figures.extend(rotate::measure().await?);
    Ok(Outcome { figures, missing })
}
