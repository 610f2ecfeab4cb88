//! What the packages of a workspace declare that they depend on, as `cargo metadata` reads it.

use std::env;
use std::process::Command;

use serde_json::Value;

use crate::tree::Tree;

/// When a dependency is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// By the product.
    Product,
    /// By tests, examples and benches only.
    Tests,
}

/// One declared dependency of one package.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) used: Use,
}

/// Lists every declared dependency of every package; nothing when the tree is no workspace.
pub(crate) fn edges(tree: &Tree) -> Vec<Edge> {
    let packages = packages(tree);
    packages.iter().flat_map(edges_of).collect()
}

/// Lists the packages of the tree as `cargo metadata` describes them.
pub(crate) fn packages(tree: &Tree) -> Vec<Value> {
    if tree.find("Cargo.toml").is_none() {
        return Vec::new();
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(&tree.root)
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    list(&metadata, "packages").to_vec()
}

fn edges_of(package: &Value) -> Vec<Edge> {
    let from = text(package, "name");
    let used = |dependency: &Value| match text(dependency, "kind").as_str() {
        "dev" => Use::Tests,
        _ => Use::Product,
    };
    list(package, "dependencies")
        .iter()
        .map(|dependency| Edge { from: from.clone(), to: text(dependency, "name"), used: used(dependency) })
        .collect()
}

fn list<'json>(value: &'json Value, field: &str) -> &'json [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, field: &str) -> String {
    let text = value.get(field).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}
