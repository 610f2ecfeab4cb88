//! The page: files of the web folder, the shell for every address of the app, a link home from any other origin.

use std::path::Path;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use shared_types::error::ErrorCode;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::error::RouteError;
use crate::state::Relay;

/// Shell of the app.
const SHELL: &str = "/index.html";

/// Answers what no route answers.
pub(crate) async fn serve_page(State(relay): State<Arc<Relay>>, request: Request) -> Response {
    if request.uri().path().starts_with("/v1/") {
        return RouteError::Refused(ErrorCode::NotFound).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return RouteError::Refused(ErrorCode::MethodNotAllowed).into_response();
    }
    let is_shell = is_app_address(request.uri().path());
    if is_shell && !is_at_home(&relay, request.headers(), request.uri()) {
        return link_home(&relay).into_response();
    }
    let Some(folder) = &relay.config.web_dir else {
        return RouteError::Refused(ErrorCode::NotFound).into_response();
    };
    serve_file(folder, request, is_shell).await
}

/// An address of the app itself: its last part has no extension.
fn is_app_address(path: &str) -> bool {
    path == SHELL || !path.rsplit('/').next().unwrap_or_default().contains('.')
}

fn is_at_home(relay: &Relay, headers: &HeaderMap, uri: &Uri) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.or_else(|| uri.authority().map(http::uri::Authority::as_str)).is_some_and(|host| relay.site.is_at_home(host))
}

fn link_home(relay: &Relay) -> Html<String> {
    let origin = relay.site.first_origin().as_text();
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <body><main><p>Sotto works only at <a href=\"{origin}\">{origin}</a>.</p></main></body></html>"
    ))
}

async fn serve_file(folder: &Path, mut request: Request, is_shell: bool) -> Response {
    if is_shell {
        *request.uri_mut() = Uri::from_static(SHELL);
    }
    let service = ServeDir::new(folder).precompressed_gzip().append_index_html_on_directories(false);
    let Ok(response) = service.oneshot(request).await;
    if response.status().is_client_error() {
        return RouteError::Refused(ErrorCode::NotFound).into_response();
    }
    let mut response = response.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_without_an_extension_are_the_apps() {
        for path in ["/", "/c/1", "/unlock", "/index.html"] {
            assert!(is_app_address(path), "{path}");
        }
        for path in ["/core.js", "/a/b.wasm", "/favicon.ico", "/a.b/c.d"] {
            assert!(!is_app_address(path), "{path}");
        }
    }
}
