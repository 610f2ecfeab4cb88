//! OPAQUE (RFC 9807), the client's half: ristretto255-SHA512, three Diffie-Hellman exchanges, stretched by Argon2id.
//!
//! Each step takes what the step before gave out, so that whoever drives it keeps the state and this keeps none.

use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse, Ristretto255, TripleDh,
};
use opaque_sha2::Sha512;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::drawn::{Drawn, N_RANDOM};
use crate::stretch::Stretch;

/// What both sides name the use of the protocol by.
const CONTEXT: &[u8] = b"sotto/opaque/v1";

/// The suite, compiled in.
struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Stretch;
}

/// The relay's answer does not belong to this password, or is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the password does not belong to the answer")]
pub struct Refused;

/// Who signs in where: both stand in what is exchanged.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// The name, as [`crate::read_handle`] gives it.
    pub handle: &'a str,
    /// The relying party id.
    pub rp_id: &'a str,
}

impl<'a> Who<'a> {
    fn identifiers(&self) -> Identifiers<'a> {
        Identifiers { client: Some(self.handle.as_bytes()), server: Some(self.rp_id.as_bytes()) }
    }
}

/// A step that waits for the relay's answer.
pub struct Started {
    /// For the next step alone.
    pub state: Zeroizing<Vec<u8>>,
    /// For the relay.
    pub message: Vec<u8>,
}

/// A ceremony that is through.
pub struct Finished {
    /// For the relay.
    pub message: Vec<u8>,
    /// What the password opens: the relay never has it.
    pub export_key: Zeroizing<[u8; 64]>,
}

/// Begins to register a password.
pub fn start_registration(input: &[u8], random: &[u8; N_RANDOM]) -> Result<Started, Refused> {
    let started = ClientRegistration::<Suite>::start(&mut Drawn::new(random), input).map_err(|_| Refused)?;
    let state = Zeroizing::new(started.state.serialize().to_vec());
    Ok(Started { state, message: started.message.serialize().to_vec() })
}

/// Ends it: slow, by the costs of Argon2id.
pub fn finish_registration(
    state: &[u8],
    input: &[u8],
    answer: &[u8],
    who: &Who<'_>,
    random: &[u8; N_RANDOM],
) -> Result<Finished, Refused> {
    let state = ClientRegistration::<Suite>::deserialize(state).map_err(|_| Refused)?;
    let answer = RegistrationResponse::<Suite>::deserialize(answer).map_err(|_| Refused)?;
    let parameters = ClientRegistrationFinishParameters::new(who.identifiers(), None);
    let mut finished = state.finish(&mut Drawn::new(random), input, answer, parameters).map_err(|_| Refused)?;
    let message = finished.message.serialize().to_vec();
    Ok(Finished { message, export_key: take(&mut finished.export_key) })
}

/// Begins to sign in.
pub fn start_sign_in(input: &[u8], random: &[u8; N_RANDOM]) -> Result<Started, Refused> {
    let started = ClientLogin::<Suite>::start(&mut Drawn::new(random), input).map_err(|_| Refused)?;
    let state = Zeroizing::new(started.state.serialize().to_vec());
    Ok(Started { state, message: started.message.serialize().to_vec() })
}

/// Ends it: slow, by the costs of Argon2id. A wrong password, a wrong code and an unknown name are told here only, and alike.
pub fn finish_sign_in(
    state: &[u8],
    input: &[u8],
    answer: &[u8],
    who: &Who<'_>,
    random: &[u8; N_RANDOM],
) -> Result<Finished, Refused> {
    let state = ClientLogin::<Suite>::deserialize(state).map_err(|_| Refused)?;
    let answer = CredentialResponse::<Suite>::deserialize(answer).map_err(|_| Refused)?;
    let parameters = ClientLoginFinishParameters::new(Some(CONTEXT), who.identifiers(), None);
    let mut finished = state.finish(&mut Drawn::new(random), input, answer, parameters).map_err(|_| Refused)?;
    finished.session_key.zeroize();
    let message = finished.message.serialize().to_vec();
    Ok(Finished { message, export_key: take(&mut finished.export_key) })
}

fn take(export_key: &mut [u8]) -> Zeroizing<[u8; 64]> {
    let mut taken = Zeroizing::new([0; 64]);
    taken.copy_from_slice(export_key);
    export_key.zeroize();
    taken
}
