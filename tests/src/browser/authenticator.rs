//! A virtual authenticator of one tab. It stays over reloads, over other ports of the same host
//! and over `clear_origin`, with the same PRF output: that is "another device, same passkey".
//!
//! It ends with its browser. A passkey can be taken over into the next one, but leaves its PRF seed behind: what it
//! gave for each input is kept here, and given again for the same input only; a second input that it does not know has
//! no result, as with authenticators that give one only.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Browser;

/// Whether an authenticator can derive secrets (the PRF extension).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prf {
    /// As a present-day passkey does.
    Supported,
    /// As an old security key: an account cannot be made with it.
    Absent,
}

/// Whether a security key lists its accounts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resident {
    /// It has room for them.
    Yes,
    /// It makes keys that only whoever knows their id can use.
    No,
}

/// One virtual authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticator {
    id: String,
}

/// What an authenticator gave for a PRF input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrfOutput {
    /// The input, as the page asked.
    pub input: Vec<u8>,
    /// The output.
    pub output: Vec<u8>,
}

/// A passkey outside of any authenticator.
#[derive(Debug, Clone, PartialEq)]
pub struct Passkey {
    credential: Value,
    outputs: Vec<PrfOutput>,
}

/// Keeps what the authenticator gives for each PRF input.
const WATCH_PRF: &str = "
    globalThis.prfOutputs = [];
    for (const verb of navigator.credentials ? ['create', 'get'] : []) {
        const ask = navigator.credentials[verb].bind(navigator.credentials);
        const bytes = (buffer) => Array.from(new Uint8Array(buffer));
        navigator.credentials[verb] = async (options) => {
            const asked = Object.entries(options.publicKey.extensions?.prf?.eval ?? {});
            const inputs = Object.fromEntries(asked.map(([name, input]) => [name, bytes(input)]));
            const credential = await ask(options);
            const results = credential.getClientExtensionResults().prf?.results ?? {};
            for (const [name, output] of Object.entries(results)) {
                globalThis.prfOutputs.push([inputs[name], bytes(output)]);
            }
            return credential;
        };
    }";

/// Gives what was kept, after the true gesture, and only for inputs that were seen.
const REPLAY_PRF: &str = "
    if (navigator.credentials) {
        const ask = navigator.credentials.get.bind(navigator.credentials);
        const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);
        navigator.credentials.get = async (options) => {
            const results = {};
            for (const [name, buffer] of Object.entries(options.publicKey.extensions.prf.eval)) {
                const input = Array.from(new Uint8Array(buffer));
                const seen = known.find(([seen]) => same(seen, input));
                if (!seen && name !== 'first') continue;
                if (!seen) throw new Error('this PRF input was never asked before');
                results[name] = Uint8Array.from(seen[1]).buffer;
            }
            const credential = await ask(options);
            credential.getClientExtensionResults = () => ({ prf: { results } });
            return credential;
        };
    }";

impl Browser {
    /// Lets an authenticator wait: nobody touches it.
    pub async fn let_nobody_touch(&self, authenticator: &Authenticator) -> Result<()> {
        let patience = json!({ "authenticatorId": authenticator.id, "enabled": false });
        self.devtools("WebAuthn.setAutomaticPresenceSimulation", patience).await?;
        Ok(())
    }

    /// From the next document on, keeps what the authenticator gives for each PRF input.
    pub async fn watch_prf(&self) -> Result<()> {
        self.at_every_start(WATCH_PRF).await
    }

    /// What the authenticator has given to this document, if it is watched.
    pub async fn prf_outputs(&self) -> Result<Vec<PrfOutput>> {
        let kept: Vec<[Vec<u8>; 2]> = serde_json::from_value(self.evaluate("globalThis.prfOutputs").await?)?;
        Ok(kept.into_iter().map(|[input, output]| PrfOutput { input, output }).collect())
    }

    /// Copies the one passkey of an authenticator, with what PRF gave so far.
    pub async fn export_passkey(&self, authenticator: &Authenticator, outputs: Vec<PrfOutput>) -> Result<Passkey> {
        let held = self.devtools("WebAuthn.getCredentials", json!({ "authenticatorId": authenticator.id })).await?;
        let credential = held["credentials"][0].clone();
        ensure!(credential.is_object(), "the authenticator holds no passkey: {held}");
        Ok(Passkey { credential, outputs })
    }

    /// Puts a passkey into an authenticator of this tab.
    pub async fn import_passkey(&self, authenticator: &Authenticator, passkey: &Passkey) -> Result<()> {
        let addition = json!({ "authenticatorId": authenticator.id, "credential": passkey.credential });
        self.devtools("WebAuthn.addCredential", addition).await?;
        let known: Value = passkey.outputs.iter().map(|seen| json!([seen.input, seen.output])).collect();
        self.at_every_start(&format!("{{ const known = {known}; {REPLAY_PRF} }}")).await
    }

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

    /// Gives this tab a security key beside what it has, touched and unlocked at once.
    pub async fn add_key(&self, resident: Resident) -> Result<Authenticator> {
        self.devtools("WebAuthn.enable", json!({})).await?;
        let options = json!({ "options": {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "usb",
            "hasResidentKey": resident == Resident::Yes,
            "hasUserVerification": true,
            "hasPrf": true,
            "automaticPresenceSimulation": true,
            "isUserVerified": true,
        }});
        let answer = self.devtools("WebAuthn.addVirtualAuthenticator", options).await?;
        let id = answer["authenticatorId"].as_str().context("the key has no id")?;
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

    /// From now on the authenticator waits for a hand that does not come.
    pub async fn await_gestures(&self, authenticator: &Authenticator) -> Result<()> {
        let nobody = json!({ "authenticatorId": authenticator.id, "enabled": false });
        self.devtools("WebAuthn.setAutomaticPresenceSimulation", nobody).await?;
        Ok(())
    }

    /// How many passkeys the authenticator holds.
    pub async fn count_passkeys(&self, authenticator: &Authenticator) -> Result<usize> {
        let held = self.devtools("WebAuthn.getCredentials", json!({ "authenticatorId": authenticator.id })).await?;
        Ok(held["credentials"].as_array().context("no list of passkeys")?.len())
    }
}
