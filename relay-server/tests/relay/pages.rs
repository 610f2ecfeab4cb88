//! The page and the headers that stand on everything.

use relay_server::CONTENT_SECURITY_POLICY;

use crate::harness::{Answer, Person, Request, World};

const NAMED_BY_CONTENT: &str = "sotto-0123456789abcdef.css";

async fn world_with_page() -> World {
    let folder = tempfile::tempdir().unwrap().keep();
    std::fs::write(folder.join("index.html"), "<p>shell</p>").unwrap();
    std::fs::write(folder.join("core.js"), "plain").unwrap();
    std::fs::write(folder.join("core.js.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    std::fs::write(folder.join("core.js.br"), [0x0b, 1, 2, 3]).unwrap();
    std::fs::write(folder.join(NAMED_BY_CONTENT), "p {}").unwrap();
    World::start_with(|config| config.web_dir = Some(folder)).await
}

fn home(world: &World, path: &str) -> Request {
    Request::new("GET", path, "").set("host", world.relay.site.first_origin().authority())
}

fn assert_secured(answer: &Answer, of: &str) {
    for (name, value) in [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.headers.get(name).map(|value| value.to_str().unwrap()), Some(value), "{of}: {name}");
    }
    assert!(answer.headers.contains_key("permissions-policy"), "{of}");
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let world = world_with_page().await;
    let person = Person::signed_up(&world).await;
    let prompt = serde_json::json!({
        "turn_id": shared_types::ids::TurnId([1; 16]), "model": "scripted", "sampling": {}, "max_tokens": 9,
        "messages": [{ "role": "user", "content": "hello" }],
    });
    for (of, request) in [
        ("shell", home(&world, "/")),
        ("file", home(&world, "/core.js")),
        ("no file", home(&world, "/nothing.js")),
        ("link home", Request::new("GET", "/", "")),
        ("about", Request::new("GET", "/v1/about", "")),
        ("health", Request::new("GET", "/healthz", "")),
        ("refusal", Request::new("GET", "/v1/log", "")),
        ("unknown", Request::new("GET", "/v1/nothing", "")),
        ("method", Request::new("DELETE", "/v1/log", "")),
        ("answer", person.signed(&world, "GET", "/v1/log", "")),
        ("stream", person.signed(&world, "POST", "/v1/prompts", prompt.to_string())),
    ] {
        assert_secured(&world.send(request).await, of);
    }
}

#[tokio::test]
async fn the_policy_is_word_for_word_the_designs() {
    let expected = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
        img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; \
        manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
        require-trusted-types-for 'script'; trusted-types sotto default";
    assert_eq!(CONTENT_SECURITY_POLICY, expected);
}

#[tokio::test]
async fn every_address_of_the_app_is_its_shell_and_files_are_files() {
    let world = world_with_page().await;
    for path in ["/", "/index.html", "/c/abc", "/unlock"] {
        assert_eq!(world.send(home(&world, path)).await.assert_ok().text(), "<p>shell</p>", "{path}");
    }
    assert_eq!(world.send(home(&world, "/core.js")).await.assert_ok().text(), "plain");
    let packed = world.send(home(&world, "/core.js").set("accept-encoding", "gzip")).await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    assert_eq!(packed.body, [0x1f, 0x8b, 8, 0]);
    for outside in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/nothing.wasm"] {
        assert_eq!(world.send(home(&world, outside)).await.status, 404, "{outside}");
    }
}

#[tokio::test]
async fn the_smallest_sibling_that_the_browser_takes_is_sent() {
    let world = world_with_page().await;
    for (accepted, sent, first_byte) in [
        ("gzip, deflate, br, zstd", Some("br"), 0x0b),
        ("br", Some("br"), 0x0b),
        ("gzip, deflate", Some("gzip"), 0x1f),
        ("br;q=0, gzip", Some("gzip"), 0x1f),
        ("zstd", None, b'p'),
        ("identity", None, b'p'),
    ] {
        let answer = world.send(home(&world, "/core.js").set("accept-encoding", accepted)).await;
        let encoding = answer.assert_ok().headers.get("content-encoding").map(|value| value.to_str().unwrap());
        assert_eq!((encoding, answer.body[0]), (sent, first_byte), "{accepted}");
        assert_eq!(answer.headers["content-type"], "text/javascript", "{accepted}");
        assert_eq!(answer.headers["vary"], "accept-encoding", "{accepted}");
    }
}

#[tokio::test]
async fn only_what_is_named_by_its_content_is_kept_unasked() {
    let world = world_with_page().await;
    let kept = "public, max-age=31536000, immutable";
    for (path, expected) in [
        ("/", "no-cache"),
        ("/c/abc", "no-cache"),
        ("/index.html", "no-cache"),
        ("/core.js", "no-cache"),
        (&format!("/{NAMED_BY_CONTENT}"), kept),
        ("/missing-0123456789abcdef.css", "no-store"),
        ("/v1/about", "no-store"),
    ] {
        let answer = world.send(home(&world, path)).await;
        assert_eq!(answer.headers["cache-control"], expected, "{path}");
    }
}

#[tokio::test]
async fn any_other_origin_gets_a_link_home() {
    let world = world_with_page().await;
    for host in ["127.0.0.1:1", "evil.example"] {
        let page = world.send(Request::new("GET", "/c/abc", "").set("host", host)).await;
        let link = format!("<a href=\"{0}\">{0}</a>", world.origin());
        assert!(page.assert_ok().text().contains(&link), "{}", page.text());
        assert!(!page.text().contains("shell"));
    }
}

#[tokio::test]
async fn behind_tls_browsers_are_told_to_stay_there() {
    let world = World::start_with(|config| {
        config.origins = vec![relay_server::config::Origin::parse("https://sotto.example").unwrap()];
    })
    .await;
    let answer = world.send(Request::new("GET", "/v1/about", "")).await;
    assert!(answer.headers.contains_key("strict-transport-security"));
}
