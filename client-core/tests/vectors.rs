//! Frozen vectors of every format: the generator makes them with this crate, the judge checks them against an
//! independent reference, and each must agree with the files in `vectors/`.
//!
//! `SOTTO_WRITE_VECTORS=1 cargo test -p client-core --test vectors` writes the files anew, when a format is added.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

#[path = "vectors/cast.rs"]
mod cast;
#[path = "vectors/fields.rs"]
mod fields;
#[path = "vectors/generate.rs"]
mod generate;
#[path = "vectors/generate_batches.rs"]
mod generate_batches;
#[path = "vectors/generate_hand_over.rs"]
mod generate_hand_over;
#[path = "vectors/generate_log.rs"]
mod generate_log;
#[path = "vectors/generate_passwords.rs"]
mod generate_passwords;
#[path = "vectors/generate_statements.rs"]
mod generate_statements;
#[path = "vectors/judge.rs"]
mod judge;
#[path = "vectors/judge_account.rs"]
mod judge_account;
#[path = "vectors/judge_hand_over.rs"]
mod judge_hand_over;
#[path = "vectors/reference.rs"]
mod reference;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{name}.json"))
}

fn generated() -> Vec<(&'static str, Vec<Value>)> {
    let cast = cast::Cast::new();
    let account = vec![
        ("log", generate_log::logs(&cast)),
        ("batches", generate_batches::batches(&cast)),
        ("passwords", generate_passwords::passwords()),
        ("sign_up", generate_statements::sign_ups(&cast)),
        ("sign_in", generate_statements::sign_ins(&cast)),
        ("state_code", generate_statements::state_codes()),
        ("hand_over_secret", generate_hand_over::secrets()),
        ("hand_over", generate_hand_over::hand_overs(&cast)),
    ];
    [generate::files(), account].concat()
}

/// Vectors by their names: the order of fields depends on a feature of `serde_json` that other crates may switch on.
fn by_name(file: &Value) -> BTreeMap<&str, &Value> {
    let vectors = file["vectors"].as_array().unwrap();
    let named: BTreeMap<_, _> = vectors.iter().map(|vector| (vector["name"].as_str().unwrap(), vector)).collect();
    assert_eq!(named.len(), vectors.len(), "a name stands twice");
    named
}

#[test]
fn the_files_are_what_the_generator_writes() {
    for (name, vectors) in generated() {
        let made = json!({ "format": "sotto-vectors/1", "vectors": vectors });
        let path = path(name);
        if std::env::var_os("SOTTO_WRITE_VECTORS").is_some() {
            std::fs::write(&path, format!("{made:#}\n")).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let kept: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(kept["format"], made["format"]);
        assert!(by_name(&kept) == by_name(&made), "{name}.json differs from what is generated");
    }
}

#[test]
fn every_vector_is_judged_as_it_expects() {
    for (file, vectors) in generated() {
        let mut names = BTreeSet::new();
        let mut expected = BTreeSet::new();
        for vector in &vectors {
            let name = vector["name"].as_str().unwrap();
            assert!(names.insert(name), "{file}: {name} stands twice");
            expected.insert(vector["expect"].as_str().unwrap_or("ok"));
            assert_eq!(judge::judge(vector), Ok(()), "{file}: {name}");
        }
        assert!(expected.contains("ok"), "{file} has no good vector");
    }
}

#[test]
fn a_good_vector_with_any_field_bent_is_not_judged_good() {
    for (file, vectors) in generated() {
        for vector in vectors.iter().filter(|vector| vector.get("expect").is_none()) {
            for field in vector.as_object().unwrap().keys() {
                if ["object", "name", "comment"].contains(&field.as_str()) || is_free(vector, field) {
                    continue;
                }
                let mut bent = vector.clone();
                if bend(&mut bent[field]) {
                    assert!(judge::judge(&bent).is_err(), "{file}: {} with {field} bent", vector["name"]);
                }
                let mut unknown = vector.clone();
                unknown["unknown"] = json!("00");
                assert!(judge::judge(&unknown).is_err(), "{file}: {} with an unknown field", vector["name"]);
            }
        }
    }
}

/// A field whose neighbours are as good: another head that is known, another length of the same size class.
fn is_free(vector: &Value, field: &str) -> bool {
    (vector["object"] == "batches" && field == "known") || (vector["object"] == "padme" && field == "length")
}

/// Changes a byte string in the value; an empty list or string stays.
fn bend(value: &mut Value) -> bool {
    match value {
        Value::String(text) if !text.is_empty() => {
            let last = text.pop().unwrap();
            text.push(if last == '0' { '1' } else { '0' });
            true
        }
        Value::Array(list) => list.last_mut().is_some_and(bend),
        Value::Object(fields) => fields.values_mut().next().is_some_and(bend),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
