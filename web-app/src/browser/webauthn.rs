//! Passkeys: turns what the core asks of the authenticator into WebAuthn calls (security.md §7).
//!
//! All options are made here; from the relay comes the challenge alone. What PRF gave is read,
//! overwritten in JavaScript's memory and never part of the JSON that the relay gets.

use client_core::account::PrfKind;
use client_core::intention::{GestureAnswer, GestureFailure, GestureRequest, Intention, PrfBytes};
use data_encoding::BASE64URL_NOPAD;
use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use serde_json::json;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AuthenticatorAssertionResponse, AuthenticatorAttestationResponse, CredentialsContainer, DomException,
    PublicKeyCredential,
};

use crate::words;

/// ES256, RS256 and EdDSA, in the order of our liking.
const ALGORITHMS: [i32; 3] = [-7, -257, -8];

/// How long a person may take.
const PATIENCE_MS: u32 = 300_000;

/// Two PRF inputs, or one.
struct PrfInputs<'a> {
    first: &'a [u8],
    second: Option<&'a [u8]>,
}

/// Does what the core asks; `None` if it wants no answer.
pub async fn answer_gesture(request: GestureRequest) -> Option<Intention> {
    let done = match request {
        GestureRequest::Create { challenge, rp_id, user_handle, label, kind, prf: [first, second], exclude } => {
            let options = creation(&challenge, &rp_id, (&user_handle, &label), kind, &exclude);
            create(&options, &PrfInputs { first: &first, second: Some(&second) }).await
        }
        GestureRequest::Get { challenge, rp_id, allow, prf_first, prf_second } => {
            let options = request_options(&challenge, &rp_id, &allow);
            let inputs = PrfInputs { first: &prf_first, second: prf_second.as_deref() };
            get(&options, &inputs).await
        }
        GestureRequest::Forget { rp_id, credential_id } => {
            forget(&rp_id, &credential_id);
            return None;
        }
    };
    Some(match done {
        Ok(answer) => Intention::GestureDone(answer),
        Err(failure) => Intention::GestureFailed(failure),
    })
}

async fn create(options: &Object, inputs: &PrfInputs<'_>) -> Result<GestureAnswer, GestureFailure> {
    let credentials = credentials()?;
    let extensions = inputs.extension();
    set(&extensions, "credProps", &true.into());
    set(options, "extensions", &extensions);
    let first_try = call(&credentials, "create", options).await;
    let (credential, was_asked_for_prf) = match first_try {
        Ok(credential) => (credential, true),
        // Some builds throw at create() with PRF and give it at get().
        Err(error) if failure_of(&error) == GestureFailure::Failed => {
            Reflect::delete_property(&extensions, &"prf".into()).map_err(|_| GestureFailure::Failed)?;
            (call(&credentials, "create", options).await.map_err(|error| failure_of(&error))?, false)
        }
        Err(error) => return Err(failure_of(&error)),
    };
    let response: AuthenticatorAttestationResponse = credential.response().unchecked_into();
    let client_data_json = bytes_of(&response.client_data_json());
    let credential_json = to_json(
        &credential,
        &json!({
            "attestationObject": base64url(&response.attestation_object()),
            "clientDataJSON": BASE64URL_NOPAD.encode(&client_data_json),
        }),
    );
    let (prf, is_enabled) = take_prf(&credential);
    let is_listed = member(&member(&extension_results(&credential), "credProps"), "rk");
    Ok(GestureAnswer {
        credential_json,
        credential_id: bytes_of(&credential.raw_id()),
        user_handle: None,
        client_data_json,
        prf,
        // Unasked, it may still be able to: only a get() will tell.
        prf_enabled: is_enabled || !was_asked_for_prf,
        is_unlisted: is_listed == false,
    })
}

async fn get(options: &Object, inputs: &PrfInputs<'_>) -> Result<GestureAnswer, GestureFailure> {
    let credentials = credentials()?;
    set(options, "extensions", &inputs.extension());
    let credential = call(&credentials, "get", options).await.map_err(|error| failure_of(&error))?;
    let response: AuthenticatorAssertionResponse = credential.response().unchecked_into();
    let client_data_json = bytes_of(&response.client_data_json());
    let user_handle = response.user_handle().map(|handle| bytes_of(&handle));
    let credential_json = to_json(
        &credential,
        &json!({
            "authenticatorData": base64url(&response.authenticator_data()),
            "clientDataJSON": BASE64URL_NOPAD.encode(&client_data_json),
            "signature": base64url(&response.signature()),
            "userHandle": user_handle.as_ref().map(|handle| BASE64URL_NOPAD.encode(handle)),
        }),
    );
    let (prf, prf_enabled) = take_prf(&credential);
    let credential_id = bytes_of(&credential.raw_id());
    Ok(GestureAnswer {
        credential_json,
        credential_id,
        user_handle,
        client_data_json,
        prf,
        prf_enabled,
        is_unlisted: false,
    })
}

/// Tells the authenticator that a passkey of ours is an orphan, where it can be told.
fn forget(rp_id: &str, credential_id: &[u8]) {
    let class = Reflect::get(&js_sys::global(), &"PublicKeyCredential".into()).unwrap_or(JsValue::UNDEFINED);
    let Ok(signal) = Reflect::get(&class, &"signalUnknownCredential".into()) else { return };
    let Some(signal) = signal.dyn_ref::<Function>() else { return };
    let orphan = object(&[("rpId", rp_id.into()), ("credentialId", BASE64URL_NOPAD.encode(credential_id).into())]);
    // Nobody waits for it: it is a courtesy to the person's list of passkeys.
    drop(signal.call1(&class, &orphan));
}

impl PrfInputs<'_> {
    fn extension(&self) -> Object {
        let eval = object(&[("first", bytes(self.first))]);
        if let Some(second) = self.second {
            set(&eval, "second", &bytes(second));
        }
        object(&[("prf", object(&[("eval", eval.into())]).into())])
    }
}

fn creation(
    challenge: &[u8],
    rp_id: &str,
    (user_handle, label): (&[u8], &str),
    kind: PrfKind,
    exclude: &[Vec<u8>],
) -> Object {
    let algorithms: Array = ALGORITHMS
        .iter()
        .map(|&algorithm| object(&[("type", "public-key".into()), ("alg", algorithm.into())]))
        .collect();
    let user = [("id", bytes(user_handle)), ("name", label.into()), ("displayName", label.into())];
    let (resident, is_required) = match kind {
        PrfKind::Passkey => ("required", true),
        // A key whose places are taken can still be used where it is known.
        PrfKind::SecurityKey => ("preferred", false),
    };
    let selection = object(&[
        ("residentKey", resident.into()),
        ("requireResidentKey", is_required.into()),
        ("userVerification", "required".into()),
    ]);
    if kind == PrfKind::SecurityKey {
        set(&selection, "authenticatorAttachment", &"cross-platform".into());
    }
    object(&[
        ("challenge", bytes(challenge)),
        ("rp", object(&[("id", rp_id.into()), ("name", words::PRODUCT.into())]).into()),
        ("user", object(&user).into()),
        ("pubKeyCredParams", algorithms.into()),
        ("excludeCredentials", descriptors(exclude)),
        ("authenticatorSelection", selection.into()),
        ("attestation", "none".into()),
        ("timeout", PATIENCE_MS.into()),
    ])
}

fn request_options(challenge: &[u8], rp_id: &str, allow: &[Vec<u8>]) -> Object {
    object(&[
        ("challenge", bytes(challenge)),
        ("rpId", rp_id.into()),
        ("allowCredentials", descriptors(allow)),
        ("userVerification", "required".into()),
        ("timeout", PATIENCE_MS.into()),
    ])
}

fn descriptors(ids: &[Vec<u8>]) -> JsValue {
    let list: Array = ids.iter().map(|id| object(&[("type", "public-key".into()), ("id", bytes(id))])).collect();
    list.into()
}

fn credentials() -> Result<CredentialsContainer, GestureFailure> {
    let has_passkeys = Reflect::has(&js_sys::global(), &"PublicKeyCredential".into()).unwrap_or(false);
    let window = web_sys::window().filter(|_| has_passkeys).ok_or(GestureFailure::Unsupported)?;
    Ok(window.navigator().credentials())
}

/// `navigator.credentials.create` or `.get`.
async fn call(
    credentials: &CredentialsContainer,
    verb: &str,
    options: &Object,
) -> Result<PublicKeyCredential, JsValue> {
    let verb: Function = Reflect::get(credentials, &verb.into())?.dyn_into()?;
    let asked: Promise = verb.call1(credentials, &object(&[("publicKey", options.into())]))?.dyn_into()?;
    JsFuture::from(asked).await?.dyn_into()
}

fn failure_of(error: &JsValue) -> GestureFailure {
    let name = error.dyn_ref::<DomException>().map(DomException::name).unwrap_or_default();
    match name.as_str() {
        "NotAllowedError" | "AbortError" => GestureFailure::Cancelled,
        "InvalidStateError" => GestureFailure::AlreadyThere,
        "SecurityError" => GestureFailure::Unsupported,
        _ => GestureFailure::Failed,
    }
}

/// Reads the PRF results and overwrites them where they lay; and whether PRF is there at all.
fn take_prf(credential: &PublicKeyCredential) -> ([Option<PrfBytes>; 2], bool) {
    let prf = member(&extension_results(credential), "prf");
    let outputs = member(&prf, "results");
    let taken = ["first", "second"].map(|name| {
        let output = member(&outputs, name);
        let array = output.dyn_ref::<ArrayBuffer>().map(|buffer| Uint8Array::new(buffer))?;
        let bytes = array.to_vec();
        array.fill(0, 0, array.length());
        Some(PrfBytes::take(bytes))
    });
    let is_enabled = taken[0].is_some() || member(&prf, "enabled").is_truthy();
    (taken, is_enabled)
}

fn extension_results(credential: &PublicKeyCredential) -> JsValue {
    let read = member(credential, "getClientExtensionResults");
    read.dyn_ref::<Function>().and_then(|read| read.call0(credential).ok()).unwrap_or(JsValue::UNDEFINED)
}

/// The credential as the relay reads it, without what extensions gave.
fn to_json(credential: &PublicKeyCredential, response: &serde_json::Value) -> String {
    let id = base64url(&credential.raw_id());
    json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
}

fn member(value: &JsValue, name: &str) -> JsValue {
    if value.is_object() { Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED) } else { JsValue::UNDEFINED }
}

fn object(members: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        set(&object, name, value);
    }
    object
}

fn set(object: &Object, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).expect("a plain object takes members");
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

fn bytes_of(buffer: &ArrayBuffer) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}

fn base64url(buffer: &ArrayBuffer) -> String {
    BASE64URL_NOPAD.encode(&bytes_of(buffer))
}
