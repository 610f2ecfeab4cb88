//! Two devices over one relay: sign up, ask, read on the second device; then everything that the relay saw, searched
//! for what it must not see. Ends with 1 if any of it is found.
#![expect(clippy::print_stdout, reason = "showing what the relay saw is what it is for")]

#[path = "../tests/stories/world.rs"]
#[expect(dead_code, reason = "stories use more of the world than this one does")]
mod world;

use std::process::ExitCode;

use client_core::intention::{GestureRequest, Intention};
use client_core::relay::fake::{Script, Seen};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

use world::World;

const DEVICE_NAME: &str = "Ottilie's kitchen laptop";
const QUESTION: &str = "Why do quolls sleep in pairs?";
const ANSWER: &str = "Nobody has asked the quolls, but warmth is likely.";
const TITLE: &str = "Marsupial naps, confidential";
const DRAFT: &str = "and what about numbats at noon";
/// Bytes of a message that are printed.
const SHOWN_BYTES: usize = 24;

/// Something that must not leave the devices.
struct Canary {
    what: &'static str,
    bytes: Vec<u8>,
}

impl Canary {
    fn text(what: &'static str, text: &str) -> Self {
        Self { what, bytes: text.as_bytes().to_vec() }
    }

    /// The ways in which it could be hidden in plain sight.
    fn disguises(&self) -> Vec<Vec<u8>> {
        let bytes = self.bytes.as_slice();
        let mut disguises = vec![bytes.to_vec(), HEXLOWER.encode(bytes).into(), HEXUPPER.encode(bytes).into()];
        // In the middle of something longer it may begin at any of three places of a group of base64.
        for n_before in 0..3 {
            let shifted = [vec![0; n_before], bytes.to_vec()].concat();
            let whole_groups = shifted.len() / 3 * 3;
            let inner = shifted.get(..whole_groups).expect("a prefix");
            for encoded in [BASE64.encode(inner), BASE64_NOPAD.encode(inner), BASE64URL_NOPAD.encode(inner)] {
                disguises.push(encoded.into_bytes().split_off(if n_before == 0 { 0 } else { 4 }));
            }
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            disguises.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
            disguises.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
            disguises.push(text.to_lowercase().into_bytes());
        }
        disguises
    }

    fn is_in(&self, haystack: &[u8]) -> bool {
        self.disguises().iter().any(|needle| haystack.windows(needle.len()).any(|window| window == needle.as_slice()))
    }
}

fn main() -> ExitCode {
    let mut world = World::new();
    let mut canaries = play(&mut world);
    canaries.extend(prf_outputs(&world));

    let seen = world.relay().seen();
    println!("what the relay saw: call, bytes, the first of them");
    for Seen { link, call, bytes } in &seen {
        let shown = HEXLOWER.encode(bytes.get(..SHOWN_BYTES.min(bytes.len())).unwrap_or_default());
        println!("{link:>7}  {call:<15} {:>7}  {shown}", bytes.len());
    }
    let prompts: Vec<&Seen> = seen.iter().filter(|seen| seen.call == "ask").collect();
    let question = Canary::text("question", QUESTION);
    let is_control_found = prompts.iter().any(|prompt| question.is_in(&prompt.bytes));
    println!("the question is in the prompt that its user sent: {is_control_found}");

    let mut n_readable = 0;
    for Canary { what, bytes } in &canaries {
        let canary = Canary { what, bytes: bytes.clone() };
        for found in seen.iter().filter(|seen| seen.call != "ask" && canary.is_in(&seen.bytes)) {
            println!("found: {what} in {} of {}", found.call, found.link);
            n_readable += bytes.len();
        }
        let is_promptable = matches!(*what, "question");
        for _ in prompts.iter().filter(|prompt| !is_promptable && canary.is_in(&prompt.bytes)) {
            println!("found: {what} in a prompt");
            n_readable += bytes.len();
        }
    }
    println!("searched {} calls for {} secrets, each in a dozen disguises", seen.len(), canaries.len());
    println!("readable bytes seen by the relay: {n_readable}");
    if is_control_found && n_readable == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays the story; returns what the relay must not have seen of it.
fn play(world: &mut World) -> Vec<Canary> {
    world.relay().script_answer(Script::of(ANSWER));
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: Some(DEVICE_NAME.to_owned()) });
    let words = world.on("laptop").kit().words;
    let asked = world.on("laptop").asked_words();
    world.on("laptop").want(Intention::ConfirmWords { words: asked.into() });
    println!("laptop: signed up");

    world.on("laptop").send(QUESTION);
    world.on("laptop").rename(TITLE).keep_draft(DRAFT);
    world.settle();
    println!("laptop: asked {QUESTION:?}, was answered {:?}", world.on("laptop").messages().last());

    world.add_device_like("phone", "laptop");
    world.on("phone").sign_in();
    world.settle();
    println!("phone:  reads {:?} with {:?}", world.on("phone").titles(), world.on("phone").messages());
    assert_eq!(world.on("phone").messages(), world.on("laptop").messages(), "both devices show the same");

    let mut canaries = vec![
        Canary::text("device name", DEVICE_NAME),
        Canary::text("question", QUESTION),
        Canary::text("answer", ANSWER),
        Canary::text("title", TITLE),
        Canary::text("draft", DRAFT),
    ];
    for pair in words.windows(2) {
        canaries.extend([" ", "", ",", "\",\""].map(|between| Canary::text("words", &pair.join(between))));
    }
    canaries
}

/// Everything that the authenticator computed for the two devices.
fn prf_outputs(world: &World) -> Vec<Canary> {
    let mut outputs = Vec::new();
    for name in ["laptop", "phone"] {
        for gesture in &world.tab(name).gestures {
            let inputs = match gesture {
                GestureRequest::Create { prf, .. } => prf.to_vec(),
                GestureRequest::Get { prf_first, prf_second, .. } => {
                    std::iter::once(prf_first).chain(prf_second).cloned().collect()
                }
                GestureRequest::Forget { .. } => Vec::new(),
            };
            let authenticator = world.authenticator(name);
            let computed = inputs.iter().map(|input| authenticator.newest_prf_output(input));
            outputs.extend(computed.map(|bytes| Canary { what: "PRF output", bytes: bytes.to_vec() }));
        }
    }
    outputs
}
