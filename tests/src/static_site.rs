//! The bundle behind the product's headers, and nothing else: shows what page, core and service
//! worker do without a relay, and what they do when their server is gone.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, runtime::Runtime};

/// The Content-Security-Policy of the product, on every response.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; \
    manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types sotto default";

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// A server of the bundle on loopback.
pub struct StaticSite {
    runtime: Option<Runtime>,
    port: u16,
}

impl StaticSite {
    /// Serves a folder on a free port.
    pub async fn serve(folder: &Path) -> Result<Self> {
        Self::serve_on(folder, 0).await
    }

    /// Serves a folder on a port.
    pub async fn serve_on(folder: &Path, port: u16) -> Result<Self> {
        ensure!(folder.join("index.html").is_file(), "{} holds no bundle", folder.display());
        // A runtime of its own: stopping it cuts open connections too, as a killed server does.
        let runtime = Runtime::new()?;
        let app = Router::new().fallback(answer).with_state(folder.to_owned());
        let listener = runtime.spawn(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))).await??;
        let port = listener.local_addr()?.port();
        runtime.spawn(axum::serve(listener, app).into_future());
        Ok(Self { runtime: Some(runtime), port })
    }

    /// The origin that a browser goes to; `localhost` is a secure context.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Ends the server at once, like a cut cable.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for StaticSite {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The folder that the bundle is in.
pub fn web_folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("SOTTO_WEB_DIR") {
        return Ok(folder.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package is a folder of the workspace")?;
    Ok(root.join("target/dist"))
}

/// The address of a bundled file that is named by its content: `/sotto.css` is `/sotto-0123456789abcdef.css`.
pub fn address_of(file: &str) -> Result<String> {
    let list: serde_json::Value = serde_json::from_slice(&fs::read(web_folder()?.join("shell.json"))?)?;
    let files = list["files"].as_object().context("shell.json lists files")?;
    let (stem, ending) = file.split_once('.').context("a file has an ending")?;
    let is_it = |address: &&String| {
        let digits = address.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-')?.split_once('.'));
        digits.is_some_and(|(digits, found)| found == ending && !digits.contains('-'))
    };
    files.keys().find(is_it).cloned().with_context(|| format!("the bundle has no {file}"))
}

async fn answer(State(folder): State<PathBuf>, address: Uri) -> Response {
    let path = address.path().trim_start_matches('/');
    let is_page = !path.rsplit('/').next().unwrap_or_default().contains('.');
    let name = if is_page { "index.html" } else { path };
    let mut headers = HeaderMap::new();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    let is_inside = !name.split('/').any(|part| part == "..");
    match fs::read(folder.join(name)) {
        Ok(bytes) if is_inside => (headers, bytes).into_response(),
        _ => (StatusCode::NOT_FOUND, headers).into_response(),
    }
}

fn content_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
