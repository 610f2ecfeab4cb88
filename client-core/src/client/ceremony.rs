//! How everything with a passkey begins: what is this relay, is its relying party ours, and what is its challenge?

use std::rc::Rc;

use shared_types::account::{SignInFinishRequest, SignInStartResponse};
use shared_types::ids::WireBytes;

use super::problem_of_relay;
use crate::account::sign_sign_in;
use crate::intention::GestureAnswer;
use crate::keys::{DeviceKeys, MethodKeys};
use crate::relay::{Relay, RelayError};
use crate::view::Problem;

/// A ceremony that the relay has begun.
pub(super) struct Begun<T> {
    /// The relying party, which this page belongs to.
    pub(super) rp_id: String,
    /// What the relay answered.
    pub(super) start: T,
}

/// Begins a ceremony. Of what the relay says nothing is taken but challenge, nonce and a relying party that is the
/// page's own or one above it.
pub(super) async fn begin<R: Relay, T>(
    relay: Rc<R>,
    host: String,
    start: impl AsyncFnOnce(&R) -> Result<T, RelayError>,
) -> Result<Begun<T>, Problem> {
    let about = relay.about().await.map_err(problem_of_relay)?;
    if !is_rp_id_of(&about.rp_id, &host) {
        return Err(Problem::RelayConfused);
    }
    let start = start(&relay).await.map_err(problem_of_relay)?;
    Ok(Begun { rp_id: about.rp_id, start })
}

/// Signs a sign-in with method and device, about what the authenticator said; words have none.
pub(super) fn finish_sign_in(
    method: &MethodKeys,
    device: &DeviceKeys,
    begun: &Begun<SignInStartResponse>,
    answer: Option<&GestureAnswer>,
) -> SignInFinishRequest {
    let transcript = answer.map_or(&[][..], |answer| &answer.client_data_json);
    let signed = sign_sign_in(method, device, begun.start.nonce, transcript, &begun.rp_id);
    SignInFinishRequest {
        statement: WireBytes(signed.statement),
        method_signature: signed.method_signature,
        device_signature: signed.device_signature,
        assertion: answer.and_then(|answer| serde_json::from_str(&answer.credential_json).ok()),
    }
}

/// Whether a relying party id is the page's host or a domain above it.
fn is_rp_id_of(rp_id: &str, host: &str) -> bool {
    !rp_id.is_empty() && (host == rp_id || host.strip_suffix(rp_id).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relying_party_id_is_the_host_or_a_domain_above_it() {
        assert!(is_rp_id_of("localhost", "localhost"));
        assert!(is_rp_id_of("example.org", "sotto.example.org"));
        assert!(!is_rp_id_of("example.org", "evilexample.org"));
        assert!(!is_rp_id_of("", "localhost"));
        assert!(!is_rp_id_of("a.localhost", "localhost"));
    }
}
