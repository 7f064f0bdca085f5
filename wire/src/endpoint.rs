//! What may be said of an endpoint: providers put keys into paths and queries.

use http::Uri;

/// The endpoint's scheme, host and port.
#[must_use]
pub fn public(url: &str) -> String {
    let Ok(uri) = url.parse::<Uri>() else { return "an endpoint with a malformed URL".into() };
    let scheme = uri.scheme_str().unwrap_or("http");
    let host = uri.host().unwrap_or("an unknown host");
    match uri.port_u16() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

/// What went wrong at an endpoint, in words that hold nothing of a URL which holds more than may be said.
#[must_use]
pub fn cause(url: &str, error: &impl ToString) -> String {
    if url.trim_end_matches('/') == public(url) {
        return error.to_string();
    }
    "it does not answer as it should".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_said_of_an_endpoint() {
        for url in [
            "https://node.example/?api-key=SECRET",
            "https://me:SECRET@node.example",
            "https://node.example/SECRET/",
        ] {
            assert_eq!(public(url), "https://node.example");
            assert!(!cause(url, &format!("no answer from {url}")).contains("SECRET"), "{url}");
        }
    }

    #[test]
    fn a_plain_endpoint_is_said_whole() {
        assert_eq!(public("http://127.0.0.1:8899"), "http://127.0.0.1:8899");
        assert_eq!(cause("http://127.0.0.1:8899", &"refused"), "refused");
    }
}
