//! Every combination of filters, against a plain loop over the same bodies.

use chorale_wire::http::ContentStatus::{Approved, Pending, Rejected};

use super::{Subject, bodies, insert_all};
use crate::bm25::Bm25;
use crate::engine::Engine;
use crate::filter::{Condition, ContentFilter, conditions};
use crate::record::NewContent;
use crate::tests::{ANN, BOB, POETRY, POLICY, new_at};

pub(crate) async fn every_filter_lets_through_what_it_says(subject: &impl Subject) {
    let engine = subject.open().await;
    let contents = variety();
    insert_all(&*engine, contents.clone()).await;
    for filter in filters() {
        let fitting = contents.iter().filter(|content| fits(content, &filter));
        let mut expected: Vec<_> = fitting.map(|content| content.body.clone()).collect();
        expected.sort();
        for found in answers(&*engine, conditions(&filter).unwrap()).await {
            assert_eq!(found, expected, "{filter:?}");
        }
        assert_eq!(engine.count(conditions(&filter).unwrap()).await.unwrap(), expected.len(), "{filter:?}");
    }
}

/// What each way to read finds, sorted.
async fn answers(engine: &dyn Engine, filter: Vec<Condition>) -> [Vec<String>; 2] {
    let query = Bm25::new().unwrap().query("shared");
    let ranked = engine.ranked(query, filter.clone(), 100).await.unwrap();
    let mut ranked = bodies(ranked.into_iter().map(|(_, payload)| payload).collect());
    let mut newest = bodies(engine.newest(filter, 100).await.unwrap());
    ranked.sort();
    newest.sort();
    [ranked, newest]
}

fn variety() -> Vec<NewContent> {
    let mut contents = Vec::new();
    for (thread, author) in [(POLICY, ANN), (POLICY, BOB), (POETRY, ANN), (POETRY, BOB)] {
        for status in [Pending, Approved, Rejected] {
            for time in [10, 20, 30] {
                let body = format!("shared word {}", contents.len());
                contents.push(NewContent { thread, author, status, ..new_at(&body, time) });
            }
        }
    }
    contents
}

fn filters() -> Vec<ContentFilter> {
    let mut filters = Vec::new();
    for (thread, author) in [(None, None), (None, Some(BOB)), (Some(POETRY), None), (Some(POETRY), Some(BOB))]
    {
        for status in [None, Some(Pending), Some(Approved), Some(Rejected)] {
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
        && filter.status.is_none_or(|status| status == content.status)
        && filter.from.is_none_or(|from| from <= content.created_at)
        && filter.until.is_none_or(|until| content.created_at < until)
}
