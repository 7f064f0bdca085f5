//! Facts about points that cannot be read any more.

use std::sync::Arc;

use super::{Subject, bodies, id, insert_all, point, ranked};
use crate::engine::Engine;
use crate::error::ContentError;
use crate::tests::{new, new_at};

const FIELDS: [&str; 2] = ["salt", "hash"];

/// With a body that cannot be read, and one that can.
async fn damaged(subject: &impl Subject, field: &str) -> Arc<dyn Engine> {
    let engine = subject.open().await;
    for content in [new("lost words"), new_at("good words", 200)] {
        // Each field is damaged in the same place.
        engine.remove(vec![id(&content)], vec![]).await.unwrap();
        insert_all(&*engine, [content]).await;
    }
    engine.close().await.unwrap();
    drop(engine);
    subject.damage(id(&new("lost words")), field, "damaged").await;
    subject.open().await
}

pub(crate) async fn a_point_that_cannot_be_read_takes_no_other_down(subject: &impl Subject) {
    for field in FIELDS {
        let engine = damaged(subject, field).await;
        let ids = ["lost words", "good words"].map(|body| id(&new(body)));
        assert_eq!(bodies(engine.fetch(ids.to_vec()).await.unwrap()), ["good words"], "{field}");
        assert_eq!(engine.fetch(vec![ids[0]]).await.unwrap(), [], "{field}");
        let newest = engine.newest(vec![], 10).await.unwrap();
        assert_eq!(bodies(newest.payloads), ["good words"], "{field}");
        assert_eq!(newest.unreadable, ids[..1], "{field}");
        let found = ranked(&*engine, "words", vec![]).await;
        assert_eq!(bodies(found.into_iter().map(|(_, payload)| payload).collect()), ["good words"]);
        let keys = engine.page(vec![], None, 10).await.unwrap().keys;
        assert!(keys.contains(&(new("good words").thread, new("good words").hash)), "{field}: {keys:?}");
        engine.close().await.unwrap();
    }
}

pub(crate) async fn a_point_that_cannot_be_read_is_not_taken_for_absent(subject: &impl Subject) {
    for field in FIELDS {
        let engine = damaged(subject, field).await;
        let lost = engine.stored(id(&new("lost words"))).await.unwrap_err();
        assert!(matches!(lost, ContentError::Unreadable { .. }), "{field}: {lost:?}");
        let good = engine.stored(id(&new("good words"))).await.unwrap();
        assert_eq!(good.unwrap().body, "good words", "{field}");
        assert_eq!(engine.stored(id(&new("absent"))).await.unwrap(), None, "{field}");
        engine.close().await.unwrap();
    }
}

pub(crate) async fn nobody_takes_the_place_of_a_point_that_cannot_be_read(subject: &impl Subject) {
    let engine = damaged(subject, FIELDS[0]).await;
    let lost = point(new("lost words")).await;
    let named = lost.id.0.to_string();
    let refused = engine.insert(lost).await.unwrap_err();
    assert!(matches!(refused, ContentError::Unreadable { .. }), "{refused:?}");
    assert!(refused.to_string().contains(&named), "{refused}");
    assert_eq!(engine.count(vec![]).await.unwrap(), 2, "what is left of it stays");
}
