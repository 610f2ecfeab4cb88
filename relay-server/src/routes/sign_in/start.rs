//! `POST /v1/sign-in/start`: a challenge and a nonce; for words also the account that they open, for a password OPAQUE's
//! answer.
//!
//! A first message with a password counts before anything is known about it. The code of the authenticator app is used
//! up here; a wrong one, a used one and an unknown name go on with a record that does not exist, by the same queries.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::{Extension, Json};
use shared_types::account::{SignInStartRequest, SignInStartResponse};
use shared_types::error::ErrorCode;
use shared_types::ids::{Hash, WireBytes};
use shared_types::limits::MAX_CONTROL_BYTES;
use shared_types::password::{Code, Handle};

use crate::ceremonies::{self, Ceremony, SignInWithPassword};
use crate::db::{Db, DbError, Password};
use crate::error::RouteError;
use crate::passwords::Passwords;
use crate::random::random_bytes;
use crate::request_log::ClientAddress;
use crate::signed::Unsigned;
use crate::state::Relay;

/// Opens the ceremony.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    unsigned: Unsigned<MAX_CONTROL_BYTES>,
) -> Result<Json<SignInStartResponse>, RouteError> {
    let now = relay.clock.now_s();
    relay.windows.count_sign_in(address, now)?;
    let (mut account_id, mut ke2) = (None, None);
    let (challenge, ceremony) = match unsigned.json()? {
        SignInStartRequest::Passkey => {
            let (options, state) =
                relay.webauthn.start_discoverable_authentication().map_err(|_| RouteError::Passkey)?;
            (options.public_key.challenge, Ceremony::Passkey(Box::new(state)))
        }
        SignInStartRequest::Words { lookup_id } => {
            let found = relay.db.find_account_of_words(&lookup_id).await?;
            let account = found.ok_or(ErrorCode::SignInRefused)?;
            account_id = Some(account);
            (random_bytes::<32>().to_vec(), Ceremony::Words { account })
        }
        SignInStartRequest::Password { handle, ke1, code } => {
            let hash = relay.passwords.hash_of(&handle)?;
            relay.windows.count_first_message(address, hash, now)?;
            let rp_id = &relay.site.rp_id;
            let sign_in = begin(&relay.db, &relay.passwords, (&handle, &hash, rp_id), &ke1.0, &code, now).await?;
            ke2 = sign_in.exchanged.get(ke1.0.len()..).map(|ke2| WireBytes(ke2.to_vec()));
            (random_bytes::<32>().to_vec(), Ceremony::Password(Box::new(sign_in)))
        }
    };
    let nonce = ceremonies::open(&*relay.db, &ceremony, now).await?;
    Ok(Json(SignInStartResponse { challenge: WireBytes(challenge), nonce, account_id, ke2 }))
}

/// What is asked of the database for a password, so that a test can count it.
#[async_trait]
trait PasswordRows: Send + Sync {
    async fn find(&self, handle: &Hash) -> Result<Option<Password>, DbError>;
    async fn accept(&self, handle: &Hash, step: Option<u64>) -> Result<bool, DbError>;
}

#[async_trait]
impl PasswordRows for Arc<dyn Db> {
    async fn find(&self, handle: &Hash) -> Result<Option<Password>, DbError> {
        self.find_password(handle).await
    }

    async fn accept(&self, handle: &Hash, step: Option<u64>) -> Result<bool, DbError> {
        self.accept_step(handle, step).await
    }
}

async fn begin(
    rows: &impl PasswordRows,
    passwords: &Passwords,
    (handle, hash, rp_id): (&Handle, &Hash, &str),
    ke1: &[u8],
    code: &Code,
    now: u64,
) -> Result<SignInWithPassword, RouteError> {
    let found = rows.find(hash).await?;
    let step = passwords.find_step(hash, found.as_ref(), code, now);
    let is_fresh = rows.accept(hash, step).await?;
    let record = found.filter(|_| is_fresh).map(|found| found.record);
    let answered = passwords.answer((handle, hash), rp_id, record.as_deref(), ke1)?;
    let exchanged = [ke1, &answered.ke2].concat().try_into().map_err(|_| ErrorCode::Malformed)?;
    Ok(SignInWithPassword { handle: *hash, exchanged, state: answered.state })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use shared_types::ids::{AccountId, MethodId};

    use super::*;
    use crate::config::Config;

    /// What was asked, and what is found.
    struct Asked(Mutex<Vec<&'static str>>, Option<Password>);

    #[async_trait]
    impl PasswordRows for Asked {
        async fn find(&self, _: &Hash) -> Result<Option<Password>, DbError> {
            self.0.lock().unwrap().push("find");
            Ok(self.1.clone())
        }

        async fn accept(&self, _: &Hash, step: Option<u64>) -> Result<bool, DbError> {
            self.0.lock().unwrap().push("accept");
            Ok(step.is_some())
        }
    }

    #[tokio::test]
    async fn as_much_is_asked_of_the_database_whoever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let passwords = Passwords::load(&config).unwrap();
        let handle = Handle("noor".to_owned());
        let hash = passwords.hash_of(&handle).unwrap();
        let known = Password {
            handle: hash,
            account: AccountId([1; 16]),
            method: MethodId([2; 16]),
            record: Passwords::record_of(&crate::passwords::SOME_UPLOAD).unwrap(),
            totp_secret: passwords.seal_totp(&hash, b"12345678901234567890"),
            totp_step: 0,
        };
        // RFC 6238: at 59 s this secret's code is 287082.
        let mut answers = Vec::new();
        for (found, code) in [(None, "287082"), (Some(&known), "000000"), (Some(&known), "287082")] {
            let rows = Asked(Mutex::default(), found.cloned());
            let code = Code(code.to_owned());
            let begun = begin(&rows, &passwords, (&handle, &hash, "localhost"), &crate::passwords::SOME_KE1, &code, 59);
            let begun = begun.await.unwrap();
            assert_eq!(*rows.0.lock().unwrap(), ["find", "accept"]);
            answers.push(begun.state.len());
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    }
}
