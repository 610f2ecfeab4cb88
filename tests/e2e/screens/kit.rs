//! The recovery kit: shown, kept as a file or on paper, and three of its words typed again.

use std::fs;

use anyhow::{Context, Result, bail};
use e2e::pages::{Kit, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::Stage;
use serde_json::json;
use tempfile::TempDir;

/// Keeps what the page hands out as files: their kind and size, and whether their address was given back.
const KEEP_FILES: &str = "
    globalThis.files = [];
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => {
        const address = make(blob);
        globalThis.files.push({ address, kind: blob.type, isBlob: blob instanceof Blob, isOpen: true });
        return address;
    };
    const end = URL.revokeObjectURL.bind(URL);
    URL.revokeObjectURL = (address) => {
        for (const file of globalThis.files) if (file.address === address) file.isOpen = false;
        end(address);
    };";

/// Keeps that the page asked to be printed.
const KEEP_PRINT: &str = "globalThis.print = () => { globalThis.printed = true; };";

const FIRST_WORD_STYLE: &str = "getComputedStyle(document.querySelector('main ol[role=list] li > :last-child')).filter";

async fn kit_of<'a>(stage: &Stage, screen: &'a Screen<'_>) -> Result<(Kit<'a>, Vec<String>)> {
    stage.browser.prefer("light", "reduce").await?;
    let kit = Welcome(screen).create_account().await?;
    let words = kit.words().await?;
    Ok((kit, words))
}

#[tokio::test]
async fn the_words_are_saved_as_a_file_that_never_was_on_the_wire() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let downloads = TempDir::new()?;
    let path = downloads.path().display().to_string();
    stage.browser.devtools("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": path })).await?;
    let (_, words) = kit_of(&stage, &screen).await?;
    stage.browser.evaluate(KEEP_FILES).await?;

    screen.press("button", "Download").await?;
    let file = downloads.path().join("sotto-recovery-words.txt");
    let text = wait_for_file(&stage, &file).await?;

    let head = "Recovery words of a Sotto account. Whoever has them can open it.\n".to_owned();
    let lines = words.iter().enumerate().map(|(index, word)| format!("{:>2}  {word}", index + 1));
    let expected: Vec<String> = [head].into_iter().chain(lines).collect();
    assert_eq!(text, expected.join("\n") + "\n");
    let files = stage.browser.evaluate("globalThis.files").await?;
    assert_eq!(files.as_array().context("no list of files")?.len(), 1, "{files}");
    let kept = (&files[0]["kind"], &files[0]["isBlob"], &files[0]["isOpen"]);
    assert_eq!(kept, (&json!("text/plain"), &json!(true), &json!(false)));
    let asked = stage.browser.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)").await?;
    assert!(!asked.to_string().contains("recovery-words"), "the file was fetched: {asked}");
    Ok(())
}

async fn wait_for_file(stage: &Stage, file: &std::path::Path) -> Result<String> {
    for _ in 0..200 {
        if let Ok(text) = fs::read_to_string(file)
            && !text.is_empty()
        {
            return Ok(text);
        }
        stage.browser.evaluate("new Promise((done) => setTimeout(() => done(true), 20))").await?;
    }
    bail!("{} was not written", file.display())
}

#[tokio::test]
async fn a_wrong_word_is_marked_and_no_account_is_made() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let (kit, words) = kit_of(&stage, &screen).await?;
    let asked = kit.asked().await?;
    assert_eq!(asked.len(), 3, "{asked:?}");
    let [first, wrong, last] = [0, 1, 2].map(|index| format!("Word {}", asked[index]));
    assert!(!screen.find("button", "Finish").await?.enabled, "nothing is typed yet");
    for (field, place) in [(&first, asked[0]), (&last, asked[2])] {
        screen.write_over(Name::Is(field), &words[place - 1]).await?;
    }
    screen.write_over(Name::Is(&wrong), "nothing").await?;

    screen.press("button", "Finish").await?;
    screen.find("alert", Name::Any).await?;
    let marked: Vec<String> =
        screen.things().await?.into_iter().filter(|thing| thing.is("invalid")).map(|thing| thing.name).collect();
    assert_eq!(marked, std::slice::from_ref(&wrong), "the wrong one and no other");
    screen.find("StaticText", "Not this word. Look at your copy again.").await?;
    screen.find("region", "Your recovery words").await?;

    screen.write_over(Name::Is(&wrong), &words[asked[1] - 1].to_uppercase()).await?;
    screen.press("button", "Finish").await?;
    screen.find("textbox", "Message").await.map(drop)
}

#[tokio::test]
async fn the_words_blur_while_they_are_typed_and_can_be_hidden() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let (kit, words) = kit_of(&stage, &screen).await?;
    let place = kit.asked().await?[0];
    assert_eq!(stage.browser.evaluate(FIRST_WORD_STYLE).await?, json!("none"));
    screen.fill(Name::Is(&format!("Word {place}")), "x").await?;
    stage.browser.wait_until(&format!("{FIRST_WORD_STYLE} === 'blur(7px)'")).await?;
    screen.press("button", "Hide words").await?;
    screen.find("button", "Show words").await?;
    // No field has the focus any more.
    stage.browser.wait_until(&format!("{FIRST_WORD_STYLE} === 'none'")).await?;
    let region = screen.find("region", "Your recovery words").await?;
    let hidden = screen.text_of(&region).await?;
    assert!(words.iter().all(|word| !hidden.split_whitespace().any(|shown| shown == word)), "{hidden}");
    screen.press("button", "Show words").await?;
    screen.find("button", "Hide words").await?;
    assert_eq!(kit.words().await?, words);
    Ok(())
}

/// Words of the page that have no place on paper.
const OF_THE_PAGE: [&str; 7] =
    ["Download", "Hidewords", "Showwords", "Checkyourcopy", "Finish", "Switchtheme", "Recoverywords2"];

#[tokio::test]
async fn on_paper_is_one_sheet_with_the_whole_kit_and_nothing_of_the_app() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let (kit, words) = kit_of(&stage, &screen).await?;
    stage.browser.evaluate(KEEP_PRINT).await?;
    screen.press("button", "Hide words").await?;
    screen.press("button", "Print").await?;
    stage.browser.wait_until("globalThis.printed === true").await?;

    // Dots on paper would open nothing.
    let printed = stage.browser.print().await?;
    assert_eq!(printed.n_pages, 1);
    let numbered: Vec<String> = words.iter().enumerate().map(|(index, word)| format!("{}{word}", index + 1)).collect();
    assert!(printed.letters.contains(&numbered.concat()), "not all words in their order: {printed:?}");
    let address = stage.relay.origin();
    for part in ["Sottorecoverykit", "Madeon", &address, "«Ialreadyhaveanaccount»", "Wheretokeepthispage"] {
        assert!(printed.letters.contains(part), "{part} is not on the sheet: {printed:?}");
    }
    for part in OF_THE_PAGE {
        assert!(!printed.letters.contains(part), "{part} is on the sheet: {printed:?}");
    }

    let ground = "getComputedStyle(document.documentElement).backgroundColor";
    stage.browser.see_as_printed("dark").await?;
    assert_eq!(stage.browser.evaluate(ground).await?, json!("rgb(255, 255, 255)"), "paper is white");
    let ink = "getComputedStyle(document.querySelector('main:last-of-type h1')).color";
    assert_eq!(stage.browser.evaluate(ink).await?, json!("rgb(0, 0, 0)"), "ink is black");
    stage.browser.prefer("light", "reduce").await?;
    screen.press("button", "Show words").await?;
    assert_eq!(kit.words().await?, words);
    Ok(())
}
