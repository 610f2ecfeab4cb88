//! Blocks as elements. A block that grows keeps its element; only its words are drawn again.

use client_core::view::blocks::{Alignment, Block, CodeClass, CodeSpan, Inline};
use leptos::prelude::*;

use crate::{shell::LiveBlock, ui::CopyButton, words::message as said};

/// The blocks of a message.
#[component]
pub fn LiveBlocks(
    /// The blocks.
    blocks: ArcRwSignal<Vec<LiveBlock>>,
) -> impl IntoView {
    view! {
        <For each=move || blocks.get() key=|live| live.key children=|live| {
            view! { <div class="live-block">{draw_live(live.block)}</div> }
        }/>
    }
}

fn draw_live(block: ArcRwSignal<Block>) -> AnyView {
    if let Block::Code { language, .. } = block.get_untracked() {
        // Its bar stays while the code grows: a finger may be on the button.
        return code(language.as_deref(), move || block.with(code_spans)).into_any();
    }
    (move || block.with(draw)).into_any()
}

fn draw(block: &Block) -> AnyView {
    match block {
        Block::Paragraph(inlines) => view! { <p>{run(inlines)}</p> }.into_any(),
        Block::Heading { level, inlines } => heading(*level, inlines),
        Block::List { start: None, items } => view! { <ul>{list_items(items)}</ul> }.into_any(),
        Block::List { start: Some(first), items } => {
            view! { <ol start=first.to_string()>{list_items(items)}</ol> }.into_any()
        }
        Block::Quote(blocks) => view! { <blockquote>{blocks.iter().map(draw).collect_view()}</blockquote> }.into_any(),
        Block::Code { language, .. } => {
            let spans = code_spans(block);
            code(language.as_deref(), move || spans.clone()).into_any()
        }
        Block::Table { alignments, head, rows } => table(alignments, head, rows).into_any(),
        Block::Rule => view! { <hr/> }.into_any(),
    }
}

/// A heading inside an answer stands below the page's own.
fn heading(level: u8, inlines: &[Inline]) -> AnyView {
    let inlines = run(inlines);
    match level {
        ..=1 => view! { <h2>{inlines}</h2> }.into_any(),
        2 => view! { <h3>{inlines}</h3> }.into_any(),
        3 => view! { <h4>{inlines}</h4> }.into_any(),
        4 => view! { <h5>{inlines}</h5> }.into_any(),
        5.. => view! { <h6>{inlines}</h6> }.into_any(),
    }
}

fn list_items(items: &[Vec<Block>]) -> impl IntoView + use<> {
    items.iter().map(|blocks| view! { <li>{blocks.iter().map(draw).collect_view()}</li> }).collect_view()
}

fn table(alignments: &[Alignment], head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> impl IntoView + use<> {
    let class = |column: usize| match alignments.get(column) {
        Some(Alignment::Center) => "center",
        Some(Alignment::End) => "end",
        Some(Alignment::Start) | None => "start",
    };
    let head = head
        .iter()
        .enumerate()
        .map(|(column, cell)| view! { <th scope="col" class=class(column)>{run(cell)}</th> })
        .collect_view();
    let rows = rows
        .iter()
        .map(|row| {
            let cells = row.iter().enumerate().map(|(column, cell)| view! { <td class=class(column)>{run(cell)}</td> });
            view! { <tr>{cells.collect_view()}</tr> }
        })
        .collect_view();
    view! {
        <div class="table">
            <table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
}

fn code_spans(block: &Block) -> Vec<CodeSpan> {
    if let Block::Code { spans, .. } = block { spans.clone() } else { Vec::new() }
}

fn code<S>(language: Option<&str>, spans: S) -> impl IntoView + use<S>
where
    S: Fn() -> Vec<CodeSpan> + Clone + Send + Sync + 'static,
{
    let copied = spans.clone();
    let whole = move |()| untrack(|| copied().into_iter().map(|span| span.text).collect::<String>());
    let drawn = move || {
        spans().into_iter().map(|span| view! { <span class=code_class(span.class)>{span.text}</span> }).collect_view()
    };
    view! {
        <div class="code" role="group" aria-label=said::code(language)>
            <div class="bar">
                <span>{language.unwrap_or(said::SOME_CODE).to_owned()}</span>
                <CopyButton class="button quiet small" label=said::COPY_CODE shown=said::COPY_CODE text=whole/>
            </div>
            <pre tabindex="0"><code>{drawn}</code></pre>
        </div>
    }
}

fn code_class(class: CodeClass) -> &'static str {
    match class {
        CodeClass::Plain => "plain",
        CodeClass::Keyword => "keyword",
        CodeClass::Text => "text",
        CodeClass::Number => "number",
        CodeClass::Comment => "comment",
        CodeClass::Function => "function",
        CodeClass::Type => "type",
        CodeClass::Name => "name",
        CodeClass::Mark => "mark",
    }
}

fn run(inlines: &[Inline]) -> Vec<AnyView> {
    inlines.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> AnyView {
    match inline {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Strong(inner) => view! { <strong>{run(inner)}</strong> }.into_any(),
        Inline::Emphasis(inner) => view! { <em>{run(inner)}</em> }.into_any(),
        Inline::Strike(inner) => view! { <s>{run(inner)}</s> }.into_any(),
        Inline::Code(text) => view! { <code>{text.clone()}</code> }.into_any(),
        Inline::Link { href, host, inlines } => view! {
            <a href=href.clone() target="_blank" rel="noopener noreferrer nofollow">{run(inlines)}</a>
            " "
            // Whatever direction the words before it have, the host is read as it is.
            <bdi class="host">{format!("({host})")}</bdi>
        }
        .into_any(),
        Inline::Break => view! { <br/> }.into_any(),
    }
}
