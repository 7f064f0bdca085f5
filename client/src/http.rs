//! JSON over HTTP: one place that turns answers into values or typed errors.

use crate::error::{ClientError, unreachable};
use crate::seen::Seen;
use crate::socket::SocketOptions;
use crate::trust::Trust;
use chorale_wire::Problem;
use chorale_wire::http::CURSOR;
use chorale_wire::socket::Room;
use reqwest::{Method, RequestBuilder, Response, Url};
use rustls::ClientConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Longer than any call takes, short enough to notice a backend that hangs.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The backend's HTTP interface, with a session's token once there is one.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    base: Url,
    client: reqwest::Client,
    token: Option<String>,
    trust: Trust,
    /// Of the client's sockets too.
    seen: Seen,
}

impl Http {
    pub(crate) fn new(url: &str, trust: Trust) -> Result<Self, ClientError> {
        let bad = || ClientError::BadUrl { url: url.into() };
        let base: Url = url.parse().map_err(|_| bad())?;
        let usable = matches!(base.scheme(), "http" | "https") && base.has_host();
        // The WebSocket cannot go through an HTTP proxy, and half a connection is of no use.
        let client = reqwest::Client::builder().timeout(TIMEOUT).no_proxy();
        let client = client.use_preconfigured_tls(ClientConfig::clone(&trust.config())).build();
        match client {
            Ok(client) if usable => Ok(Self { base, client, token: None, trust, seen: Seen::default() }),
            _ => Err(bad()),
        }
    }

    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// Host and port, as a sign-in text names them.
    pub(crate) fn authority(&self) -> &str {
        self.base.authority()
    }

    /// Scheme, host and port, as a sign-in text names them.
    pub(crate) fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// The WebSocket's URL.
    pub(crate) fn socket_url(&self) -> String {
        let scheme = if self.base.scheme() == "https" { "wss" } else { "ws" };
        format!("{scheme}://{}/v1/ws", self.base.authority())
    }

    /// Options for a socket that believes whom this does, and raises what reads must not be older than.
    pub(crate) fn socket(&self, token: &str, rooms: impl IntoIterator<Item = Room>) -> SocketOptions {
        let options = SocketOptions::new(self.socket_url(), token, rooms);
        SocketOptions { trust: self.trust.clone(), seen: self.seen.clone(), ..options }
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, ClientError> {
        let (url, request) = self.request(Method::GET, path);
        self.answer(url, request.query(query)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let (url, request) = self.request(Method::POST, path);
        self.answer(url, request.json(body)).await
    }

    /// A call of which only the success matters.
    pub(crate) async fn post_only(&self, path: &str, body: &impl Serialize) -> Result<(), ClientError> {
        let (url, request) = self.request(Method::POST, path);
        self.success(url, request.json(body)).await.map(|_| ())
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), ClientError> {
        let (url, request) = self.request(Method::DELETE, path);
        self.success(url, request).await.map(|_| ())
    }

    fn request(&self, method: Method, path: &str) -> (Url, RequestBuilder) {
        let mut url = self.base.clone();
        url.set_path(path);
        let request = self.client.request(method, url.clone());
        let request = request.header(CURSOR, self.seen.cursor());
        match &self.token {
            Some(token) => (url, request.bearer_auth(token)),
            None => (url, request),
        }
    }

    /// Sends the request and returns the answer if it says that all went well.
    async fn success(&self, url: Url, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|source| unreachable(&url, source))?;
        let told = response.headers().get(CURSOR).and_then(|value| value.to_str().ok()?.parse().ok());
        self.seen.raise(told.unwrap_or(0));
        if response.status().is_success() { Ok(response) } else { Err(refusal(url, response).await) }
    }

    async fn answer<T: DeserializeOwned>(&self, url: Url, request: RequestBuilder) -> Result<T, ClientError> {
        let response = self.success(url.clone(), request).await?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|source| unreachable(&url, source))?;
        serde_json::from_slice(&body).map_err(|error| ClientError::Misunderstood {
            url: url.into(),
            status,
            detail: error.to_string(),
        })
    }
}

async fn refusal(url: Url, response: Response) -> ClientError {
    let status = response.status().as_u16();
    let text = match response.text().await {
        Ok(text) => text,
        Err(source) => return unreachable(&url, source),
    };
    match serde_json::from_str::<Problem>(&text) {
        Ok(problem) => ClientError::Refused(problem),
        Err(_) => {
            ClientError::Misunderstood { url: url.into(), status, detail: text.chars().take(200).collect() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    #[test]
    fn urls_that_cannot_be_a_backend_are_refused() {
        for url in ["", "127.0.0.1:8787", "ws://host", "file:///tmp", "http://", "https://"] {
            assert!(
                matches!(Http::new(url, Trust::public()), Err(ClientError::BadUrl { .. })),
                "{url:?} was accepted"
            );
        }
    }

    #[test]
    fn the_socket_is_beside_the_backend() {
        for (url, socket, authority, origin) in [
            (
                "http://127.0.0.1:8787/",
                "ws://127.0.0.1:8787/v1/ws",
                "127.0.0.1:8787",
                "http://127.0.0.1:8787",
            ),
            ("https://Host.example:443", "wss://host.example/v1/ws", "host.example", "https://host.example"),
        ] {
            let http = Http::new(url, Trust::public()).unwrap();
            assert_eq!((http.socket_url().as_str(), http.authority()), (socket, authority));
            assert_eq!(http.origin(), origin);
        }
    }

    /// Answers one request, with this cursor; gives the one that came with the request.
    async fn answer_one(listener: &TcpListener, cursor: i64) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await.unwrap();
        let answer = format!(
            "HTTP/1.1 200 OK\r\n{CURSOR}: {cursor}\r\ncontent-length: 1\r\nconnection: close\r\n\r\n7"
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
        let line = request.lines().find_map(|line| line.strip_prefix(&format!("{CURSOR}: ")));
        line.unwrap_or_else(|| panic!("no cursor in {request}")).to_owned()
    }

    #[tokio::test]
    async fn each_request_says_how_new_the_newest_answer_was() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let http = Http::new(&url, Trust::public()).unwrap();
        for (told, seen) in [(5, "0"), (3, "5"), (9, "5"), (9, "9")] {
            let http = http.with_token("token");
            let (answer, said) = tokio::join!(http.get::<u8>("/", &()), answer_one(&listener, told));
            assert_eq!((answer.unwrap(), said.as_str()), (7, seen));
        }
    }
}
