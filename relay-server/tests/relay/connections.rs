//! Connections that take a place and give nothing for it.

use std::fmt::Write as _;

use relay_server::{Access, rows};
use shared_types::sync::{Cursor, RelayEvent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::attacks::address;
use crate::harness::{Person, Request, Socket, World};

const N_SOCKETS: usize = 1000;
/// One for the connection that signed up and is kept, one for who comes next.
const N_SEATS: u32 = 2;

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
async fn a_body_that_comes_drop_by_drop_is_refused_at_every_route_that_reads_one() {
    // Adversary: anybody who opens connections and sends a byte now and then (slow loris).
    // Invariant: a connection that does not come to its point is ended, whatever stage it is in.
    // Regression caught: a time that begins anew with every byte.
    let world = World::start_with(|config| config.limits.body_wait_s = 1).await;
    let person = Person::signed_up(&world).await;
    let slow = rows().into_iter().map(async |route| {
        let path = address(route, &person);
        let request = match route.access {
            Access::Session => person.signed(&world, route.method, &path, ""),
            Access::Anyone | Access::SigningIn | Access::Ended | Access::Ticket => {
                Request::new(route.method, &path, "")
            }
        };
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let mut head = format!("{} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n", route.method);
        for (name, value) in &request.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(b"\r\n{").await.unwrap();
        let mut answer = String::new();
        let (mut reading, mut writing) = stream.split();
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(300));
        let drops = async {
            loop {
                tick.tick().await;
                if writing.write_all(b" ").await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            // A reset is an end as well.
            read = reading.read_to_string(&mut answer) => drop(read),
            () = drops => {}
        }
        let reads_nothing = matches!(route.access, Access::Anyone | Access::Ended | Access::Ticket);
        let refused = answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 413 ");
        assert!(refused || reads_nothing, "{} {path}: {answer}", route.method);
    });
    futures_util::future::join_all(slow).await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_let_go() {
    // Adversary: whoever asks for much and reads nothing, to keep connections and their buffers.
    // Invariant: a connection that takes nothing for a while is ended.
    // Regression caught: an answer that waits for its reader for ever.
    let world = World::start_with(|config| {
        config.limits.take_wait_s = 1;
        config.limits.connections = N_SEATS;
        config.limits.head_wait_s = 600;
    })
    .await;
    let mut person = Person::signed_up(&world).await;
    for _ in 0..2 {
        let large = vec![7; 60_000];
        let parcels = (0..30).map(|_| person.next_batch(&[&large])).collect();
        person.push(&world, parcels).await.assert_ok();
    }
    // More than all buffers on the way hold.
    let mut heads = String::new();
    for _ in 0..4 {
        let request = person.signed(&world, "GET", "/v1/batches", "");
        write!(heads, "GET {} HTTP/1.1\r\nhost: localhost\r\n", request.path).unwrap();
        for (name, value) in &request.headers {
            write!(heads, "{name}: {value}\r\n").unwrap();
        }
        heads.push_str("\r\n");
    }
    let asking = tokio::net::TcpSocket::new_v4().unwrap();
    asking.set_recv_buffer_size(4096).unwrap();
    let mut asking = asking.connect(world.address).await.unwrap();
    asking.write_all(heads.as_bytes()).await.unwrap();
    // Whoever asked before holds one seat, this one the other: it is free again once the connection was ended.
    let fresh = reqwest::Client::new().get(world.url("/healthz")).send().await.unwrap();
    assert_eq!(fresh.status(), 204);
    drop(asking);
}

#[tokio::test]
async fn a_socket_that_answers_no_ping_is_closed_and_one_that_does_stays() {
    let world = World::start_with(|config| config.limits.ping_s = 1).await;
    let mut person = Person::signed_up(&world).await;
    let (silent, heard) = (person.ticket(&world).await, person.ticket(&world).await);
    let mut silent = upgraded(&world, &silent).await;
    let mut heard = Socket::open(&world, &heard).await;
    assert_eq!(heard.hear().await, Some(RelayEvent::Hello));
    let mut rest = Vec::new();
    tokio::select! {
        closed = silent.read_to_end(&mut rest) => drop(closed),
        event = heard.hear() => panic!("{event:?}"),
    }
    let batch = person.next_batch(&[b"sealed"]);
    person.push(&world, vec![batch]).await.assert_ok();
    assert_eq!(heard.hear().await, Some(RelayEvent::CursorMoved { cursor: Cursor(1) }));
}

/// An events socket that only ever sends its ticket.
async fn upgraded(world: &World, ticket: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let upgrade = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut frame = vec![0x81, 0x80 | u8::try_from(ticket.len()).unwrap(), 0, 0, 0, 0];
    frame.extend_from_slice(ticket.as_bytes());
    stream.write_all(&frame).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_idle_sockets_are_held_and_each_hears_what_moves() {
    let world = World::start_with(|config| config.limits.sockets_per_account = N_SOCKETS).await;
    let mut person = Person::signed_up(&world).await;
    let mut sockets = Vec::new();
    for _ in 0..N_SOCKETS {
        let ticket = person.ticket(&world).await;
        sockets.push(Socket::open(&world, &ticket).await);
    }
    for socket in &mut sockets {
        assert_eq!(socket.hear().await, Some(RelayEvent::Hello));
    }
    let ticket = person.ticket(&world).await;
    assert_eq!(Socket::open(&world, &ticket).await.hear().await, None, "one over the limit");
    let batch = person.next_batch(&[b"sealed"]);
    person.push(&world, vec![batch]).await.assert_ok();
    for socket in &mut sockets {
        assert_eq!(socket.hear().await, Some(RelayEvent::CursorMoved { cursor: Cursor(1) }));
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
