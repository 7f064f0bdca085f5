//! What every engine must do, as tests on the trait. A new engine implements [`Subject`] and says
//! `contract!(ItsSubject)` in its own tests.

pub(crate) mod damage;
pub(crate) mod erasing;
pub(crate) mod facts;
pub(crate) mod filtering;
pub(crate) mod meaning;

use std::sync::Arc;

use super::{Engine, Ranking};
use crate::bm25::Bm25;
use crate::filter::Condition;
use crate::payload::Payload;
use crate::point::{Point, PointId};
use crate::record::NewContent;

/// A place where an engine keeps data, empty when made.
pub(crate) trait Subject: Sized {
    /// `None` where there is none for this engine; it says so.
    fn new() -> Option<Self>;
    /// Opens the engine there; after a close, once more on the same data.
    async fn open(&self) -> Arc<dyn Engine>;
    /// Writes a word into a field of a point, as no code of ours would. Nobody has the engine open.
    async fn damage(&self, id: PointId, field: &str, word: &str);
    /// Removes everything.
    async fn clean_up(self);
}

/// One test for each fact, named after it.
macro_rules! contract {
    ($subject:ty) => {
        $crate::engine::contract::contract! { $subject:
            facts a_point_comes_back_as_it_was_inserted,
            facts a_point_without_words_is_stored,
            facts the_first_of_many_inserts_stays,
            facts a_stage_changes_and_nothing_else,
            facts the_rarer_word_ranks_higher,
            facts the_newest_come_first,
            facts pages_show_every_point_once,
            facts only_what_still_fits_is_removed,
            facts closing_keeps_everything,
            facts a_closed_engine_refuses,
            filtering every_filter_lets_through_what_it_says,
            filtering everyone_finds_what_they_may_and_nothing_else,
            filtering a_reader_of_thousands_of_threads_finds_what_is_in_them,
            meaning the_nearest_come_first,
            meaning two_lists_are_fused_by_rank,
            meaning a_point_without_a_vector_waits_for_one,
            meaning a_point_that_is_gone_keeps_no_other_from_its_vector,
            meaning models_have_vectors_of_their_own,
            erasing an_erased_point_is_a_tombstone_and_stays_one,
            erasing an_erased_point_gets_no_vector,
            damage a_point_that_cannot_be_read_takes_no_other_down,
            damage a_point_that_cannot_be_read_is_not_taken_for_absent,
            damage nobody_takes_the_place_of_a_point_that_cannot_be_read,
        }
    };
    ($subject:ty: $($file:ident $fact:ident,)*) => {
        $(#[tokio::test]
        async fn $fact() {
            let Some(subject) = <$subject as $crate::engine::contract::Subject>::new() else { return };
            $crate::tests::in_time($crate::engine::contract::$file::$fact(&subject)).await;
            $crate::engine::contract::Subject::clean_up(subject).await;
        })*
    };
}
pub(crate) use contract;

/// The point of a body that is in order.
pub(crate) async fn point(content: NewContent) -> Point {
    let content = content.checked().unwrap();
    Point {
        id: PointId::of(content.thread, content.hash),
        words: Bm25::new().unwrap().document(content.body.clone()).await.unwrap(),
        payload: content.into(),
    }
}

pub(crate) async fn insert_all(engine: &dyn Engine, contents: impl IntoIterator<Item = NewContent>) {
    for content in contents {
        let before = engine.insert(point(content).await).await.unwrap();
        assert_eq!(before, None, "a body of the test was there already");
    }
}

/// The points that share words with a text.
async fn ranked(engine: &dyn Engine, text: &str, filter: Vec<Condition>) -> Vec<(f32, Payload)> {
    let words = Bm25::new().unwrap().query(text);
    engine.ranked(Ranking::Words(words), filter, 100).await.unwrap()
}

pub(crate) fn id(content: &NewContent) -> PointId {
    PointId::of(content.thread, content.hash)
}

fn bodies(payloads: Vec<Payload>) -> Vec<String> {
    payloads.into_iter().map(|payload| payload.body).collect()
}
