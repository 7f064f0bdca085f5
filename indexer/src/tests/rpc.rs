//! The RPC source against a socket that answers with what a node would.

mod http;

use super::encoded::{PROGRAM, created, json};
use crate::RpcSource;
use crate::source::{ChainSource, Page, SourceError, Tip};
use crate::time::RealTime;
use chorale_domain::id::{Signature, Wallet};
use chorale_wire::socket::Commitment;
use http::{Answer, Node};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const FIRST: Signature = Signature([1; 64]);
const SECOND: Signature = Signature([2; 64]);
const PAGE: Page = Page { before: Some(SECOND), until: Some(FIRST), limit: 50, min_slot: 9 };

fn source(url: String) -> RpcSource {
    RpcSource::new(url, "ws://127.0.0.1:1".into(), PROGRAM, Arc::new(RealTime::new()))
}

/// A source whose node gives these answers, the last one again and again.
async fn asking(answers: impl IntoIterator<Item = Answer>) -> (RpcSource, Node) {
    let node = Node::start(answers).await;
    (source(node.url.clone()), node)
}

async fn refusing(code: i64, message: &str, data: &Value) -> RpcSource {
    asking([Answer::error(code, message, data)]).await.0
}

fn listed(signature: Signature, slot: u64, err: &Value, status: &str) -> Value {
    json!({ "signature": signature.to_string(), "slot": slot, "err": err, "memo": null, "blockTime": 1,
        "confirmationStatus": status })
}

fn account(data: &str) -> Value {
    json!({ "lamports": 1, "owner": PROGRAM.to_string(), "executable": false, "rentEpoch": 0, "space": 3,
        "data": [data, "base64"] })
}

fn without_nulls(mut asked: Value) -> Value {
    let config = asked.as_array_mut().and_then(|params| params.last_mut()).and_then(Value::as_object_mut);
    config.unwrap().retain(|_, value| !value.is_null());
    asked
}

#[tokio::test]
async fn signatures_are_listed_with_their_commitment_but_for_those_of_the_open_slot() {
    let failed = json!({ "InstructionError": [0, { "Custom": 6000 }] });
    let answer = json!([
        listed(Signature([9; 64]), 12, &Value::Null, "processed"),
        listed(SECOND, 11, &failed, "confirmed"),
        listed(FIRST, 10, &Value::Null, "finalized"),
    ]);
    let (source, mut node) = asking([Answer::result(&answer)]).await;
    let found = source.signatures(&PAGE).await.unwrap();
    let found: Vec<_> =
        found.iter().map(|info| (info.signature, info.slot, info.failed, info.commitment)).collect();
    let expected = [(SECOND, 11, true, Commitment::Confirmed), (FIRST, 10, false, Commitment::Finalized)];
    assert_eq!(found, expected);
    let asked = json!([PROGRAM.to_string(), { "before": SECOND.to_string(), "until": FIRST.to_string(), "limit": 50,
        "commitment": "confirmed", "minContextSlot": 9 }]);
    assert_eq!(without_nulls(node.asked().await), asked);
}

#[tokio::test]
async fn a_node_that_does_not_tell_what_is_finalized_gave_no_answer() {
    let mut info = listed(FIRST, 10, &Value::Null, "");
    info["confirmationStatus"] = Value::Null;
    let (source, _node) = asking([Answer::result(&json!([info]))]).await;
    let error = source.signatures(&PAGE).await.unwrap_err();
    assert!(
        matches!(&error, SourceError::NoAnswer { reason, .. } if reason.contains("finalized")),
        "{error}"
    );
}

#[tokio::test]
async fn the_tip_is_both_slots_and_what_is_finalized_is_never_ahead() {
    for (finalized, confirmed, expected) in [(70, 102, 70), (102, 99, 99)] {
        let (source, mut node) =
            asking([Answer::result(&json!(finalized)), Answer::result(&json!(confirmed))]).await;
        assert_eq!(source.tip().await, Ok(Tip { confirmed, finalized: expected }));
        assert_eq!(node.asked().await[0]["commitment"], "finalized");
        assert_eq!(node.asked().await[0]["commitment"], "confirmed");
    }
}

#[tokio::test]
async fn a_node_that_is_behind_says_how_far_it_is() {
    let source =
        refusing(-32016, "Minimum context slot has not been reached", &json!({ "contextSlot": 7 })).await;
    let url = source.url().to_owned();
    let behind = SourceError::Behind { url: url.clone(), slot: Some(7), wanted: 9 };
    assert_eq!(source.signatures(&PAGE).await, Err(behind.clone()));
    assert_eq!(source.accounts(&[PROGRAM], 9).await, Err(behind.clone()));
    assert_eq!(source.program_accounts(9).await, Err(behind));
    let silent = refusing(-32016, "Minimum context slot has not been reached", &Value::Null).await;
    let error = silent.signatures(&PAGE).await.unwrap_err();
    assert!(error.to_string().contains("is not far enough, but slot 9 is needed"), "{error}");
}

#[tokio::test]
async fn an_unknown_transaction_to_list_after_is_a_gap_and_one_to_list_before_gives_an_empty_page() {
    let unknown = |signature: Signature| format!("Transaction {signature} not found");
    let source = refusing(-32020, &unknown(FIRST), &Value::Null).await;
    let gap = SourceError::Gap { url: source.url().to_owned(), cursor: FIRST };
    assert_eq!(source.signatures(&PAGE).await, Err(gap));
    let source = refusing(-32020, &unknown(SECOND), &Value::Null).await;
    assert_eq!(source.signatures(&PAGE).await, Ok(vec![]));
}

#[tokio::test]
async fn a_node_that_limits_questions_says_for_how_long() {
    let after = |retry_after| Err(retry_after);
    let cases = [
        (Answer::status(429, "retry-after: 7\r\n"), after(Some(Duration::from_secs(7)))),
        (Answer::status(429, ""), after(None)),
        (Answer::error(429, "Too many requests for a specific RPC call", &Value::Null), after(None)),
    ];
    for (answer, expected) in cases {
        let (source, mut node) = asking([answer]).await;
        let found = source.transaction(FIRST).await.map_err(|error| match error {
            SourceError::Limited { retry_after, .. } => retry_after,
            other => panic!("{other}"),
        });
        assert_eq!(found, expected);
        node.asked().await;
        assert_eq!(node.questions(), 0, "it must not be asked again before whoever asks says so");
    }
}

#[tokio::test]
async fn a_transaction_is_read_as_nodes_encode_it() {
    let value = json(5, &[(PROGRAM, created())]);
    let (source, mut node) = asking([Answer::result(&value)]).await;
    let found = source.transaction(FIRST).await.unwrap();
    assert_eq!(found, Some(serde_json::from_value(value).unwrap()));
    let asked = node.asked().await;
    assert_eq!((&asked[1]["encoding"], &asked[1]["commitment"]), (&json!("json"), &json!("confirmed")));
}

#[tokio::test]
async fn a_transaction_that_is_not_there_yet_is_no_error() {
    let answers = [
        Answer::result(&Value::Null),
        Answer::error(-32004, "Block not available for slot 5", &Value::Null),
        Answer::error(-32014, "Block status not yet available for slot 5", &Value::Null),
    ];
    for answer in answers {
        assert_eq!(asking([answer]).await.0.transaction(FIRST).await, Ok(None));
    }
}

#[tokio::test]
async fn a_skipped_slot_is_not_taken_for_one_that_is_not_available_yet() {
    for code in [-32001, -32007, -32009, -32011, -32019] {
        let error = refusing(code, "no block", &Value::Null).await.transaction(FIRST).await.unwrap_err();
        let told = format!("no block (error {code})");
        assert!(matches!(&error, SourceError::NoAnswer { reason, .. } if *reason == told), "{error}");
    }
}

#[tokio::test]
async fn accounts_come_in_order_with_their_slot() {
    let answer = json!({ "context": { "slot": 12 }, "value": [account("AQID"), null] });
    let (source, mut node) = asking([Answer::result(&answer)]).await;
    let found = source.accounts(&[PROGRAM, Wallet([4; 32])], 11).await.unwrap();
    assert_eq!((found.slot, found.accounts), (12, vec![Some(vec![1, 2, 3]), None]));
    let asked = without_nulls(node.asked().await);
    assert_eq!(asked[0], json!([PROGRAM.to_string(), Wallet([4; 32]).to_string()]));
    assert_eq!(asked[1], json!({ "encoding": "base64", "commitment": "confirmed", "minContextSlot": 11 }));
}

#[tokio::test]
async fn all_accounts_of_the_program_come_with_their_slot() {
    let keyed = json!({ "pubkey": Wallet([4; 32]).to_string(), "account": account("AQID") });
    let (source, mut node) =
        asking([Answer::result(&json!({ "context": { "slot": 12 }, "value": [keyed] }))]).await;
    assert_eq!(source.program_accounts(11).await, Ok((12, vec![(Wallet([4; 32]), vec![1, 2, 3])])));
    let asked = node.asked().await;
    assert_eq!((&asked[0], &asked[1]["withContext"]), (&json!(PROGRAM.to_string()), &json!(true)));
}

#[tokio::test]
async fn a_node_that_ignores_the_slot_it_must_have_reached_is_behind_all_the_same() {
    let (source, _node) = asking([Answer::result(&json!({ "context": { "slot": 8 }, "value": [] }))]).await;
    let behind = SourceError::Behind { url: source.url().to_owned(), slot: Some(8), wanted: 9 };
    assert_eq!(source.accounts(&[], 9).await, Err(behind.clone()));
    assert_eq!(source.program_accounts(9).await, Err(behind));
}

#[tokio::test]
async fn an_answer_with_another_number_of_accounts_is_none() {
    let (source, _node) =
        asking([Answer::result(&json!({ "context": { "slot": 9 }, "value": [null] }))]).await;
    let error = source.accounts(&[PROGRAM, PROGRAM], 9).await.unwrap_err();
    assert!(matches!(error, SourceError::NoAnswer { .. }), "{error}");
}

#[tokio::test]
async fn a_page_of_html_or_an_error_of_a_proxy_is_no_answer_and_is_told() {
    let cases = [
        (Answer::status(502, ""), "HTTP status 502"),
        (Answer::raw("<html>welcome</html>"), "cannot be read"),
        (Answer::raw("\"unavailable\""), "cannot be read"),
    ];
    for (answer, told) in cases {
        let error = asking([answer]).await.0.tip().await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_url_that_does_not_answer_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = source(url.clone()).transaction(FIRST).await.unwrap_err();
    assert!(matches!(&error, SourceError::NoAnswer { url: asked, .. } if *asked == url), "{error}");
    assert!(error.to_string().to_lowercase().contains("refused"), "the cause is missing: {error}");
}
