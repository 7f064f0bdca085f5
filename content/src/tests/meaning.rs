//! Search by meaning and what prepares it, with a model of a few words.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;

use super::*;
use crate::embedding::{Embedder, EmbeddingError, Kind, Model};
use crate::{ContentError, Models, Search, SearchMode};

/// What it knows: words of one line mean the same.
const TOPICS: [&[&str]; 3] =
    [&["stake", "deposit", "money"], &["river", "sea", "water"], &["poem", "verse", "song"]];

/// Counts the words of each topic. Whatever is about nothing has a direction of its own.
pub(super) struct Topics {
    model: Model,
    away: AtomicBool,
}

impl Topics {
    pub(super) fn new(name: &str, dimensions: usize) -> Arc<Self> {
        let model = Model { name: name.into(), dimensions };
        Arc::new(Self { model, away: AtomicBool::new(false) })
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; self.model.dimensions];
        vector[TOPICS.len()] = 0.1;
        for (axis, words) in TOPICS.iter().enumerate() {
            vector[axis] += text.split(' ').filter(|word| words.contains(word)).count() as f32;
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.into_iter().map(|value| value / length).collect()
    }
}

#[async_trait]
impl Embedder for Topics {
    async fn embed(&self, texts: &[String], _: Kind) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(EmbeddingError::Unavailable { reason: "lunch".into(), retry_after: None });
        }
        if texts.iter().any(|text| text.contains("unspeakable")) {
            return Err(EmbeddingError::Refused { status: 400, words: "no".into() });
        }
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }

    fn model(&self) -> &Model {
        &self.model
    }
}

pub(super) fn using(model: &Arc<Topics>) -> Models {
    Models { model: Some(model.clone()), until_then: None }
}

async fn fixture(folder: TempDir, models: Models) -> Fixture {
    Fixture { store: open_with(&folder, models).await.unwrap(), folder }
}

async fn put_all(fixture: &Fixture, texts: &[&str]) {
    for text in texts {
        fixture.store.put(new(text)).await.unwrap();
    }
}

async fn embedded(fixture: &Fixture) {
    in_time(async {
        while fixture.store.duties().waiting().await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

async fn found(fixture: &Fixture, text: &str, mode: SearchMode) -> (SearchMode, Vec<String>) {
    let query = Search { mode, ..search(text, ALL, 2) };
    let found = fixture.store.search(&ann(), query).await.unwrap();
    (found.mode, bodies(found))
}

const TEXTS: [&str; 3] = ["the deposit is back", "a long river", "stake your claim in verse"];

#[tokio::test]
async fn a_body_is_found_by_what_it_means() {
    let fixture = fixture(TempDir::new().unwrap(), using(&Topics::new("topics", 4))).await;
    put_all(&fixture, &TEXTS).await;
    embedded(&fixture).await;
    let meant = found(&fixture, "money", SearchMode::Meaning).await;
    assert_eq!(meant, (SearchMode::Meaning, vec![TEXTS[0].into(), TEXTS[2].into()]));
    assert_eq!(found(&fixture, "money", SearchMode::Words).await, (SearchMode::Words, vec![]));
    let (mode, both) = found(&fixture, "stake", SearchMode::Hybrid).await;
    assert_eq!(
        (mode, both[0].as_str()),
        (SearchMode::Hybrid, TEXTS[2]),
        "word and meaning outweigh meaning alone"
    );
}

#[tokio::test]
async fn what_was_there_before_the_model_is_embedded_too() {
    let Fixture { store, folder } = Fixture::with(TEXTS.map(new)).await;
    store.close().await.unwrap();
    let fixture = fixture(folder, using(&Topics::new("topics", 4))).await;
    embedded(&fixture).await;
    assert_eq!(found(&fixture, "water", SearchMode::Meaning).await.1[0], TEXTS[1]);
}

#[tokio::test]
async fn a_model_that_is_away_costs_no_search_and_no_upload() {
    let model = Topics::new("topics", 4);
    model.away.store(true, Ordering::Relaxed);
    let fixture = fixture(TempDir::new().unwrap(), using(&model)).await;
    put_all(&fixture, &TEXTS).await;
    assert_eq!(
        found(&fixture, "river", SearchMode::Hybrid).await,
        (SearchMode::Words, vec![TEXTS[1].into()])
    );
    let query = Search { mode: SearchMode::Meaning, ..search("river", ALL, 2) };
    let refused = fixture.store.search(&ann(), query).await.unwrap_err();
    assert!(matches!(refused, ContentError::Embedding(_)) && refused.is_away(), "{refused:?}");
    assert_eq!(fixture.store.duties().waiting().await.unwrap(), 3);
    model.away.store(false, Ordering::Relaxed);
    embedded(&fixture).await;
    assert_eq!(
        found(&fixture, "sea", SearchMode::Hybrid).await,
        (SearchMode::Hybrid, vec![TEXTS[1].into(), TEXTS[0].into()])
    );
}

#[tokio::test]
async fn a_body_that_the_model_refuses_keeps_no_other_waiting() {
    let fixture = fixture(TempDir::new().unwrap(), using(&Topics::new("topics", 4))).await;
    put_all(&fixture, &["an unspeakable river", TEXTS[1]]).await;
    embedded(&fixture).await;
    assert_eq!(found(&fixture, "sea", SearchMode::Meaning).await.1, [TEXTS[1]]);
    assert_eq!(found(&fixture, "unspeakable", SearchMode::Words).await.1, ["an unspeakable river"]);
}

#[tokio::test]
async fn the_old_model_answers_until_everything_is_embedded_by_the_new_one() {
    let (old, new_one) = (Topics::new("old", 4), Topics::new("new", 7));
    let first = fixture(TempDir::new().unwrap(), using(&old)).await;
    put_all(&first, &TEXTS).await;
    embedded(&first).await;
    first.store.close().await.unwrap();

    new_one.away.store(true, Ordering::Relaxed);
    let models = Models { model: Some(new_one.clone()), until_then: Some(old) };
    let second = fixture(first.folder, models).await;
    put_all(&second, &["a song of the sea"]).await;
    assert_eq!(second.store.duties().waiting().await.unwrap(), 4);
    assert_eq!(
        found(&second, "money", SearchMode::Meaning).await.1[0],
        TEXTS[0],
        "nothing may be missed meanwhile"
    );
    new_one.away.store(false, Ordering::Relaxed);
    embedded(&second).await;
    in_time(dropped(&second)).await;
    assert_eq!(found(&second, "money", SearchMode::Meaning).await.1[0], TEXTS[0]);
    assert_eq!(found(&second, "verse water", SearchMode::Meaning).await.1[0], "a song of the sea");
}

/// Waits until one model's vectors are left.
async fn dropped(fixture: &Fixture) {
    while fixture.store.duties().models().await.unwrap() > 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
