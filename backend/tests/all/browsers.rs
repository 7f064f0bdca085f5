//! What browsers are told.

use crate::wallet::Keys;
use crate::world::{PAGE, World};

#[tokio::test]
async fn only_pages_of_the_given_origins_may_call() {
    let world = World::with_thread(Keys::new(1).wallet()).await;
    let allowed = world.preflight(PAGE).await;
    assert!(allowed.status().is_success());
    assert_eq!(allowed.header("access-control-allow-origin").as_deref(), Some(PAGE));
    assert_eq!(
        allowed.header("access-control-allow-headers").as_deref(),
        Some("authorization,content-type,idempotency-key")
    );
    let stranger = world.preflight("https://elsewhere.example").await;
    assert_eq!(stranger.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn every_answer_tells_browsers_to_do_nothing_with_it_but_read_it() {
    let world = World::with_thread(Keys::new(1).wallet()).await;
    for path in ["/v1/health", "/v1/threads", "/v1/threads/nonsense", "/nowhere"] {
        let answer = world.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name).as_deref(), Some(value), "{name} of {path}");
        }
    }
}
