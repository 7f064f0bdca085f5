//! Facts about dense vectors.

use super::{Subject, bodies, id, insert_all, ranked};
use crate::bm25::Bm25;
use crate::engine::{Engine, Nearest, Ranking};
use crate::filter::Condition;
use crate::point::PointId;
use crate::tests::{new, new_at};

const NAME: &str = "dense-one";
const OTHER: &str = "dense-other";

/// Towards the first axis, to a degree.
fn leaning(degree: f32) -> Vec<f32> {
    vec![degree, (1.0 - degree * degree).sqrt(), 0.0]
}

async fn embed(engine: &dyn Engine, body: &str, vector: Vec<f32>) {
    let vectors = vec![(id(&new(body)), vector)];
    engine.embed(NAME.into(), "one".into(), vectors).await.unwrap();
}

fn near(vector: Vec<f32>) -> Nearest {
    Nearest { name: NAME.into(), vector }
}

async fn found(engine: &dyn Engine, ranking: Ranking) -> Vec<String> {
    let found = engine.ranked(ranking, vec![], 10).await.unwrap();
    bodies(found.into_iter().map(|(_, payload)| payload).collect())
}

pub(crate) async fn the_nearest_come_first(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, ["near", "nearer", "far", "without"].map(new)).await;
    engine.add_vector(NAME.into(), 3).await.unwrap();
    for (body, degree) in [("near", 0.8), ("nearer", 0.9), ("far", 0.1)] {
        embed(&*engine, body, leaning(degree)).await;
    }
    let query = || Ranking::Meaning(near(vec![1.0, 0.0, 0.0]));
    assert_eq!(found(&*engine, query()).await, ["nearer", "near", "far"]);
    let scores = engine.ranked(query(), vec![], 1).await.unwrap();
    assert!((scores[0].0 - 0.9).abs() < 0.001, "the score is the cosine: {scores:?}");
    assert_eq!(ranked(&*engine, "nearer", vec![]).await.len(), 1, "the words went with the vector");
    assert_eq!(scores[0].1.embedding_model, "one");
}

pub(crate) async fn two_lists_are_fused_by_rank(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, ["stake by word", "by meaning", "stake by both", "neither"].map(new)).await;
    engine.add_vector(NAME.into(), 3).await.unwrap();
    for (body, degree) in [("by meaning", 0.8), ("stake by both", 0.9)] {
        embed(&*engine, body, leaning(degree)).await;
    }
    let words = Bm25::new().unwrap().query("stake");
    let both = Ranking::Both(words, near(vec![1.0, 0.0, 0.0]));
    let fused = engine.ranked(both, vec![], 10).await.unwrap();
    assert_eq!(fused[0].1.body, "stake by both");
    assert_eq!(fused.len(), 3, "{fused:?}");
    // First of one list, and first or second of the other.
    assert!(fused[0].0 > 0.8 && fused[0].0 < 1.01, "{fused:?}");
    let silent = Ranking::Both(Bm25::new().unwrap().query("?!"), near(vec![1.0, 0.0, 0.0]));
    assert_eq!(found(&*engine, silent).await, ["stake by both", "by meaning"]);
}

pub(crate) async fn a_point_without_a_vector_waits_for_one(subject: &impl Subject) {
    let engine = subject.open().await;
    engine.add_vector(NAME.into(), 3).await.unwrap();
    engine.add_vector(NAME.into(), 3).await.expect("adding again does nothing");
    insert_all(&*engine, [new_at("old", 10), new_at("new", 20)]).await;
    let waiting = async |except: &[PointId]| {
        let filter = vec![Condition::Lacks(NAME.into()), Condition::Except(except.into())];
        bodies(engine.newest(filter, 10).await.unwrap().payloads)
    };
    assert_eq!(waiting(&[]).await, ["new", "old"]);
    assert_eq!(waiting(&[id(&new("new"))]).await, ["old"]);
    embed(&*engine, "new", leaning(0.5)).await;
    embed(&*engine, "absent", leaning(0.5)).await;
    assert_eq!(waiting(&[]).await, ["old"]);
    assert_eq!(engine.count(vec![]).await.unwrap(), 2, "a vector made a point");
    assert_eq!(engine.count(vec![Condition::Lacks(NAME.into())]).await.unwrap(), 1);
}

pub(crate) async fn a_point_that_is_gone_keeps_no_other_from_its_vector(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, ["one", "other"].map(new)).await;
    engine.add_vector(NAME.into(), 3).await.unwrap();
    let vectors = ["one", "gone", "other"].map(|body| (id(&new(body)), leaning(0.5)));
    engine.embed(NAME.into(), "one".into(), vectors.into()).await.unwrap();
    assert_eq!(engine.count(vec![Condition::Lacks(NAME.into())]).await.unwrap(), 0);
    assert_eq!(engine.count(vec![]).await.unwrap(), 2, "a vector made a point");
    assert_eq!(engine.fetch(vec![id(&new("other"))]).await.unwrap()[0].embedding_model, "one");
}

pub(crate) async fn models_have_vectors_of_their_own(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, ["text"].map(new)).await;
    engine.add_vector(NAME.into(), 3).await.unwrap();
    embed(&*engine, "text", leaning(0.5)).await;
    engine.add_vector(OTHER.into(), 5).await.unwrap();
    assert_eq!(engine.count(vec![Condition::Lacks(OTHER.into())]).await.unwrap(), 1);
    let vectors = vec![(id(&new("text")), vec![0.0, 0.0, 0.0, 0.0, 1.0])];
    engine.embed(OTHER.into(), "other".into(), vectors).await.unwrap();
    assert_eq!(found(&*engine, Ranking::Meaning(near(leaning(1.0)))).await, ["text"]);
    engine.drop_vector(NAME.into()).await.unwrap();
    assert_eq!(engine.vectors().await.unwrap(), [OTHER]);
    engine.close().await.unwrap();
    let engine = subject.open().await;
    assert_eq!(engine.vectors().await.unwrap(), [OTHER]);
    let query = Nearest { name: OTHER.into(), vector: vec![0.0, 0.0, 0.0, 0.0, 1.0] };
    assert_eq!(found(&*engine, Ranking::Meaning(query)).await, ["text"]);
}
