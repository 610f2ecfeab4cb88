//! What this device knows of the account's password: the name that goes with it, and the account secret.
//!
//! Both are sealed like everything here; neither is synced: a device learns them from its owner, or from the device that
//! let it in.

use std::rc::Rc;

use shared_types::ids::MethodId;
use shared_types::log::MethodKind;

use super::Vault;
use super::open::{LockedRows, OpenVaultError, to_error};
use super::rows::RowName;
use crate::keys::AccountSecret;
use crate::records::PasswordRow;

impl Vault {
    /// The name that goes with the account's password, as far as this device knows.
    pub fn password(&self) -> Option<&PasswordRow> {
        self.password.as_ref()
    }

    /// The account secret, if this device has it.
    pub fn account_secret(&self) -> Option<&Rc<AccountSecret>> {
        self.account_secret.as_ref()
    }

    /// Whether its owner need type neither name nor account code here.
    pub fn knows_password(&self) -> bool {
        self.password.as_ref().is_some_and(|known| known.is_portable || self.account_secret.is_some())
    }

    /// Keeps what its owner signed in with.
    pub fn keep_password(&mut self, password: PasswordRow, secret: Option<Rc<AccountSecret>>) {
        if self.password.as_ref() != Some(&password) {
            self.password = Some(password);
            self.dirty.insert(RowName::Password);
        }
        if let Some(secret) = secret {
            self.keep_account_secret(secret);
        }
    }

    /// Keeps the account secret.
    pub fn keep_account_secret(&mut self, secret: Rc<AccountSecret>) {
        if self.account_secret.as_ref().is_none_or(|kept| kept.bytes() != secret.bytes()) {
            self.account_secret = Some(secret);
            self.dirty.insert(RowName::AccountSecret);
        }
    }

    /// Whether a password of the account may sign, beside one that goes.
    pub fn has_password_beside(&self, going: Option<MethodId>) -> bool {
        self.log
            .active_methods()
            .any(|method| method.part.kind == MethodKind::Password && Some(method.part.id) != going)
    }

    pub(super) fn read_password(&mut self, rows: &LockedRows) -> Result<(), OpenVaultError> {
        self.password = self.read_named(rows, RowName::Password)?;
        let name = RowName::AccountSecret;
        let secret = self.read_best(rows, name, |vault, envelope| {
            let (table, row_key) = (name.table().number(), vault.row_key(name));
            AccountSecret::from_row(&vault.sealer, table, &row_key, envelope).map_err(to_error)
        })?;
        self.account_secret = secret.map(Rc::new);
        Ok(())
    }
}
