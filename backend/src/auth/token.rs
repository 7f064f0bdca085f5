//! What an API token may be.

use crate::error::ApiError;
use axum::http::StatusCode;
use chorale_wire::Code;
use chorale_wire::http::TokenRequest;

/// The longest that one lasts, seconds: 90 days.
const MAX_TTL: i64 = 90 * 24 * 60 * 60;

/// Characters of a label.
const MAX_LABEL: usize = 64;

/// Of one wallet at a time.
pub(super) const MAX_TOKENS: usize = 100;

/// Refuses what cannot be a token, by what is wrong with it.
pub(super) fn check(request: &TokenRequest, now: i64) -> Result<(), ApiError> {
    let TokenRequest { label, scopes, expires_at } = request;
    if label.trim().is_empty() || label.chars().count() > MAX_LABEL || label.chars().any(char::is_control) {
        let detail = format!("label: say in 1 to {MAX_LABEL} characters what the token is for");
        return Err(ApiError::malformed(detail));
    }
    if scopes.is_empty() {
        return Err(ApiError::malformed("scopes: name at least one of read, upload, relay"));
    }
    if !(now + 1..=now + MAX_TTL).contains(expires_at) {
        let detail = format!("expires_at: give a time from now, {now}, to 90 days on, {}", now + MAX_TTL);
        return Err(ApiError::malformed(detail));
    }
    Ok(())
}

/// There are as many as there can be.
pub(super) fn too_many() -> ApiError {
    let detail = format!(
        "a wallet has {MAX_TOKENS} API tokens at most: end one first, DELETE /v1/auth/sessions/{{id}}"
    );
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_wire::http::{Scope, Scopes};

    fn request() -> TokenRequest {
        let scopes = Scopes::from_iter([Scope::Read]);
        TokenRequest { label: "bot".into(), scopes, expires_at: 1_000 + MAX_TTL }
    }

    fn refused(request: &TokenRequest) -> String {
        check(request, 1_000).expect_err("it should be refused").into_problem().detail
    }

    #[test]
    fn a_token_has_a_label_a_scope_and_an_end_within_ninety_days() {
        assert!(check(&request(), 1_000).is_ok());
        for label in ["", "  ", "two\nlines", &"x".repeat(65)] {
            assert!(
                refused(&TokenRequest { label: label.into(), ..request() }).starts_with("label:"),
                "{label:?}"
            );
        }
        assert!(refused(&TokenRequest { scopes: Scopes::default(), ..request() }).starts_with("scopes:"));
        for expires_at in [i64::MIN, 1_000, 1_001 + MAX_TTL, i64::MAX] {
            assert!(
                refused(&TokenRequest { expires_at, ..request() }).starts_with("expires_at:"),
                "{expires_at}"
            );
        }
    }
}
