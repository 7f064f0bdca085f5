//! Facts about points one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Subject, bodies, id, insert_all, point, ranked};
use crate::bm25::Bm25;
use crate::engine::{Engine, Ranking};
use crate::error::ContentError;
use crate::filter::{Condition, stages};
use crate::payload::{Payload, field};
use crate::point::PointId;
use crate::record::NewContent;
use crate::stage::Stage;
use crate::tests::{BOB, POETRY, new, new_at};

pub(crate) async fn a_point_comes_back_as_it_was_inserted(subject: &impl Subject) {
    let engine = subject.open().await;
    let inserted = point(NewContent { author: BOB, thread: POETRY, ..new("Grüße, 写作 \u{0} 👍") }).await;
    insert_all(&*engine, [new("another")]).await;
    assert_eq!(engine.insert(inserted.clone()).await.unwrap(), None);
    let absent = id(&new("absent"));
    assert_eq!(engine.fetch(vec![inserted.id, absent]).await.unwrap(), [inserted.payload]);
}

pub(crate) async fn a_point_without_words_is_stored(subject: &impl Subject) {
    let engine = subject.open().await;
    let silent = point(new("…")).await;
    assert!(silent.words.is_empty());
    engine.insert(silent.clone()).await.unwrap();
    assert_eq!(engine.fetch(vec![silent.id]).await.unwrap(), [silent.payload]);
    assert_eq!(engine.ranked(Ranking::Words(silent.words), vec![], 10).await.unwrap(), []);
}

pub(crate) async fn the_first_of_many_inserts_stays(subject: &impl Subject) {
    let engine = subject.open().await;
    let mut inserts = JoinSet::new();
    for time in 0..16 {
        inserts.spawn(insert_at(engine.clone(), time));
    }
    let answers = inserts.join_all().await;
    let stored = engine.fetch(vec![id(&new("text"))]).await.unwrap().remove(0);
    let (first, later): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, before)| before.is_none());
    assert_eq!(first, [(stored.created_at, None)]);
    assert!(later.iter().all(|(_, before)| before.as_ref() == Some(&stored)), "{later:?}");
}

async fn insert_at(engine: Arc<dyn Engine>, time: i64) -> (i64, Option<Payload>) {
    let before = engine.insert(point(new_at("text", time)).await).await;
    (time, before.unwrap())
}

pub(crate) async fn a_stage_changes_and_nothing_else(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, [new("text"), new("other")]).await;
    for stage in [Stage::Proposed, Stage::Approved, Stage::Approved, Stage::Rejected, Stage::Draft] {
        assert!(engine.set_stage(id(&new("text")), stage).await.unwrap());
        let expected = point(NewContent { stage, ..new("text") }).await;
        assert_eq!(engine.fetch(vec![expected.id]).await.unwrap(), [expected.payload]);
    }
    assert!(!engine.set_stage(id(&new("absent")), Stage::Approved).await.unwrap());
    let other = point(new("other")).await;
    assert_eq!(engine.fetch(vec![other.id]).await.unwrap(), [other.payload]);
    assert_eq!(ranked(&*engine, "text", vec![]).await.len(), 1, "the words went with the stage");
}

pub(crate) async fn the_rarer_word_ranks_higher(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, ["stake here", "stake there", "stake everywhere", "escrow here"].map(new)).await;
    let found = ranked(&*engine, "stake escrow", vec![]).await;
    assert_eq!(found.len(), 4);
    assert_eq!(found[0].1.body, "escrow here");
    assert!(found.is_sorted_by(|(one, _), (next, _)| one >= next && *next > 0.0), "{found:?}");
    let query = Ranking::Words(Bm25::new().unwrap().query("stake escrow"));
    assert_eq!(engine.ranked(query, vec![], 1).await.unwrap(), found[..1]);
}

pub(crate) async fn the_newest_come_first(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, [new_at("b", 20), new_at("d", 40), new_at("a", 10), new_at("c", 30)]).await;
    assert_eq!(bodies(engine.newest(vec![], 10).await.unwrap().payloads), ["d", "c", "b", "a"]);
    assert_eq!(bodies(engine.newest(vec![], 2).await.unwrap().payloads), ["d", "c"]);
    let before = |until| vec![Condition::Within { field: field::CREATED_AT, from: None, until }];
    assert_eq!(bodies(engine.newest(before(Some(40)), 2).await.unwrap().payloads), ["c", "b"]);
}

pub(crate) async fn pages_show_every_point_once(subject: &impl Subject) {
    let engine = subject.open().await;
    let contents: Vec<_> = (0..25).map(|number| new(&number.to_string())).collect();
    insert_all(&*engine, contents.clone()).await;
    let (mut seen, mut from) = (Vec::new(), None);
    loop {
        let page = engine.page(vec![], from, 10).await.unwrap();
        assert!(page.keys.len() <= 10 && !page.keys.is_empty(), "{page:?}");
        seen.extend(page.keys);
        let Some(next) = page.next else { break };
        from = Some(next);
    }
    assert_eq!(seen.len(), contents.len());
    let expected: BTreeSet<_> = contents.iter().map(|content| (content.thread, content.hash)).collect();
    assert_eq!(BTreeSet::from_iter(seen), expected);
}

pub(crate) async fn only_what_still_fits_is_removed(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, [new("stale"), new("decided"), new("unnamed")]).await;
    engine.set_stage(id(&new("decided")), Stage::Approved).await.unwrap();
    let named: Vec<PointId> = ["stale", "decided", "absent"].map(|body| id(&new(body))).into();
    let pending = vec![stages(&[Stage::Draft, Stage::Proposed])];
    assert_eq!(engine.remove(named.clone(), pending.clone()).await.unwrap(), 1);
    assert_eq!(engine.remove(named, pending.clone()).await.unwrap(), 0);
    assert_eq!(engine.remove(vec![], pending).await.unwrap(), 0);
    let mut left = bodies(engine.newest(vec![], 10).await.unwrap().payloads);
    left.sort();
    assert_eq!(left, ["decided", "unnamed"]);
}

pub(crate) async fn closing_keeps_everything(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, [new("first words"), new("last words"), new("removed words")]).await;
    engine.set_stage(id(&new("last words")), Stage::Rejected).await.unwrap();
    engine.remove(vec![id(&new("removed words"))], vec![]).await.unwrap();
    engine.close().await.unwrap();
    let engine = subject.open().await;
    assert_eq!(engine.count(vec![]).await.unwrap(), 2);
    let rejected = vec![Condition::Is(field::STATUS, "rejected".into())];
    let found = ranked(&*engine, "words", rejected).await;
    let expected = point(NewContent { stage: Stage::Rejected, ..new("last words") }).await;
    assert_eq!(found[0].1, expected.payload);
}

pub(crate) async fn a_closed_engine_refuses(subject: &impl Subject) {
    let engine = subject.open().await;
    engine.close().await.unwrap();
    engine.close().await.expect("closing again does nothing");
    let refused = engine.count(vec![]).await.unwrap_err();
    assert!(matches!(refused, ContentError::Closed), "{refused:?}");
    let refused = engine.insert(point(new("text")).await).await.unwrap_err();
    assert!(matches!(refused, ContentError::Closed), "{refused:?}");
}
