//! Evidence as a file: the signed account log, what this device holds of every chain, and whatever did not verify, so
//! that anybody can check it with docs/formats.md and without this device. No key and no plaintext is in it.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::Vault;
use crate::account::state_code;
use crate::time::Timestamp;

impl Vault {
    /// The file, as JSON; every byte string in hex.
    pub fn evidence(&self, now: Timestamp) -> String {
        let heads = self.heads();
        let code = state_code(self.log.head(), &heads).join(" ");
        let head = |head: &shared_types::log::DeviceHead| -> Value {
            json!({ "device_id": hex(&head.device.0), "seq": head.seq, "hash": hex(&head.hash.0) })
        };
        let trouble = |trouble: &super::OpTrouble| -> Value {
            json!({
                "state": trouble.state,
                "device_id": hex(&trouble.author.0),
                "batch_seq": trouble.batch_seq,
                "leaf_index": trouble.leaf_index,
                "bytes": hex(&trouble.bytes),
            })
        };
        let file = json!({
            "format": "sotto-evidence/1",
            "account_id": hex(&self.account_id.0),
            "device_id": hex(&self.device.id().0),
            "saved_s": now.seconds(),
            "state_code": code,
            "log": self.entries.iter().map(|entry| hex(entry)).collect::<Vec<_>>(),
            "heads": heads.iter().map(head).collect::<Vec<_>>(),
            "troubles": self.troubles.iter().map(trouble).collect::<Vec<_>>(),
        });
        format!("{file:#}\n")
    }
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}
