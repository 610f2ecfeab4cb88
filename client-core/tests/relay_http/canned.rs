//! A server that gives one prepared answer a connection, whatever it is asked; an empty one breaks the connection.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The running server.
pub(crate) struct Canned {
    /// Where it is.
    pub(crate) origin: String,
    served: JoinHandle<Vec<String>>,
}

impl Canned {
    /// Starts; it ends after the last answer.
    pub(crate) async fn serve(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let mut requests = Vec::new();
            for answer in answers {
                let (mut connection, _) = listener.accept().await.unwrap();
                requests.push(read_request(&mut connection).await);
                // A client that hangs up before the end is what some tests are about.
                drop(connection.write_all(answer.as_bytes()).await);
                drop(connection.shutdown().await);
            }
            requests
        });
        Self { origin, served }
    }

    /// Heads of the requests, once every answer was given.
    pub(crate) async fn requests(self) -> Vec<String> {
        self.served.await.unwrap()
    }
}

async fn read_request(connection: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced =
                head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= announced.unwrap_or(0) {
                return format!("{head}\r\n");
            }
        }
        let mut chunk = [0; 4096];
        let n_bytes = connection.read(&mut chunk).await.unwrap();
        assert_ne!(n_bytes, 0, "the request ended early");
        read.extend_from_slice(chunk.get(..n_bytes).unwrap());
    }
}
