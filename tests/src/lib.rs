//! What the end-to-end tests stand on: Chromium, the product's processes, and its pages.

pub mod author;
pub mod browser;
pub mod canary;
pub mod chromedriver;
pub mod drawn;
pub mod fake_model;
pub mod firefox;
pub mod gateway;
pub mod keyboard;
pub mod pages;
pub mod release;
pub mod run_script;
pub mod screen;
pub mod server;
pub mod static_site;
pub mod stored;
pub mod tour;
pub mod wiretap;
