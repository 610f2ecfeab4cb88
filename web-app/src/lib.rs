//! The web app: draws what the core tells and forwards what the person asks; decides nothing.

pub mod bridge;
pub mod browser;
#[expect(unreachable_pub, reason = "the macro of components makes their properties public")]
pub mod pages;
#[expect(unreachable_pub, reason = "the macro of components makes their properties public")]
pub mod parts;
pub mod shell;
#[expect(unreachable_pub, reason = "the macro of components makes their properties public")]
pub mod ui;
pub mod words;
