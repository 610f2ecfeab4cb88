//! Bytes of log entries, written and read back; every value has exactly one form.

use super::{
    DeviceHead, DevicePart, DeviceStatus, Entry, EntryBody, EpochPart, LogHead, MethodKind, MethodPart, Policy,
    RemoveReason, RevokeReason,
};
use crate::batch::ChainPin;
use crate::bytes::{ParseError, Reader, Writer};
use crate::ids::{AccountId, DeviceId, Hash, LookupId, MethodId, PartyId, Signature};
use crate::limits::{MAX_CREDENTIAL_ID_BYTES, MAX_LOG_BODY_BYTES};
use crate::public_key::{KemPublic, SigningPublic};

const MAGIC: &[u8] = b"SOTL";
const VERSION: u8 = 1;

impl Entry {
    /// Everything that the signatures cover.
    pub fn to_signed_part(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.put(MAGIC).u8(VERSION).put(&self.account_id.0).u32(self.seq).put(&self.previous.0);
        writer.u8(self.body.kind()).u64(self.time_s).long_bytes(&self.body.to_bytes());
        put_count(&mut writer, self.signers.len());
        for signer in &self.signers {
            writer.put(&signer.0);
        }
        writer.into_bytes()
    }

    /// Reads an entry and its signatures, in the order of the signers; every byte is demanded.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Vec<Signature>), ParseError> {
        let mut reader = Reader::new(bytes);
        reader.expect(MAGIC)?;
        reader.expect(&[VERSION])?;
        let account_id = AccountId(reader.array()?);
        let seq = reader.u32()?;
        let previous = Hash(reader.array()?);
        let kind = reader.u8()?;
        let time_s = reader.u64()?;
        let body = EntryBody::parse(kind, reader.long_bytes(MAX_LOG_BODY_BYTES)?)?;
        let signers = read_ascending(&mut reader, |reader| reader.array().map(PartyId), |signer| *signer)?;
        if signers.is_empty() {
            return Err(ParseError::OutOfRange);
        }
        let signatures = signers.iter().map(|_| reader.array().map(Signature)).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok((Self { account_id, seq, previous, time_s, body, signers }, signatures))
    }
}

impl EntryBody {
    /// Number of the kind.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Genesis { .. } => 1,
            Self::DeviceAdd { .. } => 2,
            Self::DeviceConfirm { .. } => 3,
            Self::DeviceRevoke { .. } => 4,
            Self::MethodAdd { .. } => 5,
            Self::MethodRemove { .. } => 6,
            Self::EpochAdvance { .. } => 7,
            Self::PolicySet { .. } => 8,
            Self::Checkpoint { .. } => 9,
            Self::SharePin { .. } => 10,
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        match self {
            Self::Genesis { founder, policy, device, methods, epoch } => {
                writer.put(founder.as_bytes());
                policy.put(&mut writer);
                device.put(&mut writer);
                put_count(&mut writer, methods.len());
                for method in methods {
                    method.put(&mut writer);
                }
                epoch.put(&mut writer);
            }
            Self::DeviceAdd { device, status } => {
                device.put(&mut writer);
                writer.u8(*status as u8);
            }
            Self::DeviceConfirm { device } => {
                writer.put(&device.0);
            }
            Self::DeviceRevoke { device, reason, cut } => {
                let cut = cut.unwrap_or(ChainPin { seq: 0, hash: Hash::ZERO });
                writer.put(&device.0).u8(*reason as u8).u64(cut.seq).put(&cut.hash.0);
            }
            Self::MethodAdd { method } => method.put(&mut writer),
            Self::MethodRemove { method, reason } => {
                writer.put(&method.0).u8(*reason as u8);
            }
            Self::EpochAdvance { epoch, heads } => {
                epoch.put(&mut writer);
                put_heads(&mut writer, heads);
            }
            Self::PolicySet { policy } => policy.put(&mut writer),
            Self::Checkpoint { heads } => put_heads(&mut writer, heads),
            Self::SharePin { account, head } => {
                writer.put(&account.0).u32(head.seq).put(&head.hash.0);
            }
        }
        writer.into_bytes()
    }

    fn parse(kind: u8, bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let body = Self::read(kind, &mut reader)?;
        reader.finish()?;
        Ok(body)
    }

    fn read(kind: u8, reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(match kind {
            1 => Self::Genesis {
                founder: SigningPublic::parse(&reader.array()?)?,
                policy: Policy::read(reader)?,
                device: DevicePart::read(reader)?,
                methods: read_ascending(reader, MethodPart::read, |method| method.id)?,
                epoch: EpochPart::read(reader)?,
            },
            2 => Self::DeviceAdd { device: DevicePart::read(reader)?, status: read_status(reader)? },
            3 => Self::DeviceConfirm { device: DeviceId(reader.array()?) },
            4 => Self::DeviceRevoke {
                device: DeviceId(reader.array()?),
                reason: read_revoke_reason(reader)?,
                cut: read_cut(reader)?,
            },
            5 => Self::MethodAdd { method: MethodPart::read(reader)? },
            6 => Self::MethodRemove { method: MethodId(reader.array()?), reason: read_remove_reason(reader)? },
            7 => Self::EpochAdvance { epoch: EpochPart::read(reader)?, heads: read_heads(reader)? },
            8 => Self::PolicySet { policy: Policy::read(reader)? },
            9 => Self::Checkpoint { heads: read_heads(reader)? },
            10 => Self::SharePin {
                account: AccountId(reader.array()?),
                head: LogHead { seq: reader.u32()?, hash: Hash(reader.array()?) },
            },
            _ => return Err(ParseError::Unknown),
        })
    }
}

impl DevicePart {
    /// `id(16) ‖ A(32) ‖ E(32)`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.put(&mut writer);
        writer.into_bytes()
    }

    /// Reads a device part alone; every byte is demanded.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let part = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(part)
    }

    fn put(&self, writer: &mut Writer) {
        writer.put(&self.id.0).put(self.signing.as_bytes()).put(self.kem.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let id = DeviceId(reader.array()?);
        let part = Self::new(SigningPublic::parse(&reader.array()?)?, KemPublic::parse(&reader.array()?)?);
        if part.id == id { Ok(part) } else { Err(ParseError::WrongId) }
    }
}

impl MethodPart {
    fn put(&self, writer: &mut Writer) {
        writer.put(&self.id.0).u8(self.kind as u8).put(self.signing.as_bytes()).put(self.kem.as_bytes());
        let length = u16::try_from(self.credential_id.len()).expect("a credential id has at most 1,023 bytes");
        writer.u16(length).put(&self.credential_id);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let id = MethodId(reader.array()?);
        let kind = MethodKind::from_number(reader.u8()?).ok_or(ParseError::Unknown)?;
        let signing = SigningPublic::parse(&reader.array()?)?;
        let kem = KemPublic::parse(&reader.array()?)?;
        let length = usize::from(reader.u16()?);
        let allowed = match kind {
            MethodKind::Passkey | MethodKind::SecurityKey => 1..=MAX_CREDENTIAL_ID_BYTES,
            MethodKind::Password => 0..=0,
            MethodKind::Words => LookupId::LEN..=LookupId::LEN,
        };
        if !allowed.contains(&length) {
            return Err(ParseError::OutOfRange);
        }
        let part = Self::new(kind, signing, kem, reader.take(length)?.to_vec());
        if part.id == id { Ok(part) } else { Err(ParseError::WrongId) }
    }
}

impl Policy {
    fn put(self, writer: &mut Writer) {
        writer.u8(self.least_methods).u8(self.suite).u8(self.envelope_version).u16(self.epoch_days);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            least_methods: reader.u8()?,
            suite: reader.u8()?,
            envelope_version: reader.u8()?,
            epoch_days: reader.u16()?,
        })
    }
}

impl EpochPart {
    fn put(&self, writer: &mut Writer) {
        writer.u32(self.number).put(&self.commitment.0);
        put_count(writer, self.copies.len());
        for (recipient, hash) in &self.copies {
            writer.put(&recipient.0).put(&hash.0);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let number = reader.u32()?;
        let commitment = Hash(reader.array()?);
        let read_copy = |reader: &mut Reader<'_>| Ok((PartyId(reader.array()?), Hash(reader.array()?)));
        let copies = read_ascending(reader, read_copy, |(recipient, _)| *recipient)?;
        Ok(Self { number, commitment, copies })
    }
}

/// Writes `n(1) ‖ n × head(56)`.
pub(crate) fn put_heads(writer: &mut Writer, heads: &[DeviceHead]) {
    put_count(writer, heads.len());
    for head in heads {
        writer.put(&head.device.0).u64(head.seq).put(&head.hash.0);
    }
}

/// Reads heads, ascending by device, none with a zero hash.
pub(crate) fn read_heads(reader: &mut Reader<'_>) -> Result<Vec<DeviceHead>, ParseError> {
    read_ascending(reader, read_head, |head| head.device)
}

fn read_head(reader: &mut Reader<'_>) -> Result<DeviceHead, ParseError> {
    let head = DeviceHead { device: DeviceId(reader.array()?), seq: reader.u64()?, hash: Hash(reader.array()?) };
    if head.hash == Hash::ZERO { Err(ParseError::OutOfRange) } else { Ok(head) }
}

fn read_cut(reader: &mut Reader<'_>) -> Result<Option<ChainPin>, ParseError> {
    let cut = ChainPin { seq: reader.u64()?, hash: Hash(reader.array()?) };
    match (cut.seq, cut.hash) {
        (0, Hash::ZERO) => Ok(None),
        (_, Hash::ZERO) => Err(ParseError::OutOfRange),
        _ => Ok(Some(cut)),
    }
}

fn read_status(reader: &mut Reader<'_>) -> Result<DeviceStatus, ParseError> {
    match reader.u8()? {
        1 => Ok(DeviceStatus::Confirmed),
        2 => Ok(DeviceStatus::Unconfirmed),
        _ => Err(ParseError::Unknown),
    }
}

fn read_revoke_reason(reader: &mut Reader<'_>) -> Result<RevokeReason, ParseError> {
    match reader.u8()? {
        1 => Ok(RevokeReason::SignedOut),
        2 => Ok(RevokeReason::Lost),
        3 => Ok(RevokeReason::Compromised),
        _ => Err(ParseError::Unknown),
    }
}

fn read_remove_reason(reader: &mut Reader<'_>) -> Result<RemoveReason, ParseError> {
    match reader.u8()? {
        1 => Ok(RemoveReason::Unused),
        2 => Ok(RemoveReason::Lost),
        3 => Ok(RemoveReason::Compromised),
        _ => Err(ParseError::Unknown),
    }
}

fn put_count(writer: &mut Writer, count: usize) {
    writer.u8(u8::try_from(count).expect("limits keep every list of an entry or batch at 255 or fewer"));
}

/// Reads `n(1) ‖ n × item`, strictly ascending by key, so that no item comes twice.
fn read_ascending<T, K: Ord>(
    reader: &mut Reader<'_>,
    read_item: impl Fn(&mut Reader<'_>) -> Result<T, ParseError>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, ParseError> {
    let count = usize::from(reader.u8()?);
    let mut items: Vec<T> = Vec::with_capacity(count);
    for _ in 0..count {
        let item = read_item(reader)?;
        if items.last().is_some_and(|before| key(before) >= key(&item)) {
            return Err(ParseError::OutOfRange);
        }
        items.push(item);
    }
    Ok(items)
}
