//! A QR code as a picture: dark on light in both themes, because cameras read no other, with the light edge that they want.

use std::fmt::Write;

use client_core::view::{QUIET_SQUARES, QrView};
use leptos::prelude::*;

/// The picture.
#[expect(clippy::needless_pass_by_value, reason = "what a component is given is its own")]
#[component]
pub fn QrCode(
    /// What is drawn.
    code: QrView,
    /// What it is, for those who do not see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let side = code.side() + 2 * QUIET_SQUARES;
    let path = code.runs().into_iter().fold(String::new(), |mut path, (column, row, n)| {
        let (x, y) = (column + QUIET_SQUARES, row + QUIET_SQUARES);
        write!(path, "M{x},{y}h{n}v1h-{n}z").expect("a text takes what is written");
        path
    });
    view! {
        <svg class="qr" viewBox=format!("0 0 {side} {side}") role="img" aria-label=label shape-rendering="crispEdges">
            <path d=path></path>
        </svg>
    }
}
