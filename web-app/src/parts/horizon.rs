//! The welcome panel: above the line what the server can see, below it what stays.

use leptos::prelude::*;

use crate::{
    ui::{Icon, Picture},
    words::welcome,
};

/// What a line says, and its icon.
type Line = (Picture, (&'static str, &'static str));

const SEEN: [Line; 3] =
    [(Picture::User, welcome::ACCOUNT), (Picture::Clock, welcome::SAVES), (Picture::Send, welcome::QUESTION)];
const UNSEEN: [Line; 4] = [
    (Picture::Lock, welcome::CHATS),
    (Picture::Edit, welcome::DRAFTS),
    (Picture::Device, welcome::DEVICES),
    (Picture::Key, welcome::KEYS),
];

/// The panel.
#[component]
pub fn Horizon() -> impl IntoView {
    view! {
        <aside aria-labelledby="see">
            <h2 id="see">{welcome::SEE}</h2>
            <div class="horizon">
                <section aria-labelledby="can">
                    <h3 id="can">{welcome::CAN}</h3>
                    {lines(&SEEN)}
                </section>
                <div class="edge-of-device"><span>{welcome::EDGE}</span></div>
                <section class="mine" aria-labelledby="cannot">
                    <h3 id="cannot">{welcome::CANNOT}</h3>
                    {lines(&UNSEEN)}
                </section>
            </div>
        </aside>
    }
}

fn lines(lines: &'static [Line]) -> impl IntoView {
    let items = lines.iter().map(|&(picture, (bold, rest))| {
        view! { <li><Icon picture=picture/><span><b>{bold}</b>{rest}</span></li> }
    });
    view! { <ul role="list">{items.collect_view()}</ul> }
}
