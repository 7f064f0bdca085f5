//! Every combination of filters and readers, against a plain loop over the same bodies.

use std::sync::Arc;

use chorale_domain::id::ThreadId;
use chorale_wire::http::{ContentStatus, Visibility};

use super::{Subject, bodies, id, insert_all, ranked};
use crate::bm25::Bm25;
use crate::engine::{Engine, Nearest, Ranking};
use crate::filter::{Condition, Purpose, conditions, narrowed};
use crate::reader::Reader;
use crate::record::NewContent;
use crate::search::ContentFilter;
use crate::stage::Stage;
use crate::tests::{ANN, BOB, NoDrafts, POETRY, POLICY, new_at};

pub(crate) async fn every_filter_lets_through_what_it_says(subject: &impl Subject) {
    let engine = subject.open().await;
    let contents = variety();
    insert_all(&*engine, contents.clone()).await;
    for filter in filters() {
        let expected = named(contents.iter().filter(|content| fits(content, &filter)));
        for found in answers(&*engine, narrowed(&filter).unwrap()).await {
            assert_eq!(found, expected, "{filter:?}");
        }
        assert_eq!(engine.count(narrowed(&filter).unwrap()).await.unwrap(), expected.len(), "{filter:?}");
    }
}

pub(crate) async fn everyone_finds_what_they_may_and_nothing_else(subject: &impl Subject) {
    let engine = subject.open().await;
    let contents = variety();
    insert_all(&*engine, contents.clone()).await;
    embed_all(&*engine, &contents).await;
    for reader in readers() {
        for thread in [None, Some(POLICY), Some(POETRY)] {
            let filter = ContentFilter { thread, ..ContentFilter::default() };
            for purpose in [Purpose::Finding, Purpose::Listing] {
                let fitting = contents.iter().filter(|content| fits(content, &filter));
                let expected = named(fitting.filter(|content| finds(&reader, content, purpose)));
                let conditions = conditions(&reader, &filter, purpose).unwrap();
                for found in answers(&*engine, conditions.clone()).await {
                    assert_eq!(found, expected, "{reader:?} {thread:?} {purpose:?}");
                }
                for found in meant(&*engine, conditions).await {
                    assert_eq!(found, expected, "{reader:?} {thread:?} {purpose:?} by meaning");
                }
            }
        }
    }
}

pub(crate) async fn a_reader_of_thousands_of_threads_finds_what_is_in_them(subject: &impl Subject) {
    let engine = subject.open().await;
    insert_all(&*engine, variety()).await;
    let mut threads: Vec<_> = (0..5_000_u32).map(other_thread).collect();
    threads.push(POETRY);
    let reader = Reader::wallet(BOB, threads, Arc::new(NoDrafts));
    let one_thread = Reader::wallet(BOB, [POETRY], Arc::new(NoDrafts));
    let found = async |reader| {
        let all = ContentFilter::default();
        answers(&*engine, conditions(reader, &all, Purpose::Finding).unwrap()).await
    };
    assert_eq!(found(&reader).await, found(&one_thread).await);
}

fn other_thread(number: u32) -> ThreadId {
    let mut id = [7; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    ThreadId(id)
}

/// What each way to read finds, sorted.
async fn answers(engine: &dyn Engine, filter: Vec<Condition>) -> [Vec<String>; 2] {
    let ranked = ranked(engine, "shared", filter.clone()).await;
    let mut ranked = bodies(ranked.into_iter().map(|(_, payload)| payload).collect());
    let mut newest = bodies(engine.newest(filter, 100).await.unwrap().payloads);
    ranked.sort();
    newest.sort();
    [ranked, newest]
}

/// Those that are written, each with the same vector.
async fn embed_all(engine: &dyn Engine, contents: &[NewContent]) {
    engine.add_vector(NAME.into(), 2).await.unwrap();
    let vectors = contents.iter().map(|content| (id(content), vec![0.6, 0.8])).collect();
    engine.embed(NAME.into(), "one".into(), vectors).await.unwrap();
}

/// What is found by meaning, alone and with words, sorted.
async fn meant(engine: &dyn Engine, filter: Vec<Condition>) -> [Vec<String>; 2] {
    let nearest = || Nearest { name: NAME.into(), vector: vec![0.6, 0.8] };
    let words = Bm25::new().unwrap().query("shared");
    let alone = engine.ranked(Ranking::Meaning(nearest()), filter.clone(), 100).await.unwrap();
    let both = engine.ranked(Ranking::Both(words, nearest()), filter, 100).await.unwrap();
    [alone, both].map(|found| {
        let mut found = bodies(found.into_iter().map(|(_, payload)| payload).collect());
        found.sort();
        found
    })
}

fn named<'a>(contents: impl Iterator<Item = &'a NewContent>) -> Vec<String> {
    let mut bodies: Vec<_> = contents.map(|content| content.body.clone()).collect();
    bodies.sort();
    bodies
}

/// Of the vectors.
const NAME: &str = "dense-one";

const SOME: [(i64, Visibility); 3] =
    [(10, Visibility::Public), (20, Visibility::Premium), (30, Visibility::Thread)];

/// Two threads, two authors, every stage and visibility, some times.
fn variety() -> Vec<NewContent> {
    let mut contents = Vec::new();
    for (thread, author) in [(POLICY, ANN), (POLICY, BOB), (POETRY, ANN), (POETRY, BOB)] {
        for stage in Stage::WRITTEN.into_iter().chain([Stage::Erased]) {
            for (time, visibility) in SOME {
                let body = format!("shared word {}", contents.len());
                contents.push(NewContent { thread, author, stage, visibility, ..new_at(&body, time) });
            }
        }
    }
    contents
}

fn filters() -> Vec<ContentFilter> {
    use ContentStatus::{Approved, Erased, Pending, Rejected};
    let mut filters = Vec::new();
    for (thread, author) in [(None, None), (None, Some(BOB)), (Some(POETRY), None), (Some(POETRY), Some(BOB))]
    {
        for status in [None, Some(Pending), Some(Approved), Some(Rejected), Some(Erased)] {
            for (from, until) in [(None, None), (Some(20), None), (None, Some(20)), (Some(11), Some(30))] {
                filters.push(ContentFilter { thread, author, from, until, status });
            }
        }
    }
    filters
}

fn fits(content: &NewContent, filter: &ContentFilter) -> bool {
    filter.thread.is_none_or(|thread| thread == content.thread)
        && filter.author.is_none_or(|author| author == content.author)
        && filter.status.is_none_or(|status| status == content.stage.status())
        && filter.from.is_none_or(|from| from <= content.created_at)
        && filter.until.is_none_or(|until| content.created_at < until)
}

/// A stranger, and Bob in no thread, one, and both.
fn readers() -> [Reader; 4] {
    let drafts = Arc::new(NoDrafts);
    [
        Reader::stranger(drafts.clone()),
        Reader::wallet(BOB, [], drafts.clone()),
        Reader::wallet(BOB, [POETRY], drafts.clone()),
        Reader::wallet(BOB, [POETRY, POLICY], drafts),
    ]
}

/// The rule, said once more in other words.
fn finds(reader: &Reader, content: &NewContent, purpose: Purpose) -> bool {
    let own = reader.who() == Some(content.author);
    let co_author = reader.threads().contains(&content.thread);
    match content.stage {
        Stage::Erased => false,
        Stage::Draft => own,
        Stage::Proposed | Stage::Approved | Stage::Rejected => match content.visibility {
            Visibility::Public => true,
            Visibility::Premium => own || co_author || purpose == Purpose::Listing,
            Visibility::Thread => own || co_author,
        },
    }
}
