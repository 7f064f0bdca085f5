//! What browsers are told: who may call from where, and to do nothing else with an answer than to read it.

use crate::reads::CURSOR_HEADER;
use axum::Router;
use axum::http::header::{
    AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method};
use chorale_wire::http::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

/// How long a browser may remember that it may call.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// Answers are data: whatever is in them runs nowhere, is framed nowhere, and tells nobody where it was read. A page of
/// what may change is not kept, unless its handler says otherwise.
const HEADERS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (CACHE_CONTROL, "no-store"),
];

/// Which pages' scripts may call the backend. Nothing is known of a caller but the token that it sends itself, so that a
/// page gets no more than its own user's consent; cookies there are none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Origins {
    /// Those of any page.
    #[default]
    Any,
    /// Those of pages from these origins only, like `https://chorale.example`.
    These(Vec<HeaderValue>),
}

impl Origins {
    fn allowed(&self) -> AllowOrigin {
        match self {
            Self::Any => Any.into(),
            Self::These(origins) => AllowOrigin::list(origins.iter().cloned()),
        }
    }
}

/// Who came by TLS once comes by nothing else for a year.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The routes as they are served by TLS.
pub(crate) fn secured(router: Router) -> Router {
    router.layer(SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, HSTS))
}

/// The routes with all of it.
pub(crate) fn guarded(router: Router, origins: &Origins) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(origins.allowed())
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_NONE_MATCH,
            HeaderName::from_static(IDEMPOTENCY_KEY),
            CURSOR_HEADER,
        ])
        .expose_headers([
            AGE,
            ETAG,
            RETRY_AFTER,
            HeaderName::from_static(IDEMPOTENCY_REPLAYED),
            CURSOR_HEADER,
        ])
        .max_age(REMEMBERED);
    let set = |router: Router, (name, value)| {
        let value = HeaderValue::from_static(value);
        router.layer(SetResponseHeaderLayer::if_not_present(name, value))
    };
    HEADERS.into_iter().fold(router, set).layer(cors)
}
