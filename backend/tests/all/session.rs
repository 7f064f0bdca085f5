//! Signing in and out.

use crate::story::{THREAD, hash};
use crate::wallet::Keys;
use crate::world::World;
use chorale_backend::Limits;
use chorale_domain::id::Wallet;
use chorale_wire::Code;
use chorale_wire::http::{Prepare, Session};
use reqwest::{Method, StatusCode};
use serde_json::json;

async fn world() -> (World, Keys) {
    let keys = Keys::new(10);
    (World::with_thread(keys.wallet()).await, keys)
}

/// What a route that needs a session says to this token.
async fn knock(world: &World, token: Option<&str>) -> Code {
    let publish = Prepare::Publish { thread: THREAD, hash: hash("never uploaded") };
    world.post("/v1/transactions/prepare", token, &publish).await.problem().await.code
}

#[tokio::test]
async fn a_signed_challenge_opens_a_session_and_signing_out_ends_it() {
    let (world, keys) = world().await;
    let challenge = world.challenge(keys.wallet()).await;
    assert!(challenge.message.starts_with(&format!("{} wants you to sign in", world.address)));
    let session: Session = world.answer(keys.wallet(), &challenge.message, &keys).await.good().await;
    assert_eq!((session.wallet, session.expires_at), (keys.wallet(), 1_000_000 + 24 * 60 * 60));
    assert_eq!(knock(&world, Some(&session.token)).await, Code::BodyMissing, "the session should be good");

    let gone = world.send(Method::DELETE, "/v1/auth/session", Some(&session.token), None).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(knock(&world, Some(&session.token)).await, Code::SessionExpired);
}

#[tokio::test]
async fn a_wallet_can_have_many_sessions() {
    let (world, keys) = world().await;
    let (first, second) = (world.sign_in(&keys).await, world.sign_in(&keys).await);
    world.send(Method::DELETE, "/v1/auth/session", Some(&first), None).await;
    assert_eq!(knock(&world, Some(&first)).await, Code::SessionExpired);
    assert_eq!(knock(&world, Some(&second)).await, Code::BodyMissing);
}

#[tokio::test]
async fn a_nonce_is_good_once() {
    let (world, keys) = world().await;
    let message = world.challenge(keys.wallet()).await.message;
    assert_eq!(world.answer(keys.wallet(), &message, &keys).await.status(), StatusCode::CREATED);
    let replayed = world.answer(keys.wallet(), &message, &keys).await;
    assert_eq!(replayed.refusal().await, (401, Code::BadNonce));
}

#[tokio::test]
async fn another_wallets_signature_is_refused_and_uses_the_nonce_up() {
    let (world, keys) = world().await;
    let message = world.challenge(keys.wallet()).await.message;
    let forged = world.answer(keys.wallet(), &message, &Keys::new(66)).await;
    assert_eq!(forged.refusal().await, (401, Code::BadSignature));
    let late = world.answer(keys.wallet(), &message, &keys).await;
    assert_eq!(late.refusal().await, (401, Code::BadNonce));
}

#[tokio::test]
async fn a_nonce_is_bound_to_its_wallet_and_its_message() {
    let (world, keys) = world().await;
    let other = Keys::new(66);
    let message = world.challenge(keys.wallet()).await.message;
    let taken = world.answer(other.wallet(), &message, &other).await;
    assert_eq!(taken.refusal().await, (401, Code::BadNonce));

    let altered = world.challenge(keys.wallet()).await.message.replace("costs nothing", "costs a lot");
    let altered = world.answer(keys.wallet(), &altered, &keys).await;
    assert_eq!(altered.refusal().await, (401, Code::BadMessage));
}

#[tokio::test]
async fn a_nonce_that_was_never_issued_is_refused() {
    let (world, keys) = world().await;
    let invented = world.answer(keys.wallet(), "Nonce: abc", &keys).await;
    assert_eq!(invented.refusal().await, (401, Code::BadNonce));
    let other = world.answer(keys.wallet(), "let me in", &keys).await;
    assert_eq!(other.refusal().await, (401, Code::BadMessage));
}

#[tokio::test]
async fn a_nonce_expires() {
    let (world, keys) = world().await;
    let challenge = world.challenge(keys.wallet()).await;
    world.wait(Limits::default().nonce_ttl);
    assert_eq!(challenge.expires_at, 1_000_000 + Limits::default().nonce_ttl);
    let late = world.answer(keys.wallet(), &challenge.message, &keys).await;
    assert_eq!(late.refusal().await, (401, Code::BadNonce));
}

#[tokio::test]
async fn a_session_expires() {
    let (world, keys) = world().await;
    let token = world.sign_in(&keys).await;
    world.wait(Limits::default().session_ttl - 1);
    assert_eq!(knock(&world, Some(&token)).await, Code::BodyMissing, "one second is left");
    world.wait(1);
    assert_eq!(knock(&world, Some(&token)).await, Code::SessionExpired);
}

#[tokio::test]
async fn without_a_good_token_nothing_is_written() {
    let (world, _) = world().await;
    assert_eq!(knock(&world, None).await, Code::NotSignedIn);
    assert_eq!(knock(&world, Some("invented")).await, Code::SessionExpired);
    for path in ["/v1/contents", "/v1/transactions"] {
        assert_eq!(
            world.post(path, None, &json!({})).await.refusal().await,
            (401, Code::NotSignedIn),
            "{path}"
        );
    }
    let signed_out = world.send(Method::DELETE, "/v1/auth/session", None, None).await;
    assert_eq!(signed_out.refusal().await, (401, Code::NotSignedIn));
}

#[tokio::test]
async fn a_key_of_small_order_signs_for_nobody() {
    let (world, keys) = world().await;
    // The neutral element: without strict verification, one signature would fit every message.
    let mut weak = [0; 32];
    weak[0] = 1;
    let challenge = world.challenge(Wallet(weak)).await;
    let answer = world.answer(Wallet(weak), &challenge.message, &keys).await;
    assert_eq!(answer.refusal().await, (401, Code::BadSignature));
}
