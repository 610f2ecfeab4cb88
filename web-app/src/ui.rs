//! Small pieces without knowledge of the product: icons, buttons, menus, notes, the dialog.

mod button;
mod dialog;
mod icon;
mod logo;
mod menu;
mod note;
mod pause;
mod popover;
mod qr;
mod theme;

pub use button::{BusyButton, CopyButton, IconButton};
pub use dialog::{Dialog, modal};
pub use icon::{Icon, IconSize, Picture};
pub use logo::{Logo, Sign};
pub use menu::{Menu, MenuButton, MenuItem, MenuPlace};
pub use note::{Note, SaidNote, TroubleNote};
pub use pause::Pause;
pub use popover::Popover;
pub use qr::QrCode;
pub use theme::ThemeSwitch;
