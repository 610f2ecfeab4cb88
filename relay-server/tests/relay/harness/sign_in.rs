//! Sign-ins, ready to be finished.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use shared_types::account::{SessionGrant, SignInFinishRequest, SignInStartResponse};
use shared_types::ids::{Hash, Nonce, WireBytes};
use shared_types::log::MethodPart;
use shared_types::statement::SignInStatement;

use super::{Keys, Person, Signing, World};

impl Person {
    /// A sign-in with the passkey on this device, ready to be finished.
    pub(crate) async fn passkey_sign_in(&mut self, world: &World, device: &Keys) -> SignInFinishRequest {
        let start = world.post_json("/v1/sign-in/start", &json!({ "with": "passkey" })).await;
        let start: SignInStartResponse = start.assert_ok().json();
        let (assertion, client_data) = self.assertion(world, &start.challenge.0).await;
        let statement = self.statement(start.nonce, &self.passkey_part(), device, Hash::of(&[&client_data]));
        sign_in_request(&statement, &self.passkey, device, Some(assertion))
    }

    /// A sign-in with the words on this device, ready to be finished.
    pub(crate) async fn words_sign_in(&self, world: &World, device: &Keys) -> SignInFinishRequest {
        let lookup = BASE64URL_NOPAD.encode(&self.lookup);
        let start = world.post_json("/v1/sign-in/start", &json!({ "with": "words", "lookup_id": lookup })).await;
        let start: SignInStartResponse = start.assert_ok().json();
        assert_eq!(start.account_id, Some(self.account));
        let statement = self.statement(start.nonce, &self.words_part(), device, Hash::of(&[]));
        sign_in_request(&statement, &self.words, device, None)
    }

    pub(crate) fn statement(
        &self,
        nonce: Nonce,
        method: &MethodPart,
        device: &Keys,
        transcript_hash: Hash,
    ) -> SignInStatement {
        SignInStatement {
            account_id: self.account,
            method_id: method.id,
            device_id: device.device().id,
            signing: device.public(),
            kem: device.kem,
            nonce,
            transcript_hash,
            rp_id_hash: Hash::of(&[b"localhost"]),
        }
    }

    /// What a grant lets a device sign.
    pub(crate) fn signing_of(&self, grant: &SessionGrant) -> Signing {
        Signing { token: BASE64URL_NOPAD.encode(&grant.token.0), authority: self.signing.authority.clone() }
    }
}

/// Signs a statement with method and device.
pub(crate) fn sign_in_request(
    statement: &SignInStatement,
    method: &Keys,
    device: &Keys,
    assertion: Option<Value>,
) -> SignInFinishRequest {
    let bytes = statement.to_bytes();
    SignInFinishRequest {
        method_signature: method.sign(&bytes),
        device_signature: device.sign(&bytes),
        statement: WireBytes(bytes),
        assertion,
    }
}
