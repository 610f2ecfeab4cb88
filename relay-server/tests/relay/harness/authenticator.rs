//! A software authenticator that is always there and verifies its user.

use data_encoding::BASE64URL_NOPAD;
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};

use super::{Person, World};

pub(super) struct AlwaysThere;

#[async_trait::async_trait]
impl UserValidationMethod for AlwaysThere {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _hint: UiHint<'a, Self::PasskeyItem>,
        _presence: bool,
        _verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: true })
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }
}

/// An authenticator with at most one passkey.
pub(super) type Passkeys = Authenticator<Option<Passkey>, AlwaysThere, RustCryptoBackend>;

/// An authenticator with this passkey.
pub(super) fn with(passkey: Option<Passkey>) -> Passkeys {
    Authenticator::new(Aaguid::new_empty(), passkey, AlwaysThere, RustCryptoBackend)
}

impl Person {
    pub(super) async fn create_passkey(&mut self, world: &World, challenge: &[u8]) -> Value {
        let options: CredentialCreationOptions = serde_json::from_value(json!({ "publicKey": {
            "rp": { "id": "localhost", "name": "Sotto" },
            "user": { "id": self.account, "name": "sotto", "displayName": "sotto" },
            "challenge": BASE64URL_NOPAD.encode(challenge),
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
            "authenticatorSelection": { "residentKey": "required", "userVerification": "required" },
        }}))
        .unwrap();
        let mut client = Client::new(self.authenticator.take().unwrap()).allows_insecure_localhost(true);
        let origin = url::Url::parse(&world.origin()).unwrap();
        let created = client.register(&origin, options, DefaultClientData).await.unwrap();
        self.authenticator = Some(with(client.authenticator().store().clone()));
        self.credential_id = created.raw_id.to_vec();
        json!({
            "id": created.id,
            "rawId": BASE64URL_NOPAD.encode(&created.raw_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": BASE64URL_NOPAD.encode(&created.response.client_data_json),
                "attestationObject": BASE64URL_NOPAD.encode(&created.response.attestation_object),
            },
        })
    }

    /// What the passkey answers to a challenge, and its client data.
    pub(crate) async fn assertion(&mut self, world: &World, challenge: &[u8]) -> (Value, Vec<u8>) {
        let options: CredentialRequestOptions = serde_json::from_value(json!({ "publicKey": {
            "rpId": "localhost",
            "challenge": BASE64URL_NOPAD.encode(challenge),
            "userVerification": "required",
        }}))
        .unwrap();
        let mut client = Client::new(self.authenticator.take().unwrap()).allows_insecure_localhost(true);
        let origin = url::Url::parse(&world.origin()).unwrap();
        let answer = client.authenticate(&origin, options, DefaultClientData).await.unwrap();
        self.authenticator = Some(with(client.authenticator().store().clone()));
        let client_data = answer.response.client_data_json.to_vec();
        let assertion = json!({
            "id": answer.id,
            "rawId": BASE64URL_NOPAD.encode(&answer.raw_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": BASE64URL_NOPAD.encode(&client_data),
                "authenticatorData": BASE64URL_NOPAD.encode(&answer.response.authenticator_data),
                "signature": BASE64URL_NOPAD.encode(&answer.response.signature),
                "userHandle": BASE64URL_NOPAD.encode(&answer.response.user_handle.unwrap()),
            },
        });
        (assertion, client_data)
    }
}
