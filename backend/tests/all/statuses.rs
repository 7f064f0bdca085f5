//! What became of a transaction.

use crate::rpc::Rpc;
use crate::story::{THREAD, confirm, created, initialized};
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, World};
use chorale_backend::Limits;
use chorale_domain::id::Signature;
use chorale_wire::Code;
use chorale_wire::http::{TransactionStatus, TransactionView};
use serde_json::{Value, json};

const SOME: Signature = Signature([3; 64]);

async fn view(world: &World, token: &str, signature: Signature) -> TransactionView {
    world.get_as(token, &format!("/v1/transactions/{signature}")).await.good().await
}

fn on_chain(confirmation: &str, error: &Value) -> Value {
    let status = if error.is_null() { json!({ "Ok": null }) } else { json!({ "Err": error }) };
    json!({ "slot": 77, "confirmations": 1, "err": error, "status": status, "confirmationStatus": confirmation })
}

#[tokio::test]
async fn a_transaction_is_followed_from_the_chain_into_the_store() {
    let rpc = Rpc::willing().await;
    let world = World::start(&rpc.url, Limits::default()).await;
    let keys = Keys::new(10);
    let token = world.sign_in(&keys).await;
    let unknown = view(&world, &token, SOME).await;
    assert_eq!((unknown.status, unknown.slot, unknown.cursor), (TransactionStatus::Unknown, None, None));
    for (confirmation, status) in [
        ("processed", TransactionStatus::Processed),
        ("confirmed", TransactionStatus::Confirmed),
        ("finalized", TransactionStatus::Finalized),
    ] {
        rpc.says(|says| says.status = on_chain(confirmation, &Value::Null));
        let seen = view(&world, &token, SOME).await;
        assert_eq!((seen.status, seen.slot, seen.refusal), (status, Some(77), None));
    }
    let confirmed = confirm(&world.writer, [initialized(), created(THREAD, keys.wallet())]).await;
    let indexed = view(&world, &token, confirmed[1]).await;
    assert_eq!((indexed.status, indexed.cursor), (TransactionStatus::Indexed, Some(2)));
}

#[tokio::test]
async fn a_transaction_that_failed_says_why() {
    let rpc = Rpc::willing().await;
    let world = World::start(&rpc.url, Limits::default()).await;
    let token = world.sign_in(&Keys::new(10)).await;
    let error = json!({ "InstructionError": [0, { "Custom": 6006 }] });
    rpc.says(|says| says.status = on_chain("confirmed", &error));
    let failed = view(&world, &token, SOME).await;
    assert_eq!(failed.status, TransactionStatus::Failed);
    let refusal = failed.refusal.expect("it failed for a reason");
    let expected = chorale::error::ChoraleError::NotCoAuthor;
    assert_eq!((refusal.name.as_str(), refusal.detail), (expected.name(), expected.to_string()));
}

#[tokio::test]
async fn what_is_in_the_store_is_told_without_a_chain() {
    let world = World::start(NO_CHAIN, Limits::default()).await;
    let token = world.sign_in(&Keys::new(10)).await;
    let confirmed = confirm(&world.writer, [initialized()]).await;
    assert_eq!(view(&world, &token, confirmed[0]).await.status, TransactionStatus::Indexed);
    let unknown = world.get_as(&token, &format!("/v1/transactions/{SOME}")).await;
    assert_eq!(unknown.refusal().await, (503, Code::ChainUnavailable));
    let stranger = world.get(&format!("/v1/transactions/{SOME}")).await;
    assert_eq!(stranger.refusal().await, (401, Code::NotSignedIn));
}
