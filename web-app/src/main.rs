//! The page's entry, started by boot.js in every tab.

fn main() {
    console_error_panic_hook::set_once();
    web_app::shell::start();
}
