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
        Some("authorization,content-type,if-none-match,idempotency-key,chorale-cursor")
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
        ] {
            assert_eq!(answer.header(name).as_deref(), Some(value), "{name} of {path}");
        }
        let kept = if answer.status().is_success() { "private, no-cache" } else { "no-store" };
        assert_eq!(answer.header("cache-control").as_deref(), Some(kept), "{path}");
    }
}

#[tokio::test]
async fn the_page_that_shows_the_interface_runs_its_own_scripts_and_nothing_else() {
    let world = World::with_thread(Keys::new(1).wallet()).await;
    for (file, kind) in
        [("", "text/html"), ("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css")]
    {
        let answer = world.get(&format!("/v1/docs/{file}")).await;
        assert_eq!(answer.status(), 200, "{file}");
        assert_eq!(answer.header("content-type").as_deref(), Some(kind), "{file}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    }
    let settings = world.get("/v1/docs/swagger-initializer.js").await.text().await;
    assert!(settings.contains("/v1/openapi.json") && !settings.contains("https://"), "{settings}");
    assert_eq!(world.get("/v1/docs/nothing.js").await.status(), 404);
    assert_eq!(world.get("/v1/docs").await.status(), 200, "it leads to the page");
}
