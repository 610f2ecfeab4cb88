//! A software authenticator, so that the true relay sees true WebAuthn ceremonies.

use client_core::relay::conformance::{Asserted, Registered};
use data_encoding::BASE64URL_NOPAD;
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::AvailableBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::json;
use shared_types::ids::AccountId;
use url::Url;

struct AlwaysVerified;

#[async_trait::async_trait]
impl UserValidationMethod for AlwaysVerified {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// One authenticator with at most one passkey.
pub(crate) struct SoftwareAuthenticator {
    passkey: Option<Passkey>,
    origin: Url,
}

impl SoftwareAuthenticator {
    pub(crate) fn new(origin: &str) -> Self {
        Self { passkey: None, origin: Url::parse(origin).unwrap() }
    }

    fn take_passkey(&mut self) -> Authenticator<Option<Passkey>, AlwaysVerified, AvailableBackend> {
        Authenticator::new(Aaguid::new_empty(), self.passkey.take(), AlwaysVerified, AvailableBackend)
    }

    pub(crate) async fn register(&mut self, account: AccountId, challenge: &[u8]) -> Registered {
        let options: CredentialCreationOptions = serde_json::from_value(json!({ "publicKey": {
            "rp": { "id": "localhost", "name": "Sotto" },
            "user": { "id": account.to_base64url(), "name": "Sotto", "displayName": "Sotto" },
            "challenge": BASE64URL_NOPAD.encode(challenge),
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
            "authenticatorSelection":
                { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
        }}))
        .unwrap();
        let mut client = Client::new(self.take_passkey()).allows_insecure_localhost(true);
        let created = client.register(&self.origin, options, DefaultClientData).await.unwrap();
        self.passkey.clone_from(client.authenticator().store());
        let registration = json!({
            "id": created.id,
            "rawId": to_base64url(&created.raw_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": to_base64url(&created.response.client_data_json),
                "attestationObject": to_base64url(&created.response.attestation_object),
            },
        });
        Registered { credential_id: created.raw_id.to_vec(), registration }
    }

    pub(crate) async fn assert(&mut self, challenge: &[u8]) -> Asserted {
        let options: CredentialRequestOptions = serde_json::from_value(json!({ "publicKey": {
            "rpId": "localhost",
            "challenge": BASE64URL_NOPAD.encode(challenge),
            "userVerification": "required",
        }}))
        .unwrap();
        let mut client = Client::new(self.take_passkey()).allows_insecure_localhost(true);
        let asserted = client.authenticate(&self.origin, options, DefaultClientData).await.unwrap();
        self.passkey.clone_from(client.authenticator().store());
        let user = asserted.response.user_handle.as_ref().map(|user| to_base64url(user));
        let assertion = json!({
            "id": asserted.id,
            "rawId": to_base64url(&asserted.raw_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": to_base64url(&asserted.response.client_data_json),
                "authenticatorData": to_base64url(&asserted.response.authenticator_data),
                "signature": to_base64url(&asserted.response.signature),
                "userHandle": user,
            },
        });
        Asserted { client_data_json: asserted.response.client_data_json.to_vec(), assertion }
    }
}

fn to_base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}
