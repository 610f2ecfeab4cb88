//! Connections that take a place and give nothing for it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Request, World};

#[tokio::test]
async fn a_connection_that_never_says_what_it_wants_is_closed() {
    let world = World::start_with(|config| config.limits.head_wait_s = 1).await;
    for head in ["", "GET /healthz HTTP/1.1\r\nHost: loc"] {
        let mut slow = TcpStream::connect(world.address).await.unwrap();
        slow.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_until_another_ends() {
    let world = World::start_with(|config| config.limits.connections = 2).await;
    let idle = [TcpStream::connect(world.address).await.unwrap(), TcpStream::connect(world.address).await.unwrap()];
    let asked = world.send(Request::new("GET", "/healthz", ""));
    tokio::pin!(asked);
    let two_round_trips = async {
        for mut stream in idle {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        }
    };
    tokio::select! {
        biased;
        answer = &mut asked => panic!("answered with {} before a place was free", answer.status),
        () = two_round_trips => {}
    }
    assert_eq!(asked.await.status, 204);
}
