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

/// Hex digits that a name by content has; the build writes them.
const CONTENT_DIGITS: usize = 16;
/// Shell of the app.
const SHELL: &str = "/index.html";

/// A browser asks each time whether it changed.
const CHECKED: &str = "no-cache";
/// Other content would have another name.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

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

/// `/sotto-0123456789abcdef.css`: what stands there never changes.
fn is_named_by_content(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split_once('.').map_or("", |(stem, _)| stem);
    let digits = stem.rsplit_once('-').map_or("", |(_, digits)| digits);
    digits.len() == CONTENT_DIGITS && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
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
    let kept = if is_named_by_content(request.uri().path()) { FOR_EVER } else { CHECKED };
    let service = ServeDir::new(folder).precompressed_br().precompressed_gzip().append_index_html_on_directories(false);
    let Ok(response) = service.oneshot(request).await;
    if response.status().is_client_error() {
        return RouteError::Refused(ErrorCode::NotFound).into_response();
    }
    let mut response = response.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
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

    #[test]
    fn a_name_by_content_has_its_sixteen_digits_at_the_end() {
        for path in ["/sotto-0123456789abcdef.css", "/a/sotto-page_bg-00000000000000ff.wasm"] {
            assert!(is_named_by_content(path), "{path}");
        }
        for path in ["/sotto.css", "/sotto-0123456789abcde.css", "/sotto-0123456789ABCDEF.css", "/0123456789abcdef.css"]
        {
            assert!(!is_named_by_content(path), "{path}");
        }
        for path in ["/a-0123456789abcdef/core.js", "/core.js.a-0123456789abcdef", "/a-0123456789abcdef", "/"] {
            assert!(!is_named_by_content(path), "{path}");
        }
    }
}
