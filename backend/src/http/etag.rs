//! What a reader has already is not sent again: answers carry a tag of their bytes, and who names it gets 304.

use crate::error::ApiError;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chorale_domain::id::{Hash32, sha256};

/// Kept by the reader alone, since some of it is for one wallet only, and never used without asking.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What an answer depends on besides its URL.
const BY_CALLER: HeaderValue = HeaderValue::from_static("authorization");

/// Tags every JSON answer to a GET.
pub(crate) async fn tagged(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let answer = next.run(request).await;
    if answer.status() == StatusCode::OK && is_json(answer.headers()) {
        with_tag(answer, known.as_ref()).await
    } else {
        answer
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
}

async fn with_tag(answer: Response, known: Option<&HeaderValue>) -> Response {
    let (mut parts, body) = answer.into_parts();
    // The handlers' answers are whole in memory already.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return ApiError::internal("the answer broke off").into_response();
    };
    let tag = tag_of(&bytes);
    let same = known.is_some_and(|known| names(known, &tag));
    parts.headers.insert(ETAG, tag);
    parts.headers.insert(CACHE_CONTROL, ASK_AGAIN);
    parts.headers.append(VARY, BY_CALLER);
    if !same {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(CONTENT_TYPE);
    Response::from_parts(parts, Body::empty())
}

fn tag_of(bytes: &Bytes) -> HeaderValue {
    let tag = format!("\"{}\"", Hash32(sha256(&[bytes])));
    HeaderValue::try_from(tag).expect("hex in quotes is a header's value")
}

/// Whether an `if-none-match` header names the tag: RFC 9110, section 13.1.2.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    let mut all = known.split(',').map(str::trim);
    all.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_among_others_weak_or_not() {
        let tag = HeaderValue::from_static("\"ab\"");
        for known in ["\"ab\"", "W/\"ab\"", "\"cd\" , \"ab\"", "*"] {
            assert!(names(&HeaderValue::from_static(known), &tag), "{known}");
        }
        for known in ["", "ab", "\"cd\"", "\"abc\""] {
            assert!(!names(&HeaderValue::from_static(known), &tag), "{known}");
        }
    }
}
