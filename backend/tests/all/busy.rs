//! More than may be under way at a time, and stopping while something is.

use crate::wallet::Keys;
use crate::world::{NO_CHAIN, PATIENCE, World};
use chorale_backend::Limits;
use chorale_wire::Code;
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A request that is under way until its body is sent.
struct Slow {
    stream: TcpStream,
    body: String,
}

impl Slow {
    async fn begin(world: &World) -> Self {
        let body = json!({ "wallet": Keys::new(7).wallet() }).to_string();
        let mut stream = TcpStream::connect(&world.address).await.unwrap();
        let head = format!(
            "POST /v1/auth/nonce HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self { stream, body }
    }

    /// Sends the rest, and gives what comes back.
    async fn end(mut self) -> String {
        self.stream.write_all(self.body.as_bytes()).await.expect("the connection is open");
        let mut answer = String::new();
        timeout(PATIENCE, self.stream.read_to_string(&mut answer)).await.expect("it answers").unwrap();
        answer
    }
}

/// Asks until the answer has this status.
async fn until_status(world: &World, path: &str, status: StatusCode) {
    let waiting = async {
        while world.get(path).await.status() != status {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{path} never answers {status}"));
}

#[tokio::test]
async fn what_is_beyond_the_limit_is_turned_away_at_once_and_let_in_after() {
    let world = World::start(NO_CHAIN, Limits { requests: 2, ..Limits::default() }).await;
    let slow = [Slow::begin(&world).await, Slow::begin(&world).await];
    until_status(&world, "/v1/threads", StatusCode::SERVICE_UNAVAILABLE).await;
    let problem = world.get("/v1/threads").await.problem().await;
    assert_eq!((problem.status, problem.code, problem.retry_after), (503, Code::Overloaded, Some(1)));
    assert!(world.get("/v1/health").await.status().is_success(), "that it is busy can be seen");
    for slow in slow {
        let answer = slow.end().await;
        assert!(answer.starts_with("HTTP/1.1 200"), "who is in is served: {answer}");
    }
    until_status(&world, "/v1/threads", StatusCode::OK).await;
}

#[tokio::test]
async fn a_client_of_the_socket_beyond_the_limit_is_told_to_come_back() {
    let world = World::start(NO_CHAIN, Limits { sockets: 1, ..Limits::default() }).await;
    let url = format!("ws://{}/v1/ws", world.address);
    let (first, _) = tokio_tungstenite::connect_async(&url).await.expect("there is a place");
    let refused = tokio_tungstenite::connect_async(&url).await.expect_err("there is no second place");
    assert!(refused.to_string().contains("503"), "{refused}");
    drop(first);
    let again = async {
        while tokio_tungstenite::connect_async(&url).await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("its place is free again");
}

#[tokio::test]
async fn a_backend_that_stops_serves_who_is_in_and_lets_nobody_else_in() {
    let world = World::start(NO_CHAIN, Limits { requests: 1, ..Limits::default() }).await;
    let slow = Slow::begin(&world).await;
    // The head must have come before it is told to stop: then the only place is taken.
    until_status(&world, "/v1/threads", StatusCode::SERVICE_UNAVAILABLE).await;
    world.shutdown.cancel();
    let closed = async {
        while TcpStream::connect(&world.address).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, closed).await.expect("it goes on taking connections");
    let answer = slow.end().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    timeout(PATIENCE, world.running).await.expect("it ends").unwrap().expect("it ends well");
}
