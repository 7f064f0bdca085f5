//! Facts about what was erased.

use super::{Subject, id, insert_all, point, ranked};
use crate::engine::{Engine, Nearest, Ranking};
use crate::filter::Condition;
use crate::stage::Stage;
use crate::tests::new;

const NAME: &str = "dense-one";

async fn erase(engine: &dyn Engine, body: &str) {
    let tombstone = point(new(body)).await.payload.erased();
    engine.erase(id(&new(body)), tombstone).await.unwrap();
}

pub(crate) async fn an_erased_point_is_a_tombstone_and_stays_one(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, ["regret", "other regret"].map(new)).await;
    erase(&*engine, "regret").await;
    let tombstone = point(new("regret")).await.payload.erased();
    assert_eq!(engine.fetch(vec![id(&new("regret"))]).await.unwrap(), std::slice::from_ref(&tombstone));
    let found = ranked(&*engine, "regret", vec![]).await;
    assert_eq!(found.len(), 1, "its words are still there: {found:?}");
    assert!(!engine.set_stage(id(&new("regret")), Stage::Approved).await.unwrap());
    assert_eq!(engine.insert(point(new("regret")).await).await.unwrap(), Some(tombstone));
    assert_eq!(engine.count(vec![]).await.unwrap(), 2);
}

pub(crate) async fn an_erased_point_gets_no_vector(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, ["regret", "other"].map(new)).await;
    engine.add_vector(NAME.into(), 2).await.unwrap();
    let vectors = || ["regret", "other"].map(|body| (id(&new(body)), vec![0.6, 0.8])).to_vec();
    engine.embed(NAME.into(), "one".into(), vectors()).await.unwrap();
    erase(&*engine, "regret").await;
    engine.embed(NAME.into(), "one".into(), vectors()).await.unwrap();
    assert_eq!(engine.count(vec![Condition::Lacks(NAME.into())]).await.unwrap(), 1);
    let query = Ranking::Meaning(Nearest { name: NAME.into(), vector: vec![0.6, 0.8] });
    let found = engine.ranked(query, vec![], 10).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1.body, "other");
}
