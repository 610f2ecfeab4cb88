//! The provider against true sockets that behave well, badly and not at all.

use std::net::SocketAddr;

use shared_types::account::ModelPlace;
use shared_types::ids::TurnId;
use shared_types::prompt::{PromptMessage, PromptRequest, Role, Sampling, Usage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::*;

const ANSWER: &str = concat!(
    ": hello\n\n",
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"Par\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"is\"},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n",
    "data: [DONE]\n\n",
);

/// What a server does with a question.
#[derive(Debug, Clone)]
enum Served {
    /// Answers with these raw bytes and hangs up.
    Whole(String),
    /// Answers with these raw bytes, then keeps the connection open and silent.
    Stalled(String),
}

/// Answers `models`, and each question as told.
async fn server(answer: Served) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, questions) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let (answer, asked) = (answer.clone(), asked.clone());
            tokio::spawn(async move {
                let request = read_request(&mut socket).await;
                if request.starts_with("GET /v1/models ") {
                    let models = r#"{"data":[{"id":"first"},{"id":"second"}]}"#;
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", models.len());
                    socket.write_all((head + models).as_bytes()).await.unwrap();
                    return;
                }
                asked.send(request).unwrap();
                let (Served::Whole(bytes) | Served::Stalled(bytes)) = &answer;
                socket.write_all(bytes.as_bytes()).await.unwrap();
                if let Served::Stalled(_) = answer {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    (address, questions)
}

async fn read_request(socket: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let n_read = socket.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..n_read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return text;
        }
    }
}

fn head_and(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{body}")
}

fn streamed(body: &str) -> Served {
    Served::Whole(head_and(body))
}

fn provider(address: SocketAddr) -> OpenAi {
    let base_url = Url::parse(&format!("http://{address}/v1")).unwrap();
    OpenAi::new(OpenAiConfig { first_piece_s: 1, next_piece_s: 1, ..OpenAiConfig::at(base_url) }, 0).unwrap()
}

fn prompt() -> Prompt {
    Prompt(PromptRequest {
        turn_id: TurnId([1; 16]),
        model: "first".to_owned(),
        messages: vec![PromptMessage { role: Role::User, content: "What is the capital of France?".to_owned() }],
        sampling: Sampling { temperature: Some(0.5), top_p: None },
        max_tokens: 50,
    })
}

/// Text of the answer and how it ended.
async fn ask(provider: &OpenAi) -> (String, Result<Piece, ProviderError>) {
    let mut pieces = match provider.ask(prompt()).await {
        Ok(pieces) => pieces,
        Err(error) => return (String::new(), Err(error)),
    };
    let mut text = String::new();
    loop {
        match pieces.next().await.expect("an answer ends with an end") {
            Ok(Piece::Text(piece)) => text.push_str(&piece),
            end => return (text, end),
        }
    }
}

#[tokio::test]
async fn an_answer_streams_and_the_question_arrives_unchanged_in_meaning() {
    let (address, mut questions) = server(streamed(ANSWER)).await;
    let (text, end) = ask(&provider(address)).await;
    assert_eq!(text, "Paris");
    assert!(matches!(end, Ok(Piece::Done(Some(Usage { input_tokens: 7, output_tokens: 2 })))));
    let question = questions.recv().await.unwrap();
    let (_, body) = question.split_once("\r\n\r\n").unwrap();
    let sent: serde_json::Value = serde_json::from_str(body).unwrap();
    let expected = serde_json::json!({
        "model": "first",
        "messages": [{ "role": "user", "content": "What is the capital of France?" }],
        "max_tokens": 50,
        "temperature": 0.5,
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn every_failure_has_its_own_error() {
    let status = |line: &str| Served::Whole(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n"));
    let cut = ANSWER.split("data: {\"choices\":[{\"delta\":{\"content\":\"is\"").next().unwrap();
    for (answer, text, expected) in [
        (status("500 Oh"), "", ProviderError::Down),
        (status("401 Who"), "", ProviderError::KeyRefused),
        (status("400 No"), "", ProviderError::Refused),
        (status("429 Wait\r\nretry-after: 9"), "", ProviderError::Busy { retry_after_s: 9 }),
        (streamed(cut), "Par", ProviderError::Down),
        (streamed("<html>welcome</html>\n"), "", ProviderError::Garbage),
        (streamed("data: {\"choices\": [\n"), "", ProviderError::Garbage),
        (streamed(&format!("{cut}data: {{\"choices\": [\n\n")), "Par", ProviderError::Garbage),
        (streamed(&format!("{cut}<html>an error page</html>\n\n")), "Par", ProviderError::Garbage),
        (streamed("data: {\"error\":{\"message\":\"overloaded\"}}\n"), "", ProviderError::Down),
        (Served::Stalled(String::new()), "", ProviderError::Slow),
        (Served::Stalled(head_and("")), "", ProviderError::Slow),
        (Served::Stalled(head_and(": still here\n\n")), "", ProviderError::Slow),
        (Served::Stalled(head_and(cut)), "Par", ProviderError::Slow),
    ] {
        let (address, _questions) = server(answer.clone()).await;
        let (said, end) = ask(&provider(address)).await;
        assert_eq!((said.as_str(), end.err()), (text, Some(expected)), "{answer:?}");
    }
}

#[tokio::test]
async fn a_longest_answer_is_told_apart() {
    let (address, _questions) = server(streamed(&ANSWER.replace("\"stop\"", "\"length\""))).await;
    let (text, end) = ask(&provider(address)).await;
    assert!(text == "Paris" && matches!(end, Ok(Piece::Length)));
}

#[tokio::test]
async fn a_model_on_its_way_is_prepared_then_ready() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let provider = provider(nobody);
    assert_eq!(provider.state(10), ModelState::Preparing { wait_s: 590 });
    assert_eq!(provider.state(601), ModelState::Down);
    assert_eq!(ask(&provider).await.1.err(), Some(ProviderError::NotReady { retry_after_s: NOT_READY_RETRY_S }));

    let (address, _questions) = server(streamed(ANSWER)).await;
    let provider = self::provider(address);
    assert_eq!(provider.offers(0)[0].id, ANY_MODEL);
    provider.probe().await;
    let offer = &provider.offers(0)[0];
    assert_eq!((offer.state, offer.id.as_str(), offer.place), (ModelState::Ready, "first", ModelPlace::Server));
    assert!(provider.answers_to("first") && provider.answers_to(ANY_MODEL) && !provider.answers_to("second"));
}

#[tokio::test]
async fn a_named_server_offers_what_it_lists_and_is_asked_by_its_own_name_of_the_model() {
    let (address, mut questions) = server(streamed(ANSWER)).await;
    let base_url = Url::parse(&format!("http://{address}/v1")).unwrap();
    let config = OpenAiConfig {
        owner: Some("Norra".to_owned()),
        region: Some("Sweden".to_owned()),
        policy: Some("Keeps nothing.".to_owned()),
        ..OpenAiConfig::named("norra", base_url)
    };
    let provider = OpenAi::new(config, 0).unwrap();
    assert_eq!(provider.offers(0), [], "nothing is known yet, and nothing is invented");
    provider.probe().await;
    let offers = provider.offers(0);
    let ids: Vec<&str> = offers.iter().map(|offer| offer.id.as_str()).collect();
    assert_eq!(ids, ["first@norra", "second@norra"]);
    let offer = &offers[1];
    assert_eq!((offer.label.as_str(), offer.owner.as_str()), ("second", "Norra"));
    assert_eq!((offer.region.as_deref(), offer.policy.as_deref()), (Some("Sweden"), Some("Keeps nothing.")));
    let mut named = prompt();
    named.0.model = "second@norra".to_owned();
    drop(provider.ask(named).await.unwrap());
    assert!(questions.recv().await.unwrap().contains(r#""model":"second","#));
    let refused = provider.ask(prompt()).await.err();
    assert_eq!(refused, Some(ProviderError::UnknownModel), "a bare name is another provider's");
}
