//! What an honest relay does: verifies, stores, orders; in memory.

mod ended;
mod hand_over;
mod leaving;
mod methods;

use std::collections::{BTreeMap, BTreeSet};

use shared_types::account::{
    AboutResponse, AnchorPut, BackLink, EpochCopy, EpochsResponse, LogAppendRequest, LogResponse, MethodStartResponse,
    ModelOffer, ModelPlace, ModelState, SealedCopy, SessionGrant, SignInFinishRequest, SignInStartRequest,
    SignInStartResponse, SignUpFinishRequest, SignUpMode, SignUpStartRequest,
};
use shared_types::batch::SignedBatch;
use shared_types::bytes::ParseError;
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId, Nonce, PartyId, WireBytes};
use shared_types::limits::{MAX_BATCHES_PER_REQUEST, MAX_LOG_TIME_SKEW_S, MAX_PAGE_BYTES, PROTOCOL, SESSION_LIFE_S};
use shared_types::log::{Entry, EntryBody, EpochPart, LogError, LogFault, LogState, MethodKind};
use shared_types::public_key::SigningPublic;
use shared_types::request::{CoveredRequest, SignatureParameters, content_digest, signature_base};
use shared_types::seen::{SeenCounts, SeenResponse};
use shared_types::statement::{SignInStatement, SignUpStatement};
use shared_types::sync::{BatchParcel, Cursor, PageBody, PushBody, PushResponse};

pub(super) use self::hand_over::Offers;
use super::super::{RelayError, Session};

const DAY_S: u64 = 24 * 60 * 60;
/// Relying party of every fake relay.
const RP_ID: &str = "localhost";

/// Who calls, once proven.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
}

/// What an honest relay stores.
#[derive(Clone)]
pub(super) struct Books {
    pub(super) now_s: u64,
    pub(super) about: AboutResponse,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) sessions: BTreeMap<Hash, SessionRow>,
    pub(super) ceremonies: BTreeMap<Nonce, Ceremony>,
    n_secrets: u64,
}

#[derive(Clone)]
pub(super) struct Account {
    log: LogState,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) copies: Vec<(u32, SealedCopy)>,
    back_links: Vec<BackLink>,
    pub(super) anchors: BTreeMap<MethodId, AnchorPut>,
    pub(super) batches: Vec<StoredBatch>,
    newest_cursor: u64,
}

#[derive(Clone)]
pub(super) struct StoredBatch {
    pub(super) cursor: u64,
    at_s: u64,
    pub(super) signed: SignedBatch,
    pub(super) parcel: BatchParcel,
}

#[derive(Clone)]
pub(super) struct SessionRow {
    caller: Caller,
    key: SigningPublic,
    method: MethodId,
    expires_at: u64,
}

#[derive(Clone, Copy)]
pub(super) enum Ceremony {
    SignUp(AccountId),
    Registration(AccountId),
    Passkey,
    Words(AccountId),
}

pub(super) fn refusal(code: ErrorCode) -> RelayError {
    RelayError::Refused { code, retry_after_s: None, now: None }
}

fn refuse<T>(code: ErrorCode) -> Result<T, RelayError> {
    Err(refusal(code))
}

impl Books {
    pub(super) fn new(now_s: u64) -> Self {
        let model = ModelOffer {
            id: "scripted".to_owned(),
            label: String::new(),
            place: ModelPlace::Server,
            owner: "a script".to_owned(),
            region: None,
            policy: None,
            state: ModelState::Ready,
            context_tokens: 2048,
        };
        Self {
            now_s,
            about: AboutResponse {
                protocol: PROTOCOL,
                rp_id: RP_ID.to_owned(),
                sign_up: SignUpMode::Open,
                models: vec![model],
                now: now_s,
            },
            accounts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            ceremonies: BTreeMap::new(),
            n_secrets: 0,
        }
    }

    pub(super) fn account(&self, account: AccountId) -> Option<&Account> {
        self.accounts.get(&account)
    }

    fn account_of(&self, caller: Caller) -> Result<&Account, RelayError> {
        self.account(caller.account).ok_or(refusal(ErrorCode::UnknownSession))
    }

    fn account_mut(&mut self, caller: Caller) -> Result<&mut Account, RelayError> {
        self.accounts.get_mut(&caller.account).ok_or(refusal(ErrorCode::UnknownSession))
    }

    /// Different at every call, the same in every run.
    fn new_secret(&mut self) -> Hash {
        self.n_secrets += 1;
        Hash::of(&[b"fake relay", &self.n_secrets.to_be_bytes()])
    }

    /// Proves session and device as the true relay does: the token is known, and the device key signs.
    pub(super) fn authorize(&self, session: &Session) -> Result<Caller, RelayError> {
        let row = self.sessions.get(&Hash::of(&[&session.token])).filter(|row| row.expires_at > self.now_s);
        let row = row.ok_or(refusal(ErrorCode::UnknownSession))?;
        let digest = content_digest(b"");
        let covered = CoveredRequest {
            method: "GET",
            authority: RP_ID,
            path: "/",
            query: "",
            content_digest: &digest,
            session: "",
        };
        let key_id = session.device.id();
        let parameters = SignatureParameters { created: self.now_s, nonce: [0; 16], key_id };
        let signature = session.device.sign_request(&covered, &parameters);
        let signed = row.key.verifies(&signature_base(&covered, &parameters), &signature);
        if signed && key_id == row.caller.device { Ok(row.caller) } else { refuse(ErrorCode::BadSignature) }
    }

    /// Only devices in the log write and ask.
    pub(super) fn check_active(&self, caller: Caller) -> Result<(), RelayError> {
        let device = self.account_of(caller)?.log.device(&caller.device);
        if device.is_some_and(shared_types::log::DeviceState::is_active) {
            Ok(())
        } else {
            refuse(ErrorCode::NotAllowed)
        }
    }

    pub(super) fn start_sign_up(&mut self, request: &SignUpStartRequest) -> Result<MethodStartResponse, RelayError> {
        if self.accounts.contains_key(&request.account_id) {
            return refuse(ErrorCode::AccountExists);
        }
        let (nonce, challenge) = (Nonce(self.new_secret().0), WireBytes(self.new_secret().0.to_vec()));
        self.ceremonies.insert(nonce, Ceremony::SignUp(request.account_id));
        Ok(MethodStartResponse { challenge, nonce, password: None })
    }

    pub(super) fn finish_sign_up(&mut self, request: SignUpFinishRequest) -> Result<SessionGrant, RelayError> {
        let genesis = Entry::parse(&request.genesis.0).map_err(parse_refusal)?.0.hash();
        let founded = self.account(request.account_id).and_then(|account| account.log.hash_at(0));
        let started = self.ceremonies.get(&request.nonce);
        let is_started = matches!(started, Some(Ceremony::SignUp(account)) if *account == request.account_id);
        match founded {
            Some(founded) if founded == genesis && is_started => return self.finish_sign_up_again(&request),
            Some(founded) if founded == genesis => return refuse(ErrorCode::AccountExists),
            None if is_started => {}
            Some(_) | None => {
                self.ceremonies.remove(&request.nonce);
                return refuse(ErrorCode::SignInRefused);
            }
        }
        let (nonce, ceremony) = (request.nonce, Ceremony::SignUp(request.account_id));
        self.ceremonies.remove(&nonce);
        let log = LogState::verify(request.account_id, [request.genesis.0.as_slice()]).map_err(log_refusal)?;
        let genesis = &log.entries().first().expect("a verified log has a genesis").entry;
        let EntryBody::Genesis { founder, device, epoch, .. } = &genesis.body else {
            return refuse(ErrorCode::LogRefused);
        };
        let statement = SignUpStatement { account_id: request.account_id, nonce: request.nonce };
        if !founder.verifies(&statement.to_bytes(), &request.founder_signature) {
            return refuse(ErrorCode::SignInRefused);
        }
        check_copies(epoch, &request.copies)?;
        let (device, epoch, method) = (*device, epoch.number, methods::founding(&log));
        let account = Account {
            log,
            entries: vec![request.genesis.0],
            copies: request.copies.into_iter().map(|copy| (epoch, copy)).collect(),
            back_links: Vec::new(),
            anchors: request.anchors.into_iter().map(|anchor| (anchor.method, anchor)).collect(),
            batches: Vec::new(),
            newest_cursor: 0,
        };
        self.accounts.insert(request.account_id, account);
        // Whoever loses the answer finishes once more.
        self.ceremonies.insert(nonce, ceremony);
        Ok(self.begin_session(Caller { account: request.account_id, device: device.id }, device.signing, method))
    }

    /// The same founding once more: its answer was lost.
    fn finish_sign_up_again(&mut self, request: &SignUpFinishRequest) -> Result<SessionGrant, RelayError> {
        let account = self.account(request.account_id).ok_or(refusal(ErrorCode::SignInRefused))?;
        let genesis = &account.log.entries().first().expect("a verified log has a genesis").entry;
        let EntryBody::Genesis { founder, device, .. } = &genesis.body else {
            return refuse(ErrorCode::LogRefused);
        };
        let statement = SignUpStatement { account_id: request.account_id, nonce: request.nonce };
        if !founder.verifies(&statement.to_bytes(), &request.founder_signature) {
            return refuse(ErrorCode::SignInRefused);
        }
        let (caller, key) = (Caller { account: request.account_id, device: device.id }, device.signing);
        let method = methods::founding(&account.log);
        self.check_active(caller)?;
        Ok(self.begin_session(caller, key, method))
    }

    fn begin_session(&mut self, caller: Caller, key: SigningPublic, method: MethodId) -> SessionGrant {
        self.sessions.retain(|_, row| row.caller.device != caller.device);
        let token = self.new_secret().0.to_vec();
        let expires_at = self.now_s + SESSION_LIFE_S;
        self.sessions.insert(Hash::of(&[&token]), SessionRow { caller, key, method, expires_at });
        SessionGrant { token: WireBytes(token), expires_at }
    }

    pub(super) fn start_sign_in(&mut self, request: &SignInStartRequest) -> Result<SignInStartResponse, RelayError> {
        let (account_id, ceremony) = match request {
            SignInStartRequest::Passkey => (None, Ceremony::Passkey),
            SignInStartRequest::Password { .. } => return refuse(ErrorCode::SignInRefused),
            SignInStartRequest::Words { lookup_id } => {
                let has_words = |account: &Account| {
                    account.log.active_methods().any(|own| own.is_words() && own.part.credential_id == lookup_id.0)
                };
                let found = self.accounts.iter().find(|(_, account)| has_words(account));
                let account_id = *found.ok_or(refusal(ErrorCode::SignInRefused))?.0;
                (Some(account_id), Ceremony::Words(account_id))
            }
        };
        let nonce = Nonce(self.new_secret().0);
        self.ceremonies.insert(nonce, ceremony);
        Ok(SignInStartResponse { challenge: WireBytes(self.new_secret().0.to_vec()), nonce, account_id, ke2: None })
    }

    pub(super) fn finish_sign_in(&mut self, request: &SignInFinishRequest) -> Result<SessionGrant, RelayError> {
        let statement = self.check_sign_in(request)?;
        let caller = Caller { account: statement.account_id, device: statement.device_id };
        Ok(self.begin_session(caller, statement.signing, statement.method_id))
    }

    fn check_sign_in(&mut self, request: &SignInFinishRequest) -> Result<SignInStatement, RelayError> {
        let statement = SignInStatement::parse(&request.statement.0).map_err(parse_refusal)?;
        let ceremony = self.ceremonies.remove(&statement.nonce).ok_or(refusal(ErrorCode::SignInRefused))?;
        let refused = refusal(ErrorCode::SignInRefused);
        let log = &self.account(statement.account_id).ok_or(refused)?.log;
        let method = log.method(&statement.method_id).filter(|method| method.is_active()).ok_or(refused)?;
        let transcript = match ceremony {
            Ceremony::Words(account) if method.is_words() && account == statement.account_id => Hash::of(&[]),
            Ceremony::Passkey if matches!(method.part.kind, MethodKind::Passkey | MethodKind::SecurityKey) => {
                client_data_hash(request).ok_or(refused)?
            }
            Ceremony::Words(_) | Ceremony::Passkey | Ceremony::SignUp(_) | Ceremony::Registration(_) => {
                return Err(refused);
            }
        };
        let is_signed = method.part.signing.verifies(&request.statement.0, &request.method_signature)
            && statement.signing.verifies(&request.statement.0, &request.device_signature);
        let is_bound =
            statement.transcript_hash == transcript && statement.rp_id_hash == Hash::of(&[self.about.rp_id.as_bytes()]);
        let was_revoked = log.device(&statement.device_id).is_some_and(|device| !device.is_active());
        if !is_signed || !is_bound || was_revoked {
            return Err(refused);
        }
        Ok(statement)
    }

    pub(super) fn list_log(&self, caller: Caller) -> Result<LogResponse, RelayError> {
        let entries = self.account_of(caller)?.entries.iter().cloned().map(WireBytes).collect();
        Ok(LogResponse { entries })
    }

    /// Appends, and says which devices were signed out by it.
    pub(super) fn append_log(
        &mut self,
        caller: Caller,
        request: LogAppendRequest,
    ) -> Result<Vec<DeviceId>, RelayError> {
        let now_s = self.now_s;
        let parsed = request.entries.iter().map(|bytes| Entry::parse(&bytes.0).map(|(entry, _)| entry));
        let entries: Vec<Entry> = parsed.collect::<Result<_, _>>().map_err(parse_refusal)?;
        let added = methods::check_added(&self.ceremonies, caller, &entries, &request);
        let account = self.account_mut(caller)?;
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return refuse(ErrorCode::Malformed);
        };
        if entries.iter().all(|entry| account.log.hash_at(entry.seq) == Some(entry.hash())) {
            return Ok(Vec::new());
        }
        if first.seq != account.log.head().seq + 1 || first.previous != account.log.head().hash {
            return refuse(ErrorCode::LogConflict);
        }
        let bytes = request.entries.iter().map(|entry| entry.0.as_slice());
        let log = account.log.append_all(bytes).map_err(log_refusal)?;
        if entries.iter().any(|entry| entry.time_s.abs_diff(now_s) > MAX_LOG_TIME_SKEW_S) {
            return refuse(ErrorCode::LogRefused);
        }
        added?;
        match (&last.body, request.back_link) {
            (EntryBody::EpochAdvance { epoch, .. }, Some(link)) if link.sealing_epoch == epoch.number => {
                check_copies(epoch, &request.copies)?;
                account.copies.extend(request.copies.into_iter().map(|copy| (epoch.number, copy)));
                account.back_links.push(link);
            }
            (EntryBody::EpochAdvance { .. }, _) | (_, Some(_)) => return refuse(ErrorCode::LogRefused),
            (_, None) if request.copies.is_empty() => {}
            (_, None) => return refuse(ErrorCode::LogRefused),
        }
        account.log = log;
        account.entries.extend(request.entries.into_iter().map(|entry| entry.0));
        account.anchors.extend(request.anchors.into_iter().map(|anchor| (anchor.method, anchor)));
        let revoked: Vec<DeviceId> = entries.iter().filter_map(|entry| revoked_by(&entry.body)).collect();
        let removed: Vec<MethodId> = entries.iter().filter_map(|entry| methods::removed_by(&entry.body)).collect();
        self.sessions.retain(|_, row| !revoked.contains(&row.caller.device) && !removed.contains(&row.method));
        for registration in &request.registrations {
            self.ceremonies.remove(&registration.nonce);
        }
        Ok(revoked)
    }

    pub(super) fn list_epochs(&self, caller: Caller, recipient: PartyId) -> Result<EpochsResponse, RelayError> {
        let account = self.account_of(caller)?;
        let copies = account.copies.iter().filter(|(_, copy)| copy.recipient == recipient);
        let copies = copies.map(|(epoch, copy)| EpochCopy { epoch: *epoch, sealed: copy.sealed.clone() });
        Ok(EpochsResponse { copies: copies.collect(), back_links: account.back_links.clone() })
    }

    /// All or nothing; what stands already is accepted again.
    pub(super) fn push(&mut self, caller: Caller, body: PushBody) -> Result<PushResponse, RelayError> {
        self.check_active(caller)?;
        let at_s = self.now_s;
        let account = self.account_mut(caller)?;
        let mut newest = None;
        let mut new: Vec<StoredBatch> = Vec::new();
        for parcel in body.parcels {
            let signed = SignedBatch::parse(&parcel.batch).map_err(parse_refusal)?;
            check_batch(&account.log, caller, &signed, &parcel)?;
            let stands = account.batches.iter().find(|stands| is_at(&stands.signed, &signed));
            match stands {
                Some(stands) if stands.signed.hash == signed.hash => newest = Some(stands.cursor),
                Some(_) => return refuse(ErrorCode::ConflictingBatch),
                None => {
                    let before = account
                        .batches
                        .iter()
                        .chain(&new)
                        .rfind(|stands| stands.signed.batch.device_id == caller.device);
                    check_follows(before.map(|before| &before.signed), &signed)?;
                    let cursor = account.newest_cursor + 1 + u64::try_from(new.len()).expect("a push is short");
                    new.push(StoredBatch { cursor, at_s, signed, parcel });
                    newest = Some(cursor);
                }
            }
        }
        let cursor = newest.ok_or(refusal(ErrorCode::Malformed))?;
        account.newest_cursor = new.last().map_or(account.newest_cursor, |last| last.cursor);
        account.batches.extend(new);
        Ok(PushResponse { cursor: Cursor(cursor) })
    }

    /// Counts the saves of a day; sign-ins and questions are the true relay's to count.
    pub(super) fn count_day(&self, caller: Caller, day: u64) -> Result<SeenResponse, RelayError> {
        let account = self.account_of(caller)?;
        let mut counts = SeenCounts::default();
        for stands in account.batches.iter().filter(|stands| stands.at_s / DAY_S == day) {
            let envelopes = &stands.parcel.envelopes;
            let n_bytes =
                stands.parcel.batch.len() + envelopes.iter().map(|(_, envelope)| envelope.len()).sum::<usize>();
            let hour = usize::try_from(stands.at_s % DAY_S / 3600).expect("a day has 24 hours");
            let to_count = |n: usize| u64::try_from(n).expect("what is in memory can be counted");
            counts.add_save(hour, to_count(envelopes.len()), to_count(n_bytes));
        }
        Ok(SeenResponse { now: self.now_s, cursor: Cursor(account.newest_cursor), counts })
    }

    pub(super) fn load_page(&self, caller: Caller, after: Cursor) -> Result<PageBody, RelayError> {
        let account = self.account_of(caller)?;
        let mut rest = account.batches.iter().filter(|stands| stands.cursor > after.0).peekable();
        let mut page = PageBody { next: after, more: false, parcels: Vec::new() };
        let mut n_bytes = 0;
        while let Some(stands) = rest.peek() {
            let envelopes: usize = stands.parcel.envelopes.iter().map(|(_, envelope)| envelope.len() + 6).sum();
            n_bytes += stands.parcel.batch.len() + envelopes + 16;
            let is_full = page.parcels.len() == MAX_BATCHES_PER_REQUEST || n_bytes > MAX_PAGE_BYTES - 16;
            if is_full && !page.parcels.is_empty() {
                break;
            }
            page.next = Cursor(stands.cursor);
            page.parcels.push(stands.parcel.clone());
            rest.next();
        }
        page.more = rest.peek().is_some();
        Ok(page)
    }
}

fn client_data_hash(request: &SignInFinishRequest) -> Option<Hash> {
    let client_data = request.assertion.as_ref()?.get("response")?.get("clientDataJSON")?.as_str()?;
    Some(Hash::of(&[&data_encoding::BASE64URL_NOPAD.decode(client_data.as_bytes()).ok()?]))
}

fn parse_refusal(error: ParseError) -> RelayError {
    refusal(if error == ParseError::Unknown { ErrorCode::UnknownVersion } else { ErrorCode::Malformed })
}

fn log_refusal(error: LogError) -> RelayError {
    if let LogFault::Malformed(fault) = error.fault {
        return parse_refusal(fault);
    }
    if error.fault == LogFault::OutOfSequence {
        return refusal(ErrorCode::LogConflict);
    }
    refusal(if error.fault == LogFault::Empty { ErrorCode::Malformed } else { ErrorCode::LogRefused })
}

fn check_copies(epoch: &EpochPart, copies: &[SealedCopy]) -> Result<(), RelayError> {
    let given: BTreeSet<_> = copies.iter().map(|copy| (copy.recipient, Hash::of(&[&copy.sealed.0]))).collect();
    let listed: BTreeSet<_> = epoch.copies.iter().copied().collect();
    if given == listed && copies.len() == listed.len() { Ok(()) } else { refuse(ErrorCode::LogRefused) }
}

fn revoked_by(body: &EntryBody) -> Option<DeviceId> {
    if let EntryBody::DeviceRevoke { device, .. } = body { Some(*device) } else { None }
}

fn is_at(stands: &SignedBatch, signed: &SignedBatch) -> bool {
    stands.batch.device_id == signed.batch.device_id && stands.batch.seq == signed.batch.seq
}

fn check_batch(log: &LogState, caller: Caller, signed: &SignedBatch, parcel: &BatchParcel) -> Result<(), RelayError> {
    let batch = &signed.batch;
    if batch.account_id != caller.account || batch.device_id != caller.device {
        return refuse(ErrorCode::NotAllowed);
    }
    let author = log.device(&caller.device).ok_or(refusal(ErrorCode::NotAllowed))?;
    let is_on_log = log.hash_at(batch.log.seq) == Some(batch.log.hash)
        && log.is_device_active_at(&caller.device, batch.log.seq)
        && !log.is_rotation_due_before_batches(batch.log.seq)
        && batch.seen.iter().all(|head| log.device(&head.device).is_some());
    let envelopes = parcel.envelopes.iter().map(|(index, envelope)| (usize::from(*index), Hash::of(&[envelope])));
    let has_its_envelopes = envelopes.eq(batch.leaves.iter().map(|leaf| leaf.envelope_hash).enumerate());
    if is_on_log && has_its_envelopes && signed.is_signed_by(&author.part.signing) {
        Ok(())
    } else {
        refuse(ErrorCode::BatchRefused)
    }
}

fn check_follows(before: Option<&SignedBatch>, signed: &SignedBatch) -> Result<(), RelayError> {
    let next_seq = before.map_or(0, |before| before.batch.seq + 1);
    if signed.batch.seq != next_seq {
        return refuse(ErrorCode::WrongSequence);
    }
    if signed.batch.previous != before.map_or(Hash::ZERO, |before| before.hash) {
        return refuse(ErrorCode::ConflictingBatch);
    }
    if before.is_some_and(|before| before.batch.log.seq > signed.batch.log.seq) {
        return refuse(ErrorCode::BatchRefused);
    }
    Ok(())
}
