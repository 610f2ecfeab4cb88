//! One call for everything, in bytes: the two modules of a worker share no types, and what is secret must not become an
//! object of JavaScript, which nobody could overwrite.
//!
//! A task is a kind(1) and fields, an answer a status(1) and fields; each field is length(2, big-endian) ‖ bytes.

use zeroize::Zeroizing;

use crate::ceremony::{self, Finished, Started, Who};
use crate::drawn::N_RANDOM;
use crate::input::password_input;
use crate::passphrase::generate_passphrase;
use crate::stretch::stretch;
use crate::text::{Unreadable, read_handle, read_password};

/// Bytes that an answer has at most.
pub const MAX_ANSWER_BYTES: usize = 32 * 1024;

const REGISTER: u8 = 1;
const SIGN_IN: u8 = 2;
const FINISH_REGISTRATION: u8 = 3;
const FINISH_SIGN_IN: u8 = 4;
const PASSPHRASE: u8 = 5;
const STRETCH: u8 = 6;

const OK: u8 = 0;
const REFUSED: u8 = 1;
/// A name that cannot be used, and for a password one more; then why.
const BAD_HANDLE: u8 = 2;
const BAD_PASSWORD: u8 = 3;

/// Runs a task; what is no task is refused.
pub fn run(task: &[u8]) -> Zeroizing<Vec<u8>> {
    let Some((kind, fields)) = task.split_first().and_then(|(kind, rest)| Some((*kind, fields_of(rest)?))) else {
        return answer(REFUSED, &[]);
    };
    let answered = match (kind, fields.as_slice()) {
        (REGISTER | SIGN_IN, [handle, password, secret, random]) => begin(kind, handle, password, secret, random),
        (FINISH_REGISTRATION | FINISH_SIGN_IN, [state, input, handle, rp_id, said, random]) => {
            finish(kind, [state, input, said], [handle, rp_id], random)
        }
        (PASSPHRASE, [random]) => generate_passphrase(random).map(|text| answer(OK, &[text.as_bytes()])),
        (STRETCH, [password, salt]) => stretch_typed(password, salt),
        _ => None,
    };
    answered.unwrap_or_else(|| answer(REFUSED, &[]))
}

fn begin(kind: u8, handle: &[u8], password: &[u8], secret: &[u8], random: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let secret = if secret.is_empty() { None } else { Some(secret.try_into().ok()?) };
    let random: &[u8; N_RANDOM] = random.try_into().ok()?;
    let handle = match read_handle(std::str::from_utf8(handle).ok()?) {
        Ok(handle) => handle,
        Err(why) => return Some(answer(BAD_HANDLE, &[&[number(why)]])),
    };
    let password = match read_password(std::str::from_utf8(password).ok()?) {
        Ok(password) => password,
        Err(why) => return Some(answer(BAD_PASSWORD, &[&[number(why)]])),
    };
    let input = password_input(&password, secret);
    let start = if kind == REGISTER { ceremony::start_registration } else { ceremony::start_sign_in };
    let Started { state, message } = start(&input, random).ok()?;
    Some(answer(OK, &[handle.as_bytes(), &input, &state, &message]))
}

fn finish(
    kind: u8,
    [state, input, said]: [&[u8]; 3],
    [handle, rp_id]: [&[u8]; 2],
    random: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let random: &[u8; N_RANDOM] = random.try_into().ok()?;
    let who = Who { handle: std::str::from_utf8(handle).ok()?, rp_id: std::str::from_utf8(rp_id).ok()? };
    let finish = if kind == FINISH_REGISTRATION { ceremony::finish_registration } else { ceremony::finish_sign_in };
    let Finished { message, export_key } = finish(state, input, said, &who, random).ok()?;
    Some(answer(OK, &[&message, export_key.as_slice()]))
}

fn stretch_typed(password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let password = match read_password(std::str::from_utf8(password).ok()?) {
        Ok(password) => password,
        Err(why) => return Some(answer(BAD_PASSWORD, &[&[number(why)]])),
    };
    let stretched = stretch(password.as_bytes(), salt.try_into().ok()?)?;
    Some(answer(OK, &[stretched.as_slice()]))
}

fn number(why: Unreadable) -> u8 {
    match why {
        Unreadable::Empty => 0,
        Unreadable::TooLong => 1,
        Unreadable::UnknownCharacter => 2,
    }
}

fn fields_of(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk()?;
        let (field, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        fields.push(field);
        bytes = rest;
    }
    Some(fields)
}

fn answer(status: u8, fields: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    // Of its full size at once: what grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_ANSWER_BYTES));
    bytes.push(status);
    for field in fields {
        bytes.extend(u16::try_from(field.len()).expect("every field is short").to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}
