//! The page and the core: WebAuthn is touched in one file, and the two speak by messages, one language each way, so
//! that neither ever asks whether there is something new.

use crate::tree::{Breach, Tree};

/// The one file that calls the authenticator.
const AUTHENTICATOR: &str = "web-app/src/browser/webauthn.rs";
/// Both languages.
const BRIDGE: &str = "web-app/src/bridge.rs";

/// Ways to an authenticator: of the browser, of web-sys, of JavaScript.
const OF_WEBAUTHN: [&str; 6] = [
    "CredentialsContainer",
    "PublicKeyCredential",
    "AuthenticationExtensions",
    "credentials.",
    ".credentials()",
    "navigator().credentials",
];

/// Ways to look again and again.
const OF_POLLING: [&str; 4] = ["setInterval", "set_interval", "requestIdleCallback", "request_idle_callback"];

/// Where the browser is touched: the page, the core's worker, and the hand-written JavaScript.
fn is_of_the_browser(path: &str) -> bool {
    path.starts_with("web-app/") && [".rs", ".js"].iter().any(|extension| path.ends_with(extension))
        || path.starts_with("client-core/src/")
}

fn places(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| is_of_the_browser(&file.path)) {
        for (line, code) in code_of(file) {
            if file.path != AUTHENTICATOR && OF_WEBAUTHN.iter().any(|way| code.contains(way)) {
                breaches.push(Breach::at(&file.path, line, "WebAuthn is touched in browser/webauthn.rs only"));
            }
            if OF_POLLING.iter().any(|way| code.contains(way)) {
                breaches.push(Breach::at(&file.path, line, "nobody polls: the core says what has changed"));
            }
        }
    }
    breaches
}

/// Lines without comments and the insides of strings; of JavaScript without comment lines.
fn code_of(file: &crate::tree::File) -> Vec<(usize, &str)> {
    if file.has_extension(".rs") {
        return file.source().product_lines().collect();
    }
    let lines = file.text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//")).collect()
}

/// One enum each way, and nothing else that could be said.
fn languages(tree: &Tree) -> Vec<Breach> {
    let Some(bridge) = tree.files.iter().find(|file| file.path == BRIDGE) else {
        return vec![Breach::of(BRIDGE, "holds what page and core say to each other")];
    };
    let enums: Vec<&str> =
        bridge.source().product_lines().filter_map(|(_, code)| code.trim().strip_prefix("pub enum ")).collect();
    let named = enums.iter().map(|line| line.trim_end_matches(" {"));
    let expected = ["ToCore", "ToPage", "BridgeError"];
    if named.eq(expected) { Vec::new() } else { vec![Breach::of(BRIDGE, "has one message enum each way")] }
}

/// Whatever crosses a port is a message of the bridge: encoded by it, decoded by it.
fn messages(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.starts_with("web-app/") && file.has_extension(".rs")) {
        let lines: Vec<(usize, &str)> = file.source().product_lines().collect();
        let posts = lines.iter().find(|(_, code)| code.contains(".post_message"));
        let encodes = lines.iter().any(|(_, code)| code.contains("bridge::encode("));
        if let (Some((line, _)), false) = (posts, encodes) {
            breaches.push(Breach::at(&file.path, *line, "what crosses a port is encoded by the bridge"));
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_refused, assert_tidy};

    #[test]
    fn webauthn_is_touched_in_one_file_and_nobody_polls() {
        assert_tidy(places);
    }

    #[test]
    fn page_and_core_have_one_language_each_way() {
        assert_tidy(languages);
        assert_tidy(messages);
    }

    #[test]
    fn tidy_refuses_webauthn_elsewhere() {
        let planted = "fn a() {\n    let all = window().navigator().credentials();\n}\n";
        assert_refused(places, &[("web-app/src/pages/welcome.rs", planted)], "web-app/src/pages/welcome.rs:2");
        let planted = "use web_sys::PublicKeyCredential;\n";
        assert_refused(places, &[("web-app/core/src/machine.rs", planted)], "web-app/core/src/machine.rs:1");
        let planted = "// nothing\nnavigator.credentials.get({});\n";
        assert_refused(places, &[("web-app/boot.js", planted)], "web-app/boot.js:2");
    }

    #[test]
    fn tidy_refuses_polling() {
        let planted = "fn a() {\n    scope().set_interval_with_callback(&look);\n}\n";
        assert_refused(places, &[("web-app/src/shell/page.rs", planted)], "web-app/src/shell/page.rs:2");
        assert_refused(places, &[("web-app/core.js", "setInterval(look, 50);\n")], "web-app/core.js:1");
    }

    #[test]
    fn tidy_refuses_another_language_and_a_message_past_the_bridge() {
        let planted = "pub enum ToCore {\n}\npub enum ToPage {\n}\npub enum Aside {\n}\n";
        assert_refused(languages, &[(BRIDGE, planted)], BRIDGE);
        let planted = "fn a() {\n    port.post_message(&JsValue::TRUE);\n}\n";
        assert_refused(messages, &[("web-app/src/browser/tab.rs", planted)], "web-app/src/browser/tab.rs:2");
    }
}
