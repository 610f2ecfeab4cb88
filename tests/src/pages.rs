//! Page objects: what a person does on each page, in the words of the interface.

mod chat;
mod doors;
mod models;
mod password;
mod settings;
mod versions;

pub use chat::Chat;
pub use doors::{Kit, Locked, Welcome};
pub use models::{Models, Receipt};
pub use password::{App, Password, Secrets};
pub use settings::{ByWords, Security, Storage};
