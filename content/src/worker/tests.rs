//! A model that fails, in one way or another, and what becomes of the bodies.

use std::sync::Mutex;
use std::time::Instant;

use async_trait::async_trait;
use chorale_testing::QdrantStandIn;
use tempfile::TempDir;

use super::*;
use crate::embedding::{Embedder, Kind, Model};
use crate::engine::contract::{Subject, id};
use crate::tests::{in_time, new, new_at, open_with};
use crate::{ContentOptions, ContentStore, Models, ServerOptions};

type Mood = fn(&[String]) -> Option<EmbeddingError>;

/// A model that refuses what its mood says, and remembers what it was asked for and what it gave.
struct Moody {
    model: Model,
    mood: Mutex<Mood>,
    asked: Mutex<Vec<Vec<String>>>,
    given: Mutex<Vec<String>>,
}

impl Moody {
    fn new(mood: Mood) -> Arc<Self> {
        let model = Model { name: "moody".into(), dimensions: 2 };
        Arc::new(Self { model, mood: Mutex::new(mood), asked: Mutex::default(), given: Mutex::default() })
    }

    fn was_probed(&self) -> bool {
        self.asked.lock().unwrap().contains(&vec![PROBE.to_owned()])
    }

    /// The bodies that have a vector, in the order of the alphabet.
    fn given(&self) -> Vec<String> {
        let mut given = self.given.lock().unwrap().clone();
        given.retain(|text| text != PROBE);
        given.sort();
        given.dedup();
        given
    }
}

#[async_trait]
impl Embedder for Moody {
    async fn embed(&self, texts: &[String], _: Kind) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        self.asked.lock().unwrap().push(texts.to_vec());
        let mood = *self.mood.lock().unwrap();
        if let Some(error) = mood(texts) {
            return Err(error);
        }
        self.given.lock().unwrap().extend_from_slice(texts);
        Ok(texts.iter().map(|_| vec![1.0, 0.0]).collect())
    }

    fn model(&self) -> &Model {
        &self.model
    }
}

fn broken() -> EmbeddingError {
    EmbeddingError::Unavailable { reason: "status 500: input is too large".into(), retry_after: None }
}

fn refused() -> EmbeddingError {
    EmbeddingError::Refused { status: 400, words: "no".into() }
}

fn has_poison(texts: &[String]) -> bool {
    texts.iter().any(|text| text.contains("poison"))
}

async fn store(folder: &TempDir, model: &Arc<Moody>) -> ContentStore {
    open_with(folder, Models { model: Some(model.clone()), until_then: None }).await.unwrap()
}

async fn until(what: impl AsyncFn() -> bool) {
    in_time(async {
        while !what().await {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

async fn none_waits(store: &ContentStore) {
    until(async || store.duties().waiting().await.unwrap() == 0).await;
}

#[tokio::test]
async fn a_body_that_breaks_the_model_each_time_keeps_no_other_waiting() {
    let model = Moody::new(|texts| has_poison(texts).then(broken));
    let folder = TempDir::new().unwrap();
    let store = store(&folder, &model).await;
    for body in ["a river", "poison", "a song"] {
        store.put(new(body)).await.unwrap();
    }
    none_waits(&store).await;
    assert_eq!(model.given(), ["a river", "a song"]);
}

#[tokio::test]
async fn a_body_that_is_refused_with_no_other_beside_it_is_set_aside_too() {
    let model = Moody::new(|texts| has_poison(texts).then(refused));
    let folder = TempDir::new().unwrap();
    let store = store(&folder, &model).await;
    store.put(new_at("poison", 1)).await.unwrap();
    // With the oldest, one more than a batch has.
    for second in 2..=i64::try_from(EMBEDDED_AT_ONCE).unwrap() + 1 {
        store.put(new_at(&format!("text {second}"), second)).await.unwrap();
    }
    none_waits(&store).await;
    assert_eq!(model.given().len(), EMBEDDED_AT_ONCE);
}

#[tokio::test]
async fn a_model_that_refuses_or_breaks_at_everything_has_nothing_set_aside() {
    let moods: [Mood; 2] = [|_| Some(refused()), |_| Some(broken())];
    for mood in moods {
        let (model, folder) = (Moody::new(mood), TempDir::new().unwrap());
        let store = store(&folder, &model).await;
        store.put(new("a river")).await.unwrap();
        until(async || model.was_probed()).await;
        *model.mood.lock().unwrap() = |_| None;
        none_waits(&store).await;
        assert_eq!(model.given(), ["a river"]);
    }
}

/// As many as are embedded at once, and newer than the one that can be read.
#[tokio::test]
async fn bodies_that_cannot_be_read_keep_no_other_from_its_vector_and_embedding_ends() {
    let server = QdrantStandIn::start();
    let options = || ContentOptions::Server(ServerOptions::at(server.url()));
    let words_only = ContentStore::open(options()).await.unwrap();
    words_only.put(new_at("a river", 1)).await.unwrap();
    for second in 2..i64::try_from(EMBEDDED_AT_ONCE).unwrap() + 2 {
        let lost = new_at(&format!("lost {second}"), second);
        words_only.put(lost.clone()).await.unwrap();
        server.damage(id(&lost), "salt", "damaged").await;
    }
    let model = Moody::new(|_| None);
    let models = Models { model: Some(model.clone()), until_then: None };
    let store = ContentStore::open_with(options(), models).await.unwrap();
    none_waits(&store).await;
    assert_eq!(model.given(), ["a river"]);
}

#[tokio::test]
async fn news_ends_a_pause_after_a_second() {
    let (began, news) = (Instant::now(), Notify::new());
    news.notify_one();
    in_time(rest(Duration::from_secs(300), &broken().into(), &news)).await;
    assert!(began.elapsed() >= LEAST_PAUSE, "many uploads must not make it ask without a pause");
}

#[tokio::test]
async fn news_does_not_end_the_pause_that_a_model_asked_for() {
    let (began, news, pause) = (Instant::now(), Notify::new(), LEAST_PAUSE * 2);
    news.notify_one();
    let busy = EmbeddingError::Unavailable { reason: "busy".into(), retry_after: Some(pause) };
    in_time(rest(pause, &busy.into(), &news)).await;
    assert!(began.elapsed() >= pause, "{:?}", began.elapsed());
}
