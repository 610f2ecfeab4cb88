//! What the core asks of the module that knows OPAQUE and Argon2id: tasks and answers as bytes (`password-client::run`
//! has the form). Whoever carries them sees them where they lie and keeps no copy.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::keys::ExportKey;

/// Random bytes that a step takes.
const N_RANDOM: usize = 128;
/// Random bytes for a passphrase.
const N_PASSPHRASE_RANDOM: usize = 64;

const REGISTER: u8 = 1;
const SIGN_IN: u8 = 2;
const FINISH_REGISTRATION: u8 = 3;
const FINISH_SIGN_IN: u8 = 4;
const PASSPHRASE: u8 = 5;
const STRETCH: u8 = 6;

const OK: u8 = 0;
const BAD_HANDLE: u8 = 2;
const BAD_PASSWORD: u8 = 3;

/// A task for the module; overwritten when it is over.
pub struct PasswordTask(Zeroizing<Vec<u8>>);

/// What came of it; overwritten when nobody needs it any more.
pub struct PasswordAnswer(Zeroizing<Vec<u8>>);

/// Random bytes for one step, and for no other.
pub struct StepRandom(Zeroizing<[u8; N_RANDOM]>);

impl StepRandom {
    /// Draws them.
    pub fn draw(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; N_RANDOM]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }
}

/// What a ceremony is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A password is registered.
    Register,
    /// Somebody signs in with one.
    SignIn,
}

/// Why a text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// The name is empty, too long or has a character that not every device knows.
    Handle,
    /// The same of the password.
    Password,
    /// The module said no.
    Refused,
}

/// A ceremony that has begun.
pub struct Begun {
    /// The name in its one form.
    pub handle: String,
    /// What OPAQUE takes for the password.
    pub input: Zeroizing<Vec<u8>>,
    /// For its end.
    pub state: Zeroizing<Vec<u8>>,
    /// For the relay.
    pub message: Vec<u8>,
}

/// A ceremony that is through.
pub struct Ended {
    /// For the relay.
    pub message: Vec<u8>,
    /// What the password opens.
    pub export_key: ExportKey,
}

impl PasswordTask {
    fn new(kind: u8, fields: &[&[u8]]) -> Self {
        // Of its full size at once: what grows leaves copies behind.
        let n_bytes = 1 + fields.iter().map(|field| 2 + field.len()).sum::<usize>();
        let mut bytes = Zeroizing::new(Vec::with_capacity(n_bytes));
        bytes.push(kind);
        for field in fields {
            // What is longer is refused by the module, which counts the bytes that are left.
            let length = u16::try_from(field.len()).unwrap_or_default();
            bytes.extend(length.to_be_bytes());
            bytes.extend_from_slice(field);
        }
        Self(bytes)
    }

    /// Reads what was typed and makes OPAQUE's first message of it.
    pub fn begin(
        purpose: Purpose,
        handle: &str,
        password: &str,
        account_secret: Option<&[u8; 16]>,
        random: &StepRandom,
    ) -> Self {
        let kind = match purpose {
            Purpose::Register => REGISTER,
            Purpose::SignIn => SIGN_IN,
        };
        let secret = account_secret.map_or(&[][..], |secret| &secret[..]);
        Self::new(kind, &[handle.as_bytes(), password.as_bytes(), secret, random.0.as_slice()])
    }

    /// Ends it with the relay's answer; slow.
    pub fn end(purpose: Purpose, begun: &Begun, rp_id: &str, answer: &[u8], random: &StepRandom) -> Self {
        let kind = match purpose {
            Purpose::Register => FINISH_REGISTRATION,
            Purpose::SignIn => FINISH_SIGN_IN,
        };
        let fields: [&[u8]; 6] =
            [&begun.state, &begun.input, begun.handle.as_bytes(), rp_id.as_bytes(), answer, random.0.as_slice()];
        Self::new(kind, &fields)
    }

    /// Makes a passphrase.
    pub fn passphrase(rng: &mut dyn CryptoRng) -> Self {
        let mut random = Zeroizing::new([0; N_PASSPHRASE_RANDOM]);
        rng.fill_bytes(random.as_mut_slice());
        Self::new(PASSPHRASE, &[random.as_slice()])
    }

    /// Stretches a password for this device; slow.
    pub fn stretch(password: &str, salt: &[u8; 16]) -> Self {
        Self::new(STRETCH, &[password.as_bytes(), salt])
    }

    /// The task, for the module alone.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl PasswordAnswer {
    /// Takes an answer over.
    pub fn take(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    fn fields<const N: usize>(&self) -> Result<[&[u8]; N], Unreadable> {
        let (status, mut rest) = self.0.split_first().ok_or(Unreadable::Refused)?;
        match *status {
            OK => {}
            BAD_HANDLE => return Err(Unreadable::Handle),
            BAD_PASSWORD => return Err(Unreadable::Password),
            _ => return Err(Unreadable::Refused),
        }
        let mut fields = [&[][..]; N];
        for field in &mut fields {
            let (length, after) = rest.split_first_chunk().ok_or(Unreadable::Refused)?;
            let length = usize::from(u16::from_be_bytes(*length));
            (*field, rest) = after.split_at_checked(length).ok_or(Unreadable::Refused)?;
        }
        if rest.is_empty() { Ok(fields) } else { Err(Unreadable::Refused) }
    }

    /// Of [`PasswordTask::begin`].
    pub fn begun(&self) -> Result<Begun, Unreadable> {
        let [handle, input, state, message] = self.fields()?;
        let handle = String::from_utf8(handle.to_vec()).map_err(|_| Unreadable::Refused)?;
        let (input, state) = (Zeroizing::new(input.to_vec()), Zeroizing::new(state.to_vec()));
        Ok(Begun { handle, input, state, message: message.to_vec() })
    }

    /// Of [`PasswordTask::end`].
    pub fn ended(&self) -> Result<Ended, Unreadable> {
        let [message, export_key] = self.fields()?;
        let mut bytes = Zeroizing::new([0; 64]);
        if export_key.len() != bytes.len() {
            return Err(Unreadable::Refused);
        }
        bytes.copy_from_slice(export_key);
        Ok(Ended { message: message.to_vec(), export_key: ExportKey::take(&mut bytes) })
    }

    /// Of [`PasswordTask::passphrase`].
    pub fn passphrase(&self) -> Result<Zeroizing<String>, Unreadable> {
        let [text] = self.fields()?;
        Ok(Zeroizing::new(String::from_utf8(text.to_vec()).map_err(|_| Unreadable::Refused)?))
    }

    /// Of [`PasswordTask::stretch`].
    pub fn stretched(&self) -> Result<Zeroizing<[u8; 32]>, Unreadable> {
        let [bytes] = self.fields()?;
        let mut stretched = Zeroizing::new([0; 32]);
        if bytes.len() != stretched.len() {
            return Err(Unreadable::Refused);
        }
        stretched.copy_from_slice(bytes);
        Ok(stretched)
    }
}
