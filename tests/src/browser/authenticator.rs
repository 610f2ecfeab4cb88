//! A virtual authenticator of one tab. It stays over reloads, over other ports of the same host
//! and over `clear_origin`, with the same PRF output: that is "another device, same passkey".

use anyhow::{Context, Result};
use serde_json::json;

use super::Browser;

/// Whether an authenticator can derive secrets (the PRF extension).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prf {
    /// As a present-day passkey does.
    Supported,
    /// As an old security key: an account cannot be made with it.
    Absent,
}

/// One virtual authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticator {
    id: String,
}

impl Browser {
    /// Gives this tab an authenticator that verifies its user at once.
    pub async fn add_authenticator(&self, prf: Prf) -> Result<Authenticator> {
        self.devtools("WebAuthn.enable", json!({})).await?;
        let options = json!({ "options": {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "hasPrf": prf == Prf::Supported,
            "automaticPresenceSimulation": true,
            "isUserVerified": true,
            "defaultBackupEligibility": true,
            "defaultBackupState": true,
        }});
        let answer = self.devtools("WebAuthn.addVirtualAuthenticator", options).await?;
        let id = answer["authenticatorId"].as_str().context("the authenticator has no id")?;
        Ok(Authenticator { id: id.to_owned() })
    }

    /// From now on the person refuses: every gesture ends in `NotAllowedError`.
    pub async fn refuse_gestures(&self, authenticator: &Authenticator) -> Result<()> {
        let verdict = json!({ "authenticatorId": authenticator.id, "isUserVerified": false });
        self.devtools("WebAuthn.setUserVerified", verdict).await?;
        Ok(())
    }

    /// From now on the person agrees again.
    pub async fn accept_gestures(&self, authenticator: &Authenticator) -> Result<()> {
        let verdict = json!({ "authenticatorId": authenticator.id, "isUserVerified": true });
        self.devtools("WebAuthn.setUserVerified", verdict).await?;
        Ok(())
    }

    /// How many passkeys the authenticator holds.
    pub async fn count_passkeys(&self, authenticator: &Authenticator) -> Result<usize> {
        let held = self.devtools("WebAuthn.getCredentials", json!({ "authenticatorId": authenticator.id })).await?;
        Ok(held["credentials"].as_array().context("no list of passkeys")?.len())
    }
}
