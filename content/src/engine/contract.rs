//! What every engine must do, as tests on the trait. A new engine implements [`Subject`] and says
//! `contract!(ItsSubject)` in its own tests.

pub(crate) mod facts;
pub(crate) mod filtering;

use std::sync::Arc;

use super::Engine;
use crate::bm25::Bm25;
use crate::point::{Point, PointId};
use crate::record::{ContentRecord, NewContent};

/// A place where an engine keeps data, empty when made and cleaned up when dropped.
pub(crate) trait Subject {
    fn new() -> Self;
    /// Opens the engine there; after a close, once more on the same data.
    async fn open(&self) -> Arc<dyn Engine>;
}

/// One test for each fact, named after it.
macro_rules! contract {
    ($subject:ty) => {
        $crate::engine::contract::contract! { $subject:
            facts a_point_comes_back_as_it_was_inserted,
            facts a_point_without_words_is_stored,
            facts the_first_of_many_inserts_stays,
            facts a_status_changes_and_nothing_else,
            facts the_rarer_word_ranks_higher,
            facts the_newest_come_first,
            facts pages_show_every_point_once,
            facts only_what_still_fits_is_removed,
            facts closing_keeps_everything,
            facts a_closed_engine_refuses,
            filtering every_filter_lets_through_what_it_says,
        }
    };
    ($subject:ty: $($file:ident $fact:ident,)*) => {
        $(#[tokio::test]
        async fn $fact() {
            let subject = <$subject as $crate::engine::contract::Subject>::new();
            $crate::tests::in_time($crate::engine::contract::$file::$fact(&subject)).await;
        })*
    };
}
pub(crate) use contract;

/// The point of a body that is in order.
async fn point(content: NewContent) -> Point {
    let record = content.checked().unwrap();
    Point {
        id: PointId::of(record.thread, record.hash),
        words: Bm25::new().unwrap().document(record.body.clone()).await.unwrap(),
        payload: record.into(),
    }
}

async fn insert_all(engine: &dyn Engine, contents: impl IntoIterator<Item = NewContent>) {
    for content in contents {
        let before = engine.insert(point(content).await).await.unwrap();
        assert_eq!(before, None, "a body of the test was there already");
    }
}

fn id(content: &NewContent) -> PointId {
    PointId::of(content.thread, content.hash)
}

fn bodies(payloads: Vec<crate::payload::Payload>) -> Vec<String> {
    payloads.into_iter().map(|payload| ContentRecord::from(payload).body).collect()
}
