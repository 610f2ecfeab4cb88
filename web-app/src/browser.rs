//! What the page needs from the browser; the only place of web-app that speaks to it.

mod camera;
mod clock;
mod core_port;
mod files;
mod focus;
mod generation;
mod route;
mod scroll;
mod storage;
mod tab;
mod theme;
mod update;
mod webauthn;

pub use camera::{Camera, CameraTrouble};
pub use clock::{LocalTime, now_ms};
pub use core_port::{CorePort, FromCore};
pub use files::{copy_text, pasted_text, print_page, save_text};
pub use focus::{
    Step, focus_again, focus_button, focus_element, focus_first_item, focus_id, focus_step, focused_id,
    has_focus_inside, has_open_dialog, is_attended, is_in_field, press_deed, step_turn,
};
pub use generation::{core_name, first_generation, remember_generation};
pub use route::Route;
pub use scroll::{Follower, is_at_end, scroll_to_end};
pub use storage::ask_to_keep;
pub use tab::{grow, is_mac, is_online, is_phone, is_wide, on_leave, origin, reload, remove_static_shell, set_title};
pub use theme::{Theme, switch_theme, theme};
pub use update::{ask_for_update, on_update, take_update};
pub use webauthn::answer_gesture;
