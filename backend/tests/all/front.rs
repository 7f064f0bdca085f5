//! Clients that keep a connection and say nothing, or next to nothing.

use crate::wallet::Keys;
use crate::world::{NO_CHAIN, PATIENCE, World};
use chorale_backend::Limits;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

async fn impatient() -> World {
    let limits = Limits { head_within: Duration::from_millis(400), ..Limits::default() };
    World::start(NO_CHAIN, limits).await
}

/// Reads until the backend hangs up.
async fn hung_up(stream: &mut TcpStream) -> String {
    let mut heard = vec![];
    let end = timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
    // A reset is as good an end as any.
    assert!(end.is_ok(), "the backend waits for ever");
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_cut() {
    let world = impatient().await;
    let mut silent = TcpStream::connect(&world.address).await.unwrap();
    assert!(!hung_up(&mut silent).await.contains("200"));
}

#[tokio::test]
async fn who_sends_a_head_byte_by_byte_is_cut() {
    let world = impatient().await;
    let (mut heard, mut slow) = TcpStream::connect(&world.address).await.unwrap().into_split();
    let sending = tokio::spawn(async move {
        let head = format!("GET /v1/health HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(2_000));
        for byte in head.bytes() {
            if slow.write_all(&[byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = vec![];
    let end = timeout(PATIENCE, heard.read_to_end(&mut answer)).await;
    sending.abort();
    assert!(end.is_ok(), "the backend waits for ever");
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"), "it waited for all of it");
}

/// Whoever runs this on another system than Linux has the kernel's own patience.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_asks_for_much_and_reads_none_of_it_is_cut() {
    const TIMES: usize = 40;
    let limits = Limits { unread_within: Duration::from_secs(1), ..Limits::default() };
    let world = World::start(NO_CHAIN, limits).await;
    let page = "GET /v1/docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: a\r\n\r\n";
    let once = world.get("/v1/docs/swagger-ui-bundle.js").await.text().await.len();
    let mut deaf = TcpStream::connect(&world.address).await.unwrap();
    deaf.write_all(page.repeat(TIMES).as_bytes()).await.unwrap();
    sleep(Duration::from_secs(8)).await;
    // What is in the buffers of the kernel is still there, and then it ends.
    let (mut heard, mut buffer) = (0, vec![0; 1 << 20]);
    let reading = async {
        while let Ok(read @ 1..) = deaf.read(&mut buffer).await {
            heard += read;
        }
    };
    // Whoever reads an answer and waits for the next is cut after half a minute: then all of it was sent.
    let ended = timeout(PATIENCE, reading).await;
    assert!(ended.is_ok() && heard < once * TIMES, "all {heard} bytes waited for who read none");
}

#[tokio::test]
async fn whoever_is_quick_may_keep_a_socket_for_longer() {
    let world = impatient().await;
    let mut socket = crate::socket::Socket::signed_in(&world, &Keys::new(1)).await;
    sleep(Duration::from_millis(900)).await;
    socket.send(&chorale_wire::socket::ClientFrame::Ping).await;
    assert_eq!(socket.frame().await, chorale_wire::socket::ServerFrame::Pong { id: None });
}

#[tokio::test]
async fn who_sends_a_body_and_does_not_end_it_is_told_that_the_time_is_over() {
    let limits = Limits { request_within: Duration::from_millis(400), ..Limits::default() };
    let world = World::start(NO_CHAIN, limits).await;
    let mut slow = TcpStream::connect(&world.address).await.unwrap();
    let head =
        "POST /v1/auth/nonce HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n";
    slow.write_all(format!("{head}content-length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
    let answer = hung_up(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("malformed_request"), "{answer}");
}
