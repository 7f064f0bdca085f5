//! Nobody does too much of what costs others something.

use crate::story::THREAD;
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, World};
use chorale_backend::{Limits, Rates};
use chorale_domain::id::Signature;
use chorale_wire::Code;
use chorale_wire::http::{NonceRequest, Prepare};
use std::num::NonZeroU32;

const SEARCH: &str = "/v1/search?q=anything";

#[tokio::test]
async fn who_searched_a_hundred_times_is_told_when_to_go_on_and_then_may() {
    let world = World::with_thread(Keys::new(1).wallet()).await;
    for _ in 0..100 {
        assert!(world.get(SEARCH).await.status().is_success());
    }
    let refused = world.get(SEARCH).await;
    assert_eq!(refused.header("retry-after").as_deref(), Some("36"));
    let problem = refused.problem().await;
    assert_eq!((problem.status, problem.code, problem.retry_after), (429, Code::RateLimited, Some(36)));
    assert!(world.get("/v1/threads").await.status().is_success(), "plain reads are not counted");
    world.wait(36);
    assert!(world.get(SEARCH).await.status().is_success());
}

#[tokio::test]
async fn transactions_uploads_and_sign_ins_are_counted_each_by_itself() {
    let one = NonZeroU32::MIN;
    let rates = Rates { create: one, submit: one, upload: one, search: one, sign_in: one };
    let world = World::start(NO_CHAIN, Limits { rates: Some(rates), ..Limits::default() }).await;
    let token = world.sign_in(&Keys::new(1)).await;
    let token = Some(token.as_str());
    let prepare = "/v1/transactions/prepare";
    let created = Prepare::CreateThread { thread: THREAD, approval_bps: 10_000 };
    let archived = Prepare::Archive { thread: THREAD };
    let codes = [
        world.post("/v1/auth/nonce", None, &NonceRequest { wallet: Keys::new(2).wallet() }).await,
        world.post(prepare, token, &created).await,
        world.post(prepare, token, &created).await,
        world.post(prepare, token, &archived).await,
        world.post(prepare, token, &archived).await,
    ];
    let mut found = vec![];
    for answer in codes {
        found.push(answer.problem().await.code);
    }
    let (too_many, no_chain, no_thread) = (Code::RateLimited, Code::ChainUnavailable, Code::UnknownThread);
    assert_eq!(found, [too_many, no_chain, too_many, no_thread, too_many]);
}

#[tokio::test]
async fn whoever_asks_what_became_of_no_transaction_again_and_again_waits() {
    let one = NonZeroU32::MIN;
    let rates = Rates { create: one, submit: one, upload: one, search: one, sign_in: one };
    let world = World::start(NO_CHAIN, Limits { rates: Some(rates), ..Limits::default() }).await;
    let token = world.sign_in(&Keys::new(1)).await;
    let path = format!("/v1/transactions/{}", Signature([7; 64]));
    // Sixty times for each of the two that may be prepared.
    for _ in 0..120 {
        assert_eq!(world.get_as(&token, &path).await.problem().await.code, Code::ChainUnavailable);
    }
    assert_eq!(world.get_as(&token, &path).await.refusal().await, (429, Code::RateLimited));
}
