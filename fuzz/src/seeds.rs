//! Where each corpus begins: the frozen vectors, good and bent, a few things that a person or a model writes, and what
//! was found to reach further: `corpus/TARGET.hex`, one input a line.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use data_encoding::HEXLOWER;
use serde_json::Value;

const RECOVERY_WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
    abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
const MARKDOWN: &str = "# One\n\n- a *b* [c](https://d.example/e)\n  1. **f**\n\n> g `h`\n\n```rust\nfn i() {}\n```\n\n\
    | j | k |\n|---|:-:|\n| l | m |\n\n![n](o) <p>q</p> ~~r~~ \\$s\n\n- [ ] t\n\n[^1]: u\n\n***\n";
const FRAMES: &str =
    "data: {\"frame\":0,\"text\":\"Hello\"}\n\ndata: {\"frame\":1,\"text\":\"\",\"end\":{\"done\":{}}}\n\n";
const SIGNATURE_INPUT: &str = "sotto=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \
    \"x-sotto-session\");created=1800000000;nonce=\"AAAAAAAAAAAAAAAAAAAAAA\";keyid=\"AAAAAAAAAAAAAAAAAAAAAA\";\
    alg=\"ed25519\";tag=\"sotto/v1\"";

/// Target and bytes.
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    let made = made().into_iter().map(|(target, bytes)| (target.to_owned(), bytes));
    made.chain(found()).collect()
}

fn found() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("a folder can be read").path();
        let target = path.file_stem().and_then(OsStr::to_str).expect("a target names its file").to_owned();
        let lines = fs::read_to_string(&path).expect("it is a file");
        let inputs = lines.lines().map(|line| HEXLOWER.decode(line.as_bytes()).expect("a line is hex"));
        found.extend(inputs.map(|input| (target.clone(), input)));
    }
    found
}

fn made() -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds: Vec<(&'static str, Vec<u8>)> = [
        ("frames", FRAMES),
        ("markdown", MARKDOWN),
        ("page", "{\"with\":\"passkey\"}"),
        ("page", "{\"protocol\":1,\"rp_id\":\"localhost\",\"sign_up\":\"open\",\"models\":[],\"now\":1}"),
        ("signature_input", SIGNATURE_INPUT),
        ("words", RECOVERY_WORDS),
    ]
    .into_iter()
    .map(|(target, text)| (target, text.as_bytes().to_vec()))
    .collect();
    for vector in vectors() {
        match vector["object"].as_str() {
            Some("log") => {
                let entries = list(&vector["entries"]);
                let with_length = |entry: &Vec<u8>| {
                    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
                    [&length.to_be_bytes(), entry.as_slice()].concat()
                };
                seeds.push(("log", entries.iter().flat_map(with_length).collect()));
                seeds.extend(entries.into_iter().next_back().map(|entry| ("log_entry", entry)));
            }
            Some("batches") => {
                seeds.extend(list(&vector["page"]).into_iter().map(|batch| ("batch", batch)));
                let parcels = list(&vector["page"]).into_iter();
                let parcels = parcels.map(|batch| shared_types::sync::BatchParcel { batch, envelopes: Vec::new() });
                let push = shared_types::sync::PushBody { parcels: parcels.collect() };
                seeds.push(("page", push.to_bytes()));
            }
            Some("hand_over") => {
                seeds.extend([&vector["offer"], &vector["answer"]].map(|bytes| ("hand_over", hex(bytes))));
            }
            Some("hand_over_secret") => {
                seeds.extend([&vector["code"], &vector["words"]].map(|text| ("code", hex(text))));
            }
            Some("envelope") => seeds.push(("envelope", hex(&vector["envelope"]))),
            Some("record") => {
                let cbor = hex(&vector["cbor"]);
                seeds.extend([("records", cbor.clone()), ("rows", cbor)]);
            }
            Some("sign_in" | "sign_up") => seeds.push(("statement", hex(&vector["signed"]))),
            Some("method") => {
                seeds.extend([&vector["sign_public"], &vector["kem_public"]].map(|key| ("public_key", hex(key))));
            }
            _ => {}
        }
    }
    seeds
}

fn vectors() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-core/tests/vectors");
    let mut vectors = Vec::new();
    for entry in fs::read_dir(folder).expect("the vectors are there") {
        let path = entry.expect("a folder can be read").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let file: Value = serde_json::from_slice(&fs::read(path).expect("it is a file")).expect("it is JSON");
            vectors.extend(file["vectors"].as_array().into_iter().flatten().cloned());
            // The records of every version have a file of another shape: name and CBOR.
            let records = file.as_object().into_iter().flatten().filter(|(_, cbor)| cbor.is_string());
            let record = |cbor: &Value| serde_json::json!({ "object": "record", "cbor": cbor });
            vectors.extend(records.filter(|(name, _)| *name != "format").map(|(_, cbor)| record(cbor)));
        }
    }
    vectors
}

fn list(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().into_iter().flatten().map(hex).collect()
}

fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap_or_default().as_bytes()).unwrap_or_default()
}
