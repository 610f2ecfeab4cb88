//! What the end-to-end tests stand on: Chromium, the product's processes, and its pages.

pub mod browser;
pub mod canary;
pub mod chromedriver;
pub mod pages;
pub mod run_script;
pub mod screen;
pub mod server;
pub mod static_site;
pub mod wiretap;
