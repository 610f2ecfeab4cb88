//! A password's sign-in: the client's half as the product has it, and a relay's half to talk to.

use client_core::randomness::MachineRandomness;
use opaque_ke::ksf::Identity;
use opaque_ke::rand::{CryptoRng, Error, RngCore};
use opaque_ke::{
    CipherSuite, CredentialRequest, Identifiers, RegistrationRequest, RegistrationUpload, Ristretto255, ServerLogin,
    ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh,
};
use opaque_sha2::Sha512;
use password_client::{N_RANDOM, Started, Who};
use rand_core::Rng;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

const CONTEXT: &[u8] = b"sotto/opaque/v1";
const WHO: Who<'_> = Who { handle: "alice", rp_id: "localhost" };

struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Identity;
}

/// An account with a password, and the relay that has its record.
#[wasm_bindgen]
pub struct SignIn {
    input: Vec<u8>,
    setup: ServerSetup<Suite>,
    record: ServerRegistration<Suite>,
    started: Option<Started>,
}

#[wasm_bindgen]
impl SignIn {
    /// Registers a password.
    #[wasm_bindgen(constructor)]
    pub fn new(password: &str) -> Result<SignIn, JsError> {
        let input = password.as_bytes().to_vec();
        let setup = ServerSetup::<Suite>::new(&mut Machine);
        let Started { state, message } = password_client::start_registration(&input, &random())?;
        let request = RegistrationRequest::deserialize(&message)?;
        let answer = ServerRegistration::<Suite>::start(&setup, request, WHO.handle.as_bytes())?.message.serialize();
        let finished = password_client::finish_registration(&state, &input, &answer, &WHO, &random())?;
        let record = ServerRegistration::finish(RegistrationUpload::deserialize(&finished.message)?);
        Ok(Self { input, setup, record, started: None })
    }

    /// Argon2id as the product does it.
    pub fn stretch(password: &[u8], salt: &[u8]) -> Option<Vec<u8>> {
        let stretched = password_client::stretch(password, salt.try_into().ok()?)?;
        Some(stretched.to_vec())
    }

    /// The client's first message.
    pub fn start(&mut self) -> Result<Vec<u8>, JsError> {
        let started = self.started.insert(password_client::start_sign_in(&self.input, &random())?);
        Ok(started.message.clone())
    }

    /// The relay's answer to it.
    pub fn answer(&self, ke1: &[u8]) -> Result<Vec<u8>, JsError> {
        let (client, server) = (Some(WHO.handle.as_bytes()), Some(WHO.rp_id.as_bytes()));
        let parameters = ServerLoginParameters { context: Some(CONTEXT), identifiers: Identifiers { client, server } };
        let (ke1, record) = (CredentialRequest::deserialize(ke1)?, Some(self.record.clone()));
        let handle = WHO.handle.as_bytes();
        let started = ServerLogin::start(&mut Machine, &self.setup, record, ke1, handle, parameters)?;
        Ok(started.message.serialize().to_vec())
    }

    /// The client's last message, once it has its export key.
    pub fn finish(&mut self, ke2: &[u8]) -> Result<Vec<u8>, JsError> {
        let started = self.started.take().ok_or_else(|| JsError::new("no sign-in has begun"))?;
        let finished = password_client::finish_sign_in(&started.state, &self.input, ke2, &WHO, &random())?;
        Ok(finished.message)
    }
}

fn random() -> [u8; N_RANDOM] {
    let mut bytes = [0; N_RANDOM];
    MachineRandomness::new().fill_bytes(&mut bytes);
    bytes
}

/// The machine's randomness for OPAQUE's generation of crates.
struct Machine;

impl RngCore for Machine {
    fn next_u32(&mut self) -> u32 {
        MachineRandomness::new().next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        MachineRandomness::new().next_u64()
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        MachineRandomness::new().fill_bytes(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for Machine {}
