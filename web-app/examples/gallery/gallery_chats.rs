//! States of the chat page.

use client_core::view::{
    AuthorView, ChatId, ChatRowState, ChatRowView, ConversationView, Delta, IntegrityState, MessageState, MessageView,
    NoticeView, Problem, ScreenView, StatusView,
    blocks::{Alignment, Block, CodeClass, CodeSpan, Inline},
};
use shared_types::{
    account::{ModelOffer, ModelPlace, ModelState},
    ids::TurnId,
};

const HOUR_MS: u64 = 3_600_000;
const TITLES: [&str; 9] = [
    "Rename scans by date",
    "Heat pump quote",
    "Talk for the reading group",
    "Is this rash worth a call",
    "Portuguese, lesson 12",
    "Notes from the tax office",
    "Bike brakes that squeal",
    "Letter to the council",
    "A chat whose title is much too long for the rail that it stands in",
];

/// What a tab hears first.
pub(crate) fn attached(state: &str) -> Vec<Delta> {
    let rows = if state == "empty" { Vec::new() } else { rows(state) };
    let mut deltas = vec![Delta::Models(vec![offer()]), Delta::Status(status(state))];
    if state != "loading" {
        deltas.push(Delta::ChatList(rows));
    }
    deltas.push(Delta::Screen(ScreenView::Open));
    deltas
}

/// What a tab hears when it opens a chat.
pub(crate) fn opened(state: &str, chat: ChatId) -> Vec<Delta> {
    if state == "loading" {
        return Vec::new();
    }
    let title = TITLES.get(usize::from(chat.0[0])).map(|title| (*title).to_owned());
    let integrity = if state == "altered" { IntegrityState::Altered } else { IntegrityState::Verified };
    let mut deltas = vec![Delta::Conversation(ConversationView {
        id: chat,
        title,
        messages: messages(state),
        has_earlier: state == "long",
        draft: String::new(),
        integrity,
        problem: None,
        model: None,
    })];
    if state == "notice" {
        deltas.push(Delta::Notice(NoticeView::Trouble(Problem::StorageFull)));
    }
    deltas
}

/// What a tab hears when it asks: the whole life of an answer, without its pauses.
pub(crate) fn asked(chat: Option<ChatId>, text: &str) -> Vec<Delta> {
    let is_new = chat.is_none();
    let chat = chat.unwrap_or(ChatId([200; 16]));
    let asked = question(50, text, MessageState::Done);
    let mut deltas = if is_new {
        let row = ChatRowView {
            id: chat,
            title: Some(text.to_owned()),
            changed_ms: web_app::browser::now_ms(),
            state: ChatRowState::Writing,
        };
        let view = ConversationView {
            id: chat,
            title: None,
            messages: vec![asked],
            has_earlier: false,
            draft: String::new(),
            integrity: IntegrityState::Verified,
            problem: None,
        };
        vec![Delta::ChatRow(row), Delta::Conversation(view)]
    } else {
        vec![Delta::Message { chat, message: asked }]
    };
    deltas.push(Delta::Message { chat, message: answer(50, Vec::new(), MessageState::Thinking) });
    let whole = code_answer();
    for (nth, block) in whole.iter().enumerate() {
        let message = answer(50, Vec::new(), MessageState::Writing).id;
        let blocks = vec![block.clone()];
        deltas.push(Delta::Grew { chat, message, from_block: nth, blocks, state: MessageState::Writing });
    }
    if text != "go on" {
        deltas.push(Delta::Message { chat, message: answer(50, whole, MessageState::Done) });
    }
    deltas
}

/// What a tab hears when a chat is deleted.
pub(crate) fn deleted(chat: ChatId) -> Vec<Delta> {
    vec![Delta::ChatGone(chat), Delta::Notice(NoticeView::ChatDeleted(chat))]
}

fn rows(state: &str) -> Vec<ChatRowView> {
    let now_ms = web_app::browser::now_ms();
    let row = |(nth, title): (usize, &&str)| ChatRowView {
        id: ChatId([u8::try_from(nth).expect("few chats"); 16]),
        title: Some((*title).to_owned()),
        changed_ms: now_ms - HOUR_MS * 17 * u64::try_from(nth).expect("few chats"),
        state: match (state, nth) {
            ("streaming" | "thinking", 0) => ChatRowState::Writing,
            ("offline", 0) => ChatRowState::Waiting,
            ("altered", 0) => ChatRowState::NeedsLook(IntegrityState::Altered),
            _ => ChatRowState::Calm,
        },
    };
    TITLES.iter().enumerate().map(row).collect()
}

fn status(state: &str) -> StatusView {
    let calm = StatusView { online: true, n_unsent: 0, integrity: IntegrityState::Verified, problem: None, lead: None };
    match state {
        "offline" => StatusView { online: false, n_unsent: 3, ..calm },
        "streaming" => StatusView { n_unsent: 1, ..calm },
        "altered" => StatusView { integrity: IntegrityState::Altered, ..calm },
        _ => calm,
    }
}

fn offer() -> ModelOffer {
    ModelOffer {
        id: "smollm2".to_owned(),
        label: String::new(),
        place: ModelPlace::Server,
        owner: "this server".to_owned(),
        region: None,
        policy: None,
        state: ModelState::Ready,
        context_tokens: 2048,
    }
}

fn messages(state: &str) -> Vec<MessageView> {
    let first = question(1, "Is €14,200 a fair price for a heat pump in a house of 110 m²?", MessageState::Done);
    let second = question(
        2,
        "I have 300 scans named scan_0001.pdf and on. Write a loop that renames each to the day it was made.",
        MessageState::Done,
    );
    match state {
        "first" => vec![first, answer(1, table_answer(), MessageState::Done)],
        "thinking" => vec![first, answer(1, Vec::new(), MessageState::Thinking)],
        "streaming" => vec![second, answer(2, code_answer(), MessageState::Writing)],
        "stopped" => vec![second, answer(2, code_answer(), MessageState::Stopped)],
        "failed" => vec![second, answer(2, code_answer(), MessageState::Failed(Problem::AnswerCut))],
        "preparing" => vec![question(1, "Are you there?", MessageState::WaitingForModel { wait_s: 180 })],
        "offline" => vec![
            first,
            answer(1, table_answer(), MessageState::Done),
            question(2, "Write a short, friendly mail asking about the tank price.", MessageState::WaitingOffline),
        ],
        _ => vec![
            first,
            answer(1, table_answer(), MessageState::Done),
            second,
            answer(2, code_answer(), MessageState::Done),
        ],
    }
}

fn question(nth: u8, text: &str, state: MessageState) -> MessageView {
    message(nth, AuthorView::You, text, vec![Block::Paragraph(vec![plain(text)])], state)
}

fn answer(nth: u8, blocks: Vec<Block>, state: MessageState) -> MessageView {
    message(nth + 100, AuthorView::Model { offer: Some(offer()) }, "As written.", blocks, state)
}

fn message(nth: u8, author: AuthorView, text: &str, blocks: Vec<Block>, state: MessageState) -> MessageView {
    let written_ms = web_app::browser::now_ms() - HOUR_MS;
    MessageView {
        id: TurnId([nth; 16]),
        author,
        written_ms,
        text: text.to_owned(),
        blocks,
        state,
        versions: None,
        edit: None,
    }
}

fn table_answer() -> Vec<Block> {
    let row = |cells: [&str; 4]| cells.iter().map(|cell| vec![plain(cell)]).collect();
    let link = Inline::Link {
        href: "https://energy-advice.example/pumps".to_owned(),
        host: "energy-advice.example".to_owned(),
        inlines: vec![plain("price survey")],
    };
    vec![
        Block::Paragraph(vec![
            Inline::Strong(vec![plain("Yes, except for the tank.")]),
            plain(" The rest is inside the usual range."),
        ]),
        Block::Table {
            alignments: vec![Alignment::Start, Alignment::End, Alignment::End, Alignment::Start],
            head: row(["Item", "Your quote", "Usual range", "Verdict"]),
            rows: vec![
                row(["Heat pump, 8 kW", "€7,900", "€7,000–9,000", "Fair"]),
                row(["Installation", "€4,100", "€3,000–4,500", "Fair"]),
                row(["Hot-water tank, 200 l", "€2,200", "€1,200–1,800", "High"]),
            ],
        },
        Block::Paragraph(vec![plain("Ask for the tank’s model number. See a "), link, plain(".")]),
    ]
}

fn code_answer() -> Vec<Block> {
    let span = |class, text: &str| CodeSpan { class, text: text.to_owned() };
    vec![
        Block::Paragraph(vec![plain(
            "This keeps every file: if two scans share a day, the second gets a short number at the end.",
        )]),
        Block::Code {
            language: Some("bash".to_owned()),
            spans: vec![
                span(CodeClass::Comment, "# Rename every scan to the day it was made.\n"),
                span(CodeClass::Keyword, "for"),
                span(CodeClass::Plain, " f "),
                span(CodeClass::Keyword, "in"),
                span(CodeClass::Text, " scan_*.pdf"),
                span(CodeClass::Plain, "; "),
                span(CodeClass::Keyword, "do\n"),
                span(CodeClass::Name, "  day"),
                span(CodeClass::Plain, "=$(pdfinfo "),
                span(CodeClass::Text, "\"$f\""),
                span(CodeClass::Plain, " | awk "),
                span(CodeClass::Text, "'/CreationDate/ {print $6\"-\"$3\"-\"$4}'"),
                span(CodeClass::Plain, ")\n  mv -v "),
                span(CodeClass::Text, "\"$f\" \"$day.pdf\"\n"),
                span(CodeClass::Keyword, "done"),
            ],
        },
        Block::List {
            start: None,
            items: vec![
                vec![Block::Paragraph(vec![plain("Run it first in a folder with three copies.")])],
                vec![Block::Paragraph(vec![
                    plain("It needs the "),
                    Inline::Code("pdfinfo".to_owned()),
                    plain(" tool, which most systems"),
                ])],
            ],
        },
    ]
}

fn plain(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}
