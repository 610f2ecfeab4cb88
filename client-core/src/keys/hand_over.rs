//! The secret that a new device shows while one of the account lets it in, and what both prove and seal with it.

use rand_core::CryptoRng;
use shared_types::bytes::Reader;
use shared_types::hand_over::Offer;
use shared_types::ids::{AccountId, AnswerId, DeviceId, Hash};
use shared_types::log::{DevicePart, LogHead};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use super::epoch::EpochKey;
use super::hpke::{self, Addressee, Purpose};
use super::opaque::AccountSecret;
use super::secret::{Secret, derive_into};
use super::tag::hmac_sha256;
use super::words::{WordsError, indexes, word_at};

/// Words that stand for a secret that is typed.
pub const N_HAND_OVER_WORDS: usize = 6;
/// Bits of a word of the list.
const WORD_BITS: usize = 11;
/// Bytes that hold six words, the first six bits of them zero.
const WORDS_BYTES: usize = 9;
/// How the text of a code begins; another number is another version.
const CODE_START: &str = "SOTTO1:";
/// Longest name of a relying party: that of a host.
const MAX_RP_ID_BYTES: usize = 253;

/// A text is no code of a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the code of a hand-over")]
pub struct BadCode;

/// What a new device shows.
#[derive(Debug)]
pub struct HandOverSecret(Shown);

#[derive(Debug)]
enum Shown {
    Code(Secret<16>),
    Words(Secret<WORDS_BYTES>),
}

impl HandOverSecret {
    /// Draws the secret of a code that a camera reads.
    pub fn generate_code(rng: &mut dyn CryptoRng) -> Self {
        Self(Shown::Code(Secret::generate(rng)))
    }

    /// Draws a secret of 66 bits, to be typed as six words.
    pub fn generate_words(rng: &mut dyn CryptoRng) -> Self {
        Self(Shown::Words(Secret::filled(|bytes: &mut [u8; WORDS_BYTES]| {
            rng.fill_bytes(bytes);
            bytes[0] &= 0b11;
        })))
    }

    /// The text of the code: which relay it is for, and the secret. None of a secret of words.
    pub fn code(&self, rp_id: &str) -> Option<Zeroizing<String>> {
        let Shown::Code(secret) = &self.0 else { return None };
        let length = u8::try_from(rp_id.len()).ok()?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + rp_id.len() + secret.bytes().len()));
        bytes.push(length);
        bytes.extend_from_slice(rp_id.as_bytes());
        bytes.extend_from_slice(secret.bytes());
        let mut text = Zeroizing::new(String::with_capacity(CODE_START.len() + 2 * bytes.len()));
        text.push_str(CODE_START);
        data_encoding::BASE32_NOPAD.encode_append(&bytes, &mut text);
        Some(text)
    }

    /// Reads the text of a code: the relay that it is for, and the secret.
    pub fn read_code(text: &str) -> Result<(String, Self), BadCode> {
        let encoded = text.strip_prefix(CODE_START).ok_or(BadCode)?;
        let bytes = data_encoding::BASE32_NOPAD.decode(encoded.as_bytes()).map(Zeroizing::new).map_err(|_| BadCode)?;
        let mut reader = Reader::new(&bytes);
        let length = usize::from(reader.u8().map_err(|_| BadCode)?);
        let rp_id = reader.take(length).map_err(|_| BadCode)?;
        let rp_id = std::str::from_utf8(rp_id).ok().filter(|rp_id| is_host(rp_id)).ok_or(BadCode)?.to_owned();
        let secret = Secret::take(&mut reader.array().map_err(|_| BadCode)?);
        reader.finish().map_err(|_| BadCode)?;
        Ok((rp_id, Self(Shown::Code(secret))))
    }

    /// The six words; none of a secret that a camera reads.
    pub fn words(&self) -> Option<[&'static str; N_HAND_OVER_WORDS]> {
        let Shown::Words(secret) = &self.0 else { return None };
        Some(std::array::from_fn(|nth| {
            let first = WORDS_BYTES * 8 - N_HAND_OVER_WORDS * WORD_BITS + nth * WORD_BITS;
            word_at(
                (first..first + WORD_BITS).fold(0, |index, bit| index << 1 | u16::from(is_set(secret.bytes(), bit))),
            )
        }))
    }

    /// Reads six words as somebody typed them.
    pub fn read_words(text: &str) -> Result<Self, WordsError> {
        let places = Zeroizing::new(indexes::<N_HAND_OVER_WORDS>(text)?);
        Ok(Self(Shown::Words(Secret::filled(|bytes: &mut [u8; WORDS_BYTES]| {
            let first = WORDS_BYTES * 8 - N_HAND_OVER_WORDS * WORD_BITS;
            let bits = places.iter().flat_map(|index| (0..WORD_BITS).rev().map(move |bit| index >> bit & 1 == 1));
            for (at, _) in (first..).zip(bits).filter(|(_, is_set)| *is_set) {
                bytes[at / 8] |= 0x80 >> (at % 8);
            }
        }))))
    }

    /// Where the answer to a device is put: nobody but the two devices can tell before it is asked for.
    pub fn answer_id(&self, device: &DeviceId) -> AnswerId {
        let mut id = [0; AnswerId::LEN];
        derive_into(self.bytes(), &device.0, &[b"sotto/hand-over/answer/v1"], &mut id);
        AnswerId(id)
    }

    /// What a new device leaves at the relay.
    pub fn offer(&self, device: DevicePart) -> Offer {
        Offer { device, mac: self.mac(&device.to_bytes()) }
    }

    /// Whether an offer is of the device that shows this secret.
    pub fn is_of(&self, offer: &Offer) -> bool {
        bool::from(self.mac(&offer.device.to_bytes()).ct_eq(&offer.mac))
    }

    /// Seals to a new device what it needs to know the account: the newest entry of its log, the key of the epoch, and
    /// the account secret if there is one.
    pub fn seal(
        &self,
        head: LogHead,
        (epoch_key, account_secret): (&EpochKey, Option<&AccountSecret>),
        (account_id, epoch): (AccountId, u32),
        device: &DevicePart,
        rng: &mut dyn CryptoRng,
    ) -> Vec<u8> {
        let mut plain = Zeroizing::new(Vec::with_capacity(4 + 32 + 32 + 16 + 32));
        plain.extend_from_slice(&head.seq.to_be_bytes());
        plain.extend_from_slice(&head.hash.0);
        plain.extend_from_slice(epoch_key.bytes());
        if let Some(account_secret) = account_secret {
            plain.extend_from_slice(account_secret.bytes());
        }
        let mac = self.mac(&plain);
        plain.extend_from_slice(&mac);
        let addressee = Addressee { purpose: Purpose::HandOver, account_id, recipient: device.id.into(), epoch };
        hpke::seal(&plain, &addressee, &device.kem, rng)
    }

    fn bytes(&self) -> &[u8] {
        match &self.0 {
            Shown::Code(secret) => secret.bytes(),
            Shown::Words(secret) => secret.bytes(),
        }
    }

    /// `HMAC(HKDF(secret, empty, "sotto/hand-over/v1", 32), bytes)`.
    fn mac(&self, bytes: &[u8]) -> [u8; 32] {
        hmac_sha256(&Secret::derive(self.bytes(), &[], &[b"sotto/hand-over/v1"]), &[bytes])
    }
}

fn is_set(bytes: &[u8], bit: usize) -> bool {
    bytes.get(bit / 8).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
}

/// Whether a text may be the name of a host, as a relying party has one.
fn is_host(text: &str) -> bool {
    let is_of_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    (1..=MAX_RP_ID_BYTES).contains(&text.len()) && text.bytes().all(is_of_host)
}

/// What a device of the account told a new one; its epoch key is one only for an epoch that commits to it.
#[derive(Debug)]
pub struct HandedOver {
    head: LogHead,
    epoch_key: Secret<32>,
    account_secret: Option<AccountSecret>,
}

impl HandedOver {
    /// Reads what was sealed, if whoever sealed it has seen the secret.
    pub(super) fn read(secret: &HandOverSecret, plain: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(plain);
        let head = LogHead { seq: reader.u32().ok()?, hash: Hash(reader.array().ok()?) };
        let epoch_key = Secret::take(&mut reader.array().ok()?);
        let has_secret = plain.len() > reader.position() + 32;
        let account_secret = has_secret.then(|| Some(AccountSecret::take(&mut reader.array().ok()?)));
        let account_secret = if let Some(read) = account_secret { Some(read?) } else { None };
        let told = plain.get(..reader.position())?;
        let mac: [u8; 32] = reader.array().ok()?;
        reader.finish().ok()?;
        bool::from(secret.mac(told).ct_eq(&mac)).then_some(Self { head, epoch_key, account_secret })
    }

    /// The newest entry of the account log, as the device that let this one in knows it.
    pub fn head(&self) -> LogHead {
        self.head
    }

    /// The account secret, if the account has a password that needs one.
    pub fn take_account_secret(&mut self) -> Option<AccountSecret> {
        self.account_secret.take()
    }

    /// The key of the epoch in force, if it is the one that the log commits to.
    pub fn into_epoch_key(self, commitment: &Hash) -> Option<EpochKey> {
        EpochKey::check(self.epoch_key.bytes(), commitment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::DeviceKeys;
    use crate::keys::seeded::SeededRng;

    #[test]
    fn a_code_reads_back_with_the_relay_that_it_is_for() {
        let secret = HandOverSecret::generate_code(&mut SeededRng::new(1));
        let code = secret.code("sotto.example.org").unwrap();
        let (rp_id, read) = HandOverSecret::read_code(&code).unwrap();
        assert_eq!((rp_id.as_str(), read.bytes()), ("sotto.example.org", secret.bytes()));
        assert_eq!((secret.words(), secret.bytes().len()), (None, 16));
        for bent in [
            code.to_lowercase(),
            code.replace("SOTTO1:", "SOTTO2:"),
            format!("{}A", *code),
            code.trim_end_matches(|_| true).to_owned(),
            "https://example.org".to_owned(),
            "SOTTO1:".to_owned(),
        ] {
            assert_eq!(HandOverSecret::read_code(&bent).map(drop), Err(BadCode), "{bent}");
        }
        let strange = secret.code("EXAMPLE org").unwrap();
        assert_eq!(HandOverSecret::read_code(&strange).map(drop), Err(BadCode), "no host is called so");
    }

    #[test]
    fn six_words_read_back_and_say_which_is_wrong() {
        let secret = HandOverSecret::generate_words(&mut SeededRng::new(2));
        let words = secret.words().unwrap();
        let typed = words.map(|word| format!("- {}\n", word.to_uppercase())).concat();
        assert_eq!(HandOverSecret::read_words(&typed).unwrap().bytes(), secret.bytes());
        assert!(secret.code("localhost").is_none());
        let mut slip = words;
        slip[5] = "sotto";
        let of = |words: &[&str]| HandOverSecret::read_words(&words.join(" ")).map(drop);
        assert_eq!(of(&slip), Err(WordsError::NotInList { index: 5 }));
        assert_eq!(of(&words[..5]), Err(WordsError::WrongCount { found: 5 }));
        assert_eq!(of(&[words.as_slice(), &["zoo"]].concat()), Err(WordsError::WrongCount { found: 7 }));
        let all = HandOverSecret::read_words("zoo zoo zoo zoo zoo zoo").unwrap();
        assert_eq!(all.bytes(), [3, 255, 255, 255, 255, 255, 255, 255, 255]);
    }

    #[test]
    fn what_is_handed_over_opens_for_its_device_its_account_and_its_secret_only() {
        let rng = &mut SeededRng::new(3);
        let (device, other) = (DeviceKeys::generate(rng), DeviceKeys::generate(rng));
        let (secret, wrong) = (HandOverSecret::generate_code(rng), HandOverSecret::generate_words(rng));
        let key = EpochKey::generate(rng);
        let (account, head) = (AccountId([7; 16]), LogHead { seq: 4, hash: Hash([8; 32]) });
        let sealed = secret.seal(head, (&key, None), (account, 3), &device.part(), rng);
        let open = |device: &DeviceKeys, secret, account, epoch| {
            device.open_hand_over(secret, account, epoch, &sealed).map(|handed| handed.head())
        };
        assert_eq!(open(&device, &secret, account, 3), Some(head));
        assert_eq!(open(&other, &secret, account, 3), None);
        assert_eq!(open(&device, &wrong, account, 3), None);
        assert_eq!(open(&device, &secret, AccountId([6; 16]), 3), None);
        assert_eq!(open(&device, &secret, account, 4), None);
        let handed = || device.open_hand_over(&secret, account, 3, &sealed).unwrap();
        assert!(handed().take_account_secret().is_none());
        let kept = AccountSecret::generate(rng);
        let with_secret = secret.seal(head, (&key, Some(&kept)), (account, 3), &device.part(), rng);
        assert_eq!(with_secret.len(), sealed.len() + 16);
        let mut opened = device.open_hand_over(&secret, account, 3, &with_secret).unwrap();
        assert_eq!(opened.take_account_secret().unwrap().bytes(), kept.bytes());
        assert!(handed().into_epoch_key(&key.commitment()).is_some());
        assert!(handed().into_epoch_key(&EpochKey::generate(rng).commitment()).is_none());
        assert!(secret.is_of(&secret.offer(device.part())) && !wrong.is_of(&secret.offer(device.part())));
        assert_ne!(secret.answer_id(&device.id()), secret.answer_id(&other.id()));
    }
}
