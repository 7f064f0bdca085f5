//! A server that is cut off, hangs, and comes back, under an engine that stays open.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chorale_testing::QdrantStandIn;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};

use crate::bm25::SparseVector;
use crate::engine::contract::{id, insert_all, point};
use crate::engine::{Engine, Nearest, Ranking, ServerEngine, ServerOptions};
use crate::error::ContentError;
use crate::payload::Payload;
use crate::point::PointId;
use crate::stage::Stage;
use crate::tests::{in_time, new};

pub(super) const NAME: &str = "dense-one";

/// How long the engine waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same where none comes.
const LITTLE_PATIENCE: Duration = Duration::from_secs(3);
/// A connection that is refused or broken takes no time: on a busy machine some, but less than patience does.
const AT_ONCE: Duration = Duration::from_secs(15);

/// With one body, that is embedded.
pub(super) async fn fixture() -> (QdrantStandIn, Arc<dyn Engine>) {
    waiting(PATIENCE).await
}

/// The same, with an engine that waits so long for an answer.
async fn waiting(patience: Duration) -> (QdrantStandIn, Arc<dyn Engine>) {
    let server = QdrantStandIn::start();
    let options = ServerOptions { timeout: patience, ..ServerOptions::at(server.url()) };
    let engine = ServerEngine::open(options, vec![(NAME.into(), 2)]).await.unwrap();
    insert_all(&engine, [new("text")]).await;
    engine.embed(NAME.into(), "one".into(), vec![(text(), vec![0.6, 0.8])]).await.unwrap();
    (server, Arc::new(engine))
}

pub(super) type Call<'a> = (&'static str, BoxFuture<'a, Result<(), ContentError>>);

fn text() -> PointId {
    id(&new("text"))
}

fn words() -> SparseVector {
    SparseVector { indices: vec![3], values: vec![1.0] }
}

fn nearest() -> Nearest {
    Nearest { name: NAME.into(), vector: vec![0.6, 0.8] }
}

async fn tombstone() -> Payload {
    point(new("old")).await.payload.erased()
}

/// Everything an engine can be asked for, but for copies, which take as long as they take.
pub(super) fn every_call(engine: &dyn Engine) -> Vec<Call<'_>> {
    macro_rules! calls {
        ($($name:ident($($argument:expr),*),)*) => {
            vec![$((stringify!($name), async move { engine.$name($($argument),*).await.map(drop) }.boxed())),*]
        };
    }
    calls![
        insert(point(new("new")).await),
        fetch(vec![text()]),
        stored(text()),
        set_stage(text(), Stage::Proposed),
        ranked(Ranking::Words(words()), vec![], 1),
        ranked(Ranking::Both(words(), nearest()), vec![], 1),
        newest(vec![], 1),
        page(vec![], None, 1),
        remove(vec![id(&new("stale"))], vec![]),
        count(vec![]),
        erase(id(&new("old")), tombstone().await),
        vectors(),
        add_vector("dense-other".into(), 2),
        drop_vector("dense-none".into()),
        embed(NAME.into(), "one".into(), vec![(text(), vec![0.6, 0.8])]),
    ]
}

/// What became of each, all at once.
async fn outcomes(engine: &dyn Engine) -> Vec<(&'static str, Result<(), ContentError>)> {
    let calls = every_call(engine).into_iter().map(|(name, call)| async move { (name, call.await) });
    in_time(join_all(calls)).await
}

async fn assert_all_are_away(engine: &dyn Engine, within: Duration) {
    let begin = Instant::now();
    for (name, outcome) in outcomes(engine).await {
        assert!(outcome.as_ref().is_err_and(ContentError::is_away), "{name}: {outcome:?}");
    }
    assert!(begin.elapsed() < within, "it took {:?}", begin.elapsed());
}

async fn assert_all_are_answered(engine: &dyn Engine) {
    for (name, outcome) in outcomes(engine).await {
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn whatever_is_asked_of_a_server_that_was_cut_is_away_at_once() {
    let (server, engine) = fixture().await;
    assert_all_are_answered(&*engine).await;
    server.cut();
    assert_all_are_away(&*engine, AT_ONCE).await;
    let refused = engine.snapshot("".into()).await.unwrap_err();
    assert!(refused.is_away(), "{refused:?}");
}

#[tokio::test]
async fn an_engine_goes_on_when_its_server_is_back_and_nothing_is_lost() {
    let (server, engine) = fixture().await;
    for _ in 0..3 {
        server.cut();
        assert_all_are_away(&*engine, AT_ONCE).await;
        server.restore();
        assert_all_are_answered(&*engine).await;
    }
    let stored = engine.fetch(vec![text()]).await.unwrap();
    assert_eq!(stored[0].body, "text");
    assert_eq!(server.calls("Collections.create"), 1);
}

#[tokio::test]
async fn a_server_that_went_and_came_while_nobody_asked_is_not_missed() {
    let (server, engine) = fixture().await;
    server.cut();
    server.restore();
    assert_all_are_answered(&*engine).await;
}

/// Each call fails in the middle: its connection breaks while the server has it.
#[tokio::test]
async fn what_is_under_way_when_a_server_is_cut_is_away_at_once() {
    let (server, engine) = fixture().await;
    let before = server.calls("Points.count");
    server.pause();
    let under_way = tokio::spawn(async move { assert_all_are_away(&*engine, AT_ONCE).await });
    while server.calls("Points.count") == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.cut();
    under_way.await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_is_away_within_the_time_it_is_given() {
    let (server, engine) = waiting(LITTLE_PATIENCE).await;
    server.pause();
    assert_all_are_away(&*engine, LITTLE_PATIENCE + AT_ONCE).await;
    server.resume();
    assert_all_are_answered(&*engine).await;
}
