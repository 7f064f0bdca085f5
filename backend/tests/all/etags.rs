//! Reading again what has not changed.

use crate::story::{THREAD, confirm, created};
use crate::wallet::Keys;
use crate::world::World;
use chorale_domain::id::ThreadId;

#[tokio::test]
async fn what_a_reader_has_is_not_sent_again_until_it_changes() {
    let creator = Keys::new(10).wallet();
    let world = World::with_thread(creator).await;
    for path in ["/v1/threads", "/v1/info", &format!("/v1/threads/{THREAD}/members"), "/v1/openapi.json"] {
        let tag = world.get(path).await.header("etag").unwrap();
        let again = world.get_again(path, &tag).await;
        assert_eq!((again.status().as_u16(), again.header("etag")), (304, Some(tag.clone())), "{path}");
        assert_eq!(again.text().await, "", "{path}");
        assert_eq!(world.get_again(path, "\"another\"").await.status(), 200, "{path}");
    }
    let tag = world.get("/v1/threads").await.header("etag").unwrap();
    confirm(&world.writer, [created(ThreadId([2; 32]), creator)]).await;
    let changed = world.get_again("/v1/threads", &tag).await;
    assert_eq!(changed.status(), 200);
    assert_ne!(changed.header("etag"), Some(tag));
}

#[tokio::test]
async fn refusals_have_no_tag() {
    let world = World::with_thread(Keys::new(10).wallet()).await;
    for path in ["/v1/kitchen", "/v1/threads?limit=0"] {
        assert_eq!(world.get(path).await.header("etag"), None, "{path}");
    }
}
