//! Identifiers and other fixed-width byte values; in JSON they are base64url without padding.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

use crate::public_key::{KemPublic, SigningPublic};

macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $n:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $n]);

        impl $name {
            /// Width in bytes.
            pub const LEN: usize = $n;

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8; $n] {
                &self.0
            }

            /// Reads base64url without padding.
            pub fn from_base64url(text: &str) -> Option<Self> {
                let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
                Some(Self(bytes.try_into().ok()?))
            }

            /// Writes base64url without padding.
            pub fn to_base64url(self) -> String {
                BASE64URL_NOPAD.encode(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let short = self.0.first_chunk::<4>().map(|b| HEXLOWER.encode(b)).unwrap_or_default();
                write!(f, concat!(stringify!($name), "({}…)"), short)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_base64url())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::from_base64url(&text).ok_or_else(|| D::Error::custom("expected base64url of a fixed width"))
            }
        }
    };
}

fixed_bytes!(
    /// Names an account and certifies its founder key (security.md §3); also the WebAuthn user handle.
    AccountId, 16
);
fixed_bytes!(
    /// Names a device by its public keys.
    DeviceId, 16
);
fixed_bytes!(
    /// Names a sign-in method by its public keys.
    MethodId, 16
);
fixed_bytes!(
    /// Names a signer or recipient in the account log: the founder, a device or a method.
    PartyId, 16
);
fixed_bytes!(
    /// Names a scope among those of its kind; zero for the kinds that exist once.
    ScopeId, 16
);
fixed_bytes!(
    /// What the relay sees of a scope.
    StreamTag, 16
);
fixed_bytes!(
    /// Names one question and its answer.
    TurnId, 16
);
fixed_bytes!(
    /// Names a scope key: derived from it, shown in envelopes.
    KeyId, 16
);
fixed_bytes!(
    /// Looks up the words method at the relay before an account is known.
    LookupId, 16
);
fixed_bytes!(
    /// Where the answer to a hand-over is put: derived from the secret that the new device shows.
    AnswerId, 16
);
fixed_bytes!(
    /// A SHA-256 hash.
    Hash, 32
);
fixed_bytes!(
    /// A random value of the relay, used once.
    Nonce, 32
);
fixed_bytes!(
    /// An Ed25519 signature.
    Signature, 64
);

impl Hash {
    /// The hash that stands for "none before".
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of all parts, one after the other.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    fn first_16(self) -> [u8; 16] {
        *self.0.first_chunk().expect("a hash has 32 bytes")
    }
}

impl ScopeId {
    /// The id of the scopes that exist once per account.
    pub const ZERO: Self = Self([0; 16]);
}

impl AccountId {
    /// `SHA-256("sotto/account/v1" ‖ founder public key)[0..16]`.
    pub fn of_founder(founder: &SigningPublic) -> Self {
        Self(Hash::of(&[b"sotto/account/v1", founder.as_bytes()]).first_16())
    }
}

impl DeviceId {
    /// `SHA-256("sotto/device-id/v1" ‖ A ‖ E)[0..16]`.
    pub fn of_keys(signing: &SigningPublic, kem: &KemPublic) -> Self {
        Self(Hash::of(&[b"sotto/device-id/v1", signing.as_bytes(), kem.as_bytes()]).first_16())
    }
}

impl MethodId {
    /// `SHA-256("sotto/method-id/v1" ‖ A ‖ E)[0..16]`.
    pub fn of_keys(signing: &SigningPublic, kem: &KemPublic) -> Self {
        Self(Hash::of(&[b"sotto/method-id/v1", signing.as_bytes(), kem.as_bytes()]).first_16())
    }
}

impl From<AccountId> for PartyId {
    fn from(id: AccountId) -> Self {
        Self(id.0)
    }
}

impl From<DeviceId> for PartyId {
    fn from(id: DeviceId) -> Self {
        Self(id.0)
    }
}

impl From<MethodId> for PartyId {
    fn from(id: MethodId) -> Self {
        Self(id.0)
    }
}

/// What a scope holds; its number goes into envelope contexts and stream tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum ScopeKind {
    /// Scope keys, sealed under the epoch's key ring key.
    KeyRing = 1,
    /// The chat list.
    Directory = 2,
    /// Settings of the account.
    Settings = 3,
    /// One chat.
    Chat = 4,
    /// One app.
    App = 5,
    /// Search segments.
    SearchIndex = 6,
    /// A share.
    Share = 7,
}

impl ScopeKind {
    /// The kind with this number, if this version knows it.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::KeyRing, Self::Directory, Self::Settings, Self::Chat, Self::App, Self::SearchIndex, Self::Share]
            .into_iter()
            .find(|kind| *kind as u8 == number)
    }
}

/// Bytes of any length in a JSON message: base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WireBytes(pub Vec<u8>);

impl Serialize for WireBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for WireBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        BASE64URL_NOPAD.decode(text.as_bytes()).map(Self).map_err(|_| D::Error::custom("expected base64url"))
    }
}
