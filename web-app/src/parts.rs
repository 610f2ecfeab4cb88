//! Pieces of pages: they know views and words, and nothing of each other's insides.

mod answer;
mod avatar;
mod blocks;
mod composer;
mod edit;
mod empty;
mod gate;
mod head;
mod horizon;
mod keys;
mod log;
mod newcomer;
mod picker;
mod question;
mod rail;
mod receipt;
mod rows;
mod settings;
mod strip;
mod toast;
mod update;
mod versions;

pub use composer::{Composer, MESSAGE_BOX};
pub use empty::EmptyChat;
pub use gate::Gate;
pub use head::{ChatHead, EmptyHead};
pub use horizon::Horizon;
pub use keys::{KeyList, KeysShown};
pub use log::{Log, LogSkeleton};
pub use rail::{ChatRail, Rail};
pub use receipt::Receipt;
pub use settings::{SettingsFrame, skeleton, table};
pub use strip::{SkipLink, Strip};
pub use toast::Toast;
pub use update::Update;
