//! The RPC source against a socket that answers with what a node would.

use super::encoded::{PROGRAM, created, json};
use crate::RpcSource;
use crate::source::{ChainSource, SourceError};
use chorale_domain::id::Signature;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;

const FIRST: Signature = Signature([1; 64]);
const SECOND: Signature = Signature([2; 64]);

/// Answers every request with `result`, and gives the requests' parameters back.
async fn node(result: Value) -> (RpcSource, tokio::sync::mpsc::UnboundedReceiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let request = read_request(&mut socket).await;
            let body = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            socket.write_all(answer.as_bytes()).await.unwrap();
            sender.send(request["params"].clone()).unwrap();
        }
    });
    (RpcSource::new(url, "ws://127.0.0.1:1".into(), PROGRAM), requests)
}

async fn read_request(socket: &mut TcpStream) -> Value {
    let mut bytes = vec![];
    loop {
        socket.read_buf(&mut bytes).await.unwrap();
        let text = String::from_utf8_lossy(&bytes);
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(request) = serde_json::from_str(body)
        {
            return request;
        }
    }
}

fn listed(signature: Signature, slot: u64, err: &Value, status: &str) -> Value {
    json!({ "signature": signature.to_string(), "slot": slot, "err": err, "memo": null, "blockTime": 1,
        "confirmationStatus": status })
}

#[tokio::test]
async fn signatures_are_listed_but_for_those_of_the_open_slot() {
    let failed = json!({ "InstructionError": [0, { "Custom": 6000 }] });
    let (source, mut requests) = node(json!([
        listed(Signature([9; 64]), 12, &Value::Null, "processed"),
        listed(SECOND, 11, &failed, "confirmed"),
        listed(FIRST, 10, &Value::Null, "finalized"),
    ]))
    .await;
    let found = source.signatures(Some(SECOND), Some(FIRST), 50).await.unwrap();
    let found: Vec<_> = found.iter().map(|info| (info.signature, info.slot, info.failed)).collect();
    assert_eq!(found, [(SECOND, 11, true), (FIRST, 10, false)]);
    let expected = json!([PROGRAM.to_string(), {
        "before": SECOND.to_string(), "until": FIRST.to_string(), "limit": 50, "commitment": "confirmed",
    }]);
    let mut asked = requests.recv().await.unwrap();
    asked[1].as_object_mut().unwrap().retain(|_, value| !value.is_null());
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn a_transaction_is_read_as_nodes_encode_it() {
    let value = json(5, &[(PROGRAM, created())]);
    let (source, mut requests) = node(value.clone()).await;
    let found = source.transaction(FIRST).await.unwrap();
    assert_eq!(found, Some(serde_json::from_value(value).unwrap()));
    let asked = requests.recv().await.unwrap();
    assert_eq!((&asked[1]["encoding"], &asked[1]["commitment"]), (&json!("json"), &json!("confirmed")));
}

#[tokio::test]
async fn a_transaction_that_is_not_there_is_no_error() {
    let (source, _requests) = node(Value::Null).await;
    assert_eq!(source.transaction(FIRST).await, Ok(None));
}

#[tokio::test]
async fn a_url_that_does_not_answer_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let source = RpcSource::new(url.clone(), "ws://127.0.0.1:1".into(), PROGRAM);
    let error = source.transaction(FIRST).await.unwrap_err();
    assert!(matches!(&error, SourceError::NoAnswer { url: asked, .. } if *asked == url), "{error}");
}

#[tokio::test]
async fn a_socket_that_cannot_be_reached_is_tried_again_without_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let source = RpcSource::new("http://127.0.0.1:1".into(), url, PROGRAM);
    let refusing = async {
        for _ in 0..3 {
            drop(listener.accept().await.unwrap());
        }
    };
    let wake = Notify::new();
    tokio::select! {
        never = source.wake_ups(&wake) => match never {},
        outcome = timeout(Duration::from_secs(20), refusing) => assert!(outcome.is_ok(), "no third try"),
    }
}
