//! TLS against a true server with a throw-away authority: the right certificate works, every wrong one is refused.

use std::net::SocketAddr;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";

/// Who signs certificates, with the file that names it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A server at `localhost` that shows a certificate for a name.
    async fn serve(&self, change: impl FnOnce(&mut CertificateParams), name: &str) -> SocketAddr {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut secured) = acceptor.accept(socket).await else { continue };
                let mut request = [0; 4096];
                if secured.read(&mut request).await.is_ok() {
                    secured.write_all(ANSWER).await.unwrap();
                    secured.shutdown().await.ok();
                }
            }
        });
        address
    }
}

async fn fetch(scheme: &str, port: u16, ca_file: Option<&Path>) -> Result<Vec<u8>, SendError> {
    let url = Url::parse(&format!("{scheme}://localhost:{port}/v1")).unwrap();
    Endpoint::new(url, Some(&Secret::new("key")), ca_file).unwrap().fetch("models").await?.whole(100).await
}

// Adversary: A3, who stands in the network between the relay and a hosted provider and answers in its name.
// Invariant: a question and the operator's key leave only after the peer has proven that it is the address's own.
// Regression caught: the certificate, its name or its dates are not checked, and whoever answers is told everything.
#[tokio::test]
async fn a_wrong_certificate_is_refused_before_anything_leaves_and_a_right_one_works() {
    let (ours, other) = (Authority::new(), Authority::new());
    let right = ours.serve(|_| {}, "localhost").await.port();
    assert_eq!(fetch("https", right, Some(ours.file.path())).await, Ok(b"hello".to_vec()));
    assert_eq!(fetch("https", right, None).await, Err(SendError::Tls), "an authority that nobody named");
    assert_eq!(fetch("https", right, Some(other.file.path())).await, Err(SendError::Tls), "another authority");
    let misnamed = ours.serve(|_| {}, "elsewhere.example").await.port();
    assert_eq!(fetch("https", misnamed, Some(ours.file.path())).await, Err(SendError::Tls), "another name");
    let late = ours.serve(|params| params.not_after = date_time_ymd(2001, 1, 1), "localhost").await.port();
    assert_eq!(fetch("https", late, Some(ours.file.path())).await, Err(SendError::Tls), "over");
    assert!(fetch("http", right, None).await.is_err(), "TLS is not spoken to without it");
}

#[tokio::test]
async fn each_step_that_fails_has_its_own_error() {
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = plain.accept().await {
            socket.write_all(b"220 mail.example ready\r\n").await.ok();
        }
    });
    assert_eq!(fetch("https", port, None).await, Err(SendError::Tls), "no TLS there");
    assert_eq!(fetch("http", port, None).await, Err(SendError::Broken), "no HTTP there");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(fetch("http", nobody, None).await, Err(SendError::Unreachable));
}

#[test]
fn an_authority_file_without_a_certificate_ends_the_start_with_a_sentence() {
    let url = Url::parse("https://localhost/v1").unwrap();
    let empty = NamedTempFile::new().unwrap();
    for path in [empty.path(), Path::new("nowhere.pem")] {
        assert!(matches!(Endpoint::new(url.clone(), None, Some(path)), Err(EndpointError::Authority)));
    }
}

/// A server that takes one request a connection; tells each connection as it comes, and what it carried.
async fn one_request_each(closes_unused: bool) -> (Url, UnboundedReceiver<&'static str>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/v1", listener.local_addr().unwrap())).unwrap();
    let (tell, told) = unbounded_channel();
    tokio::spawn(async move {
        let mut n_served = 0;
        while let Ok((mut socket, _)) = listener.accept().await {
            tell.send("opened").ok();
            n_served += 1;
            if closes_unused && n_served == 2 {
                continue;
            }
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let n_read = socket.read(&mut request).await.unwrap();
                tell.send(if n_read == 0 { "unused" } else { "asked" }).ok();
                socket.write_all(ANSWER).await.ok();
                let n_more = socket.read(&mut request).await.unwrap_or_default();
                assert_eq!(n_more, 0, "a connection carries one request");
            });
        }
    });
    (url, told)
}

async fn post(endpoint: &Endpoint) -> Vec<u8> {
    endpoint.post("chat/completions", Bytes::from_static(b"{}")).await.unwrap().whole(100).await.unwrap()
}

/// Waits until a connection is open ahead, or until the one that was is closed.
async fn await_ahead(endpoint: &Endpoint, is_wanted: bool) {
    let is_open = || match &mut *endpoint.peer.ahead.lock().unwrap() {
        Ahead::Open { line, .. } => line.is_open(),
        Ahead::Opening | Ahead::Nothing => false,
    };
    let wait = async {
        while is_open() != is_wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(CONNECT_TIMEOUT, wait).await.expect("a peer on this machine is reached in time");
}

#[tokio::test]
async fn a_question_leaves_on_a_connection_that_was_opened_ahead_and_has_carried_nothing() {
    let (url, mut told) = one_request_each(false).await;
    let endpoint = Endpoint::new(url, None, None).unwrap();
    for _ in 0..3 {
        assert_eq!(post(&endpoint).await, b"hello");
        await_ahead(&endpoint, true).await;
    }
    let mut all = Vec::new();
    for _ in 0..7 {
        all.push(told.recv().await.unwrap());
    }
    let n_opened = all.iter().filter(|event| **event == "opened").count();
    assert_eq!((n_opened, all.len()), (4, 7), "one for each question, and one ahead: {all:?}");
    drop(endpoint);
    assert_eq!(told.recv().await, Some("unused"), "it ends with its endpoint");
}

#[tokio::test]
async fn a_question_is_asked_anew_where_the_connection_ahead_was_closed() {
    let (url, _told) = one_request_each(true).await;
    let endpoint = Endpoint::new(url, None, None).unwrap();
    assert_eq!(post(&endpoint).await, b"hello");
    let wait = async {
        while !matches!(*endpoint.peer.ahead.lock().unwrap(), Ahead::Open { .. }) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(CONNECT_TIMEOUT, wait).await.unwrap();
    await_ahead(&endpoint, false).await;
    assert_eq!(post(&endpoint).await, b"hello");
}
