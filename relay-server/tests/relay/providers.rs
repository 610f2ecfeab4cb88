//! The operator's page at the relay: who may name an address, what is said of one, and that no key comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use relay_server::config::Secret;
use serde_json::{Value, json};
use shared_types::provider::{Admission, ProvidersResponse, Tried};
use tokio::net::TcpListener;

use crate::harness::{Person, World};

const KEY: &str = "a-key-that-nobody-else-knows";
const TOKEN: &str = "sixteen-or-more-characters";
const MODELS: &str = r#"{"data":[{"id":"large"},{"id":"small"}]}"#;
const ANSWER: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\ndata: [DONE]\n\n";

/// What a server says to a question, and how often it was spoken to.
async fn server(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let n_asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&n_asked);
    let admitted = move |headers: &HeaderMap| {
        counted.fetch_add(1, Ordering::SeqCst);
        headers.get(header::AUTHORIZATION).is_some_and(|value| value == format!("Bearer {KEY}").as_str())
    };
    let also = admitted.clone();
    let routes = Router::new()
        .route(
            "/v1/models",
            get(async move |headers: HeaderMap| admitted(&headers).then_some(MODELS).ok_or(StatusCode::UNAUTHORIZED)),
        )
        .route(
            "/v1/chat/completions",
            post(async move |headers: HeaderMap| {
                let said = ([(header::CONTENT_TYPE, "text/event-stream")], answer);
                also(&headers).then_some(said).ok_or(StatusCode::UNAUTHORIZED)
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, routes).into_future());
    (format!("http://{address}/v1"), n_asked)
}

fn new_provider(base_url: &str, key: &str, models: &[&str]) -> Value {
    json!({ "base_url": base_url, "api_key": key, "models": models, "owner": "Norra", "region": "Sweden", "policy": "" })
}

async fn ask(world: &World, person: &Person, operator: &str, wish: Value) -> (ProvidersResponse, String) {
    let body = json!({ "operator": operator, "wish": wish }).to_string();
    let answer = person.call(world, "POST", "/v1/providers", body).await;
    let text = String::from_utf8(answer.body.clone()).unwrap();
    (serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")), text)
}

async fn tried(world: &World, person: &Person, provider: Value) -> Tried {
    ask(world, person, "", json!({ "test": provider })).await.0.tried.unwrap()
}

#[tokio::test]
async fn the_test_says_what_is_wrong_with_a_provider() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let (address, _) = server(ANSWER).await;
    let (empty, _) = server("data: [DONE]\n\n").await;
    let models = || ["large".to_owned(), "small".to_owned()].to_vec();
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/v1", listener.local_addr().unwrap())
    };
    let page = format!("http://{}", world.address);
    for (base_url, key, wanted, expected) in [
        (address.as_str(), KEY, &[][..], Tried::Works { models: models() }),
        (&address, KEY, &["small"], Tried::Works { models: vec!["small".to_owned()] }),
        ("ftp://example.org", KEY, &[], Tried::BadAddress),
        (&nobody, KEY, &[], Tried::Unreachable),
        (&address.replace("http:", "https:"), KEY, &[], Tried::Tls),
        (&page, KEY, &[], Tried::NotCompatible),
        (&address, "wrong", &[], Tried::KeyRefused),
        (&address, "no\nkey", &[], Tried::KeyRefused),
        (&address, KEY, &["huge"], Tried::ModelMissing { models: models() }),
        (&empty, KEY, &[], Tried::Empty),
    ] {
        let said = tried(&world, &person, new_provider(base_url, key, wanted)).await;
        assert_eq!(said, expected, "{base_url} {key} {wanted:?}");
    }
}

#[tokio::test]
async fn an_attached_provider_is_offered_asked_and_let_go_and_its_key_never_comes_back() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let (address, _) = server(ANSWER).await;
    let attach = json!({ "attach": new_provider(&address, KEY, &[]) });
    let (attached, said) = ask(&world, &person, "", attach).await;
    assert_eq!(attached.tried, Some(Tried::Works { models: ["large".to_owned(), "small".to_owned()].to_vec() }));
    let row = attached.providers.iter().find(|row| row.is_attached).unwrap();
    assert_eq!((row.owner.as_str(), row.base_url.as_str()), ("Norra", address.as_str()));
    let (_, listed) = ask(&world, &person, "", json!("list")).await;
    assert!(!said.contains(KEY) && !listed.contains(KEY), "{listed}");

    let model = format!("large@{}", row.name);
    let about = world.send(crate::harness::Request::new("GET", "/v1/about", "")).await;
    let about: Value = serde_json::from_slice(&about.body).unwrap();
    let offer = about["models"].as_array().unwrap().iter().find(|offer| offer["id"] == model).cloned().unwrap();
    assert_eq!(
        (&offer["label"], &offer["region"], &offer["policy"]),
        (&json!("large"), &json!("Sweden"), &Value::Null)
    );
    let answer = person.call(&world, "POST", "/v1/prompts", prompt(&model)).await;
    assert!(String::from_utf8_lossy(&answer.body).contains("Hello"));

    let (left, _) = ask(&world, &person, "", json!({ "remove": { "name": row.name } })).await;
    assert!(left.providers.iter().all(|row| !row.is_attached));
    let gone = person.call(&world, "POST", "/v1/prompts", prompt(&model)).await;
    assert!(String::from_utf8_lossy(&gone.body).contains("unknown_model"));
}

fn prompt(model: &str) -> String {
    let turn: [u8; 16] = crate::harness::random();
    let turn = shared_types::ids::TurnId(turn).to_base64url();
    let messages = json!([{ "role": "user", "content": "Hello?" }]);
    json!({ "turn_id": turn, "model": model, "messages": messages, "sampling": {}, "max_tokens": 8 }).to_string()
}

// Adversary: somebody with an account on a public relay, who names an address that only the relay can reach.
// Invariant: the relay speaks to an address of a request only for its operator; everybody else learns nothing by it.
// Regression caught: every account may have the relay open connections inside its network, and attach a provider that
// reads what others ask.
#[tokio::test]
async fn only_the_operator_names_addresses() {
    let (address, n_asked) = server(ANSWER).await;
    let wishes = || {
        let provider = new_provider(&address, KEY, &[]);
        [
            json!("list"),
            json!({ "test": provider }),
            json!({ "attach": provider }),
            json!({ "remove": { "name": "x" } }),
        ]
    };
    // It listens on loopback all the same: a proxy hands on what comes from outside.
    let public = World::start_with(|config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let with_token = World::start_with(|config| config.operator_token = Some(Secret::new(TOKEN))).await;
    for (world, said, expected) in [
        (&public, "", Admission::Closed),
        (&public, TOKEN, Admission::Closed),
        (&with_token, "", Admission::TokenWanted),
        (&with_token, "sixteen-or-more-charactersx", Admission::TokenWrong),
    ] {
        let person = Person::signed_up(world).await;
        for wish in wishes() {
            let (answer, _) = ask(world, &person, said, wish.clone()).await;
            let nothing = ProvidersResponse { admission: expected, providers: Vec::new(), tried: None };
            assert_eq!(answer, nothing, "{wish}");
        }
    }
    assert_eq!(n_asked.load(Ordering::SeqCst), 0, "nobody was spoken to");
    let person = Person::signed_up(&with_token).await;
    let (answer, _) = ask(&with_token, &person, TOKEN, wishes()[1].clone()).await;
    assert_eq!(answer.admission, Admission::Admitted);
    assert!(n_asked.load(Ordering::SeqCst) > 0);
}
