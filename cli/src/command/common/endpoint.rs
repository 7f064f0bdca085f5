use axum::http::Uri;
use axum::http::uri::Authority;
use clap::Args;

/// Which Solana node to ask.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct RpcArgs {
    /// JSON-RPC endpoint of a Solana node that keeps the program's whole history
    #[arg(long, value_name = "URL", env = "CHORALE_RPC_URL", hide_env_values = true, value_parser = http_url)]
    pub(in crate::command) rpc_url: String,
}

/// Which Solana node to follow.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct EndpointArgs {
    #[command(flatten)]
    pub(in crate::command) rpc: RpcArgs,
    /// The WebSocket endpoint that goes with it
    #[arg(long, value_name = "URL", env = "CHORALE_WS_URL", hide_env_values = true, value_parser = ws_url)]
    pub(in crate::command) ws_url: String,
}

/// Reads the URL of a JSON-RPC endpoint or a backend.
pub(in crate::command) fn http_url(text: &str) -> Result<String, String> {
    url(text, "http")
}

/// Reads the URL of a WebSocket endpoint.
pub(in crate::command) fn ws_url(text: &str) -> Result<String, String> {
    url(text, "ws")
}

/// The text as it is, if it is a URL with this scheme or its encrypted form.
fn url(text: &str, scheme: &str) -> Result<String, String> {
    let is_url = text.parse::<Uri>().is_ok_and(|uri| {
        let found = uri.scheme_str().unwrap_or_default();
        let fits = found == scheme || found.strip_suffix('s') == Some(scheme);
        fits && uri.authority().is_some_and(is_server)
    });
    if is_url {
        return Ok(text.to_owned());
    }
    Err(format!("expected a URL such as {scheme}://127.0.0.1:8899 or {scheme}s://HOST/PATH"))
}

/// Whether there is a host, and a port that can be one if any.
fn is_server(authority: &Authority) -> bool {
    let host = authority.host();
    let ends_with_host = authority.as_str().ends_with(host);
    !host.is_empty() && (ends_with_host || authority.port_u16().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_of_its_kind_is_refused() {
        for text in
            ["http://127.0.0.1:8899", "https://a.example/v1?key=x", "http://[::1]:8899", "http://me:pw@node"]
        {
            assert_eq!(http_url(text).as_deref(), Ok(text));
            assert!(ws_url(text).is_err(), "{text}");
        }
        for text in ["ws://127.0.0.1:8900", "wss://a.example"] {
            assert_eq!(ws_url(text).as_deref(), Ok(text));
            assert!(http_url(text).is_err(), "{text}");
        }
        let wrong = [
            "",
            "nonsense",
            "localhost:8899",
            "http:localhost",
            "http://",
            "http://:80",
            "http://a:99999",
            "ftp://a",
        ];
        for text in wrong {
            assert!(http_url(text).unwrap_err().contains("http://127.0.0.1:8899"), "{text}");
        }
    }
}
