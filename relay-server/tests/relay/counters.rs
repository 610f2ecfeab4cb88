//! The operator's counters: on a listener of their own, and nothing of anybody in them.

use serde_json::json;
use shared_types::ids::TurnId;

use crate::harness::{Person, Request, Socket, World, forms};

const ANYWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

#[tokio::test]
async fn counters_are_served_on_their_own_listener_if_it_is_set_and_nowhere_else() {
    let world = World::start().await;
    assert_eq!(world.relay.metrics_address, None);
    let world = World::start_with(|config| config.metrics_listen = Some(ANYWHERE.into())).await;
    let address = world.relay.metrics_address.unwrap();
    assert_ne!(address, world.address);
    let answer = world.http.get(format!("http://{address}/metrics")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(answer.text().await.unwrap().ends_with("# EOF\n"));
    for path in ["/v1/about", "/", "/healthz"] {
        assert_eq!(world.http.get(format!("http://{address}{path}")).send().await.unwrap().status(), 404, "{path}");
    }
    let own = Request::new("GET", "/metrics", "").set("host", world.relay.site.first_origin().authority());
    assert_eq!(world.send(own).await.status, 404, "no counters where everybody comes");
}

#[tokio::test]
async fn counters_tell_how_much_and_never_whose() {
    // Adversary: whoever reads the counters.
    // Invariant: no label holds an account, a device, an address or anything that a client chose.
    // Regression caught: a path or method as it was sent, which also lets anybody make counters without end.
    let world = World::start_with(|config| config.metrics_listen = Some(ANYWHERE.into())).await;
    let mut person = Person::signed_up(&world).await;
    let ticket = person.ticket(&world).await;
    let mut socket = Socket::open(&world, &ticket).await;
    socket.hear().await.unwrap();
    let batch = person.next_batch(&[b"sealed"]);
    person.push(&world, vec![batch]).await.assert_ok();
    for (turn, question) in [(1, "hello"), (2, "/garbage")] {
        let prompt = json!({
            "turn_id": TurnId([turn; 16]), "model": "scripted", "sampling": {}, "max_tokens": 10,
            "messages": [{ "role": "user", "content": question }],
        });
        person.call(&world, "POST", "/v1/prompts", prompt.to_string()).await;
    }
    let device = person.device.device().id;
    person.call(&world, "DELETE", &format!("/v1/devices/{}x/session", device.to_base64url()), "").await;
    world.send(Request::new("QUINCE", "/heron?walnut=1", "")).await;
    world.send(Request::new("GET", "/v1/otter", "")).await;

    let text = world.counters().await;
    for line in [
        "sotto_requests_total{method=\"POST\",route=\"/v1/batches\",status=\"200\"} 1\n",
        "sotto_requests_total{method=\"DELETE\",route=\"/v1/devices/{device_id}/session\",status=\"400\"} 1\n",
        "sotto_requests_total{method=\"other\",route=\"page\",status=\"405\"} 1\n",
        "sotto_requests_total{method=\"GET\",route=\"page\",status=\"404\"} 1\n",
        "sotto_requests_total{method=\"GET\",route=\"/v1/events\",status=\"101\"} 1\n",
        "sotto_request_time_seconds_count{route=\"/v1/batches\"} 1\n",
        "sotto_refusals_total{code=\"malformed\"} 1\n",
        "sotto_refusals_total{code=\"provider_garbage\"} 1\n",
        "sotto_prompts_total{outcome=\"answered\"} 1\n",
        "sotto_prompts_total{outcome=\"failed\"} 1\n",
        "sotto_job_rounds_total{outcome=\"done\"} 1\n",
        "sotto_event_sockets 1\n",
        "sotto_running_answers 0\n",
    ] {
        assert!(text.contains(line), "no {line} in {text}");
    }
    for secret in [&person.account.0[..], &device.0, &person.lookup, &person.credential_id] {
        for form in forms(secret) {
            assert!(!text.contains(&form), "{form}");
        }
    }
    for chosen in ["QUINCE", "heron", "walnut", "otter", "127.0.0.1"] {
        assert!(!text.contains(chosen), "{chosen}");
    }
}
