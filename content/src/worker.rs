//! Embeds bodies in the background. What is to be done is in the data itself, the points that lack the vector of a
//! model: nothing is lost when the process ends, and several processes on one Qdrant server only do some work twice.

mod pause;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::embedding::EmbeddingError;
use crate::engine::Newest;
use crate::error::ContentError;
use crate::meaning::Meaning;
use crate::payload::Payload;
use crate::point::PointId;
use crate::shared::Shared;
use crate::tuning::EMBEDDED_AT_ONCE;
use pause::Pause;

/// How long to wait for news before looking for what other processes uploaded.
const IDLE: Duration = Duration::from_secs(15);

/// Failures in a row that are put down to the model being away. After so many a body may be what it fails at: some
/// services answer a text that is too long for them as if they were broken.
const EXCUSED: u32 = 2;

/// News of other bodies ends no pause sooner.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// No model that is there refuses it.
const PROBE: &str = "text";

/// Works until the last handle on the store is dropped, or it is closed.
pub(crate) async fn run(shared: Weak<Shared>, news: Arc<Notify>) {
    let (mut pause, mut failures) = (Pause::first(), 0);
    loop {
        let Some(strong) = shared.upgrade() else { return };
        let done = pass(&strong, failures).await;
        drop(strong);
        match done {
            Ok(done) => {
                (pause, failures) = (Pause::first(), 0);
                if done == 0 {
                    // Either is reason enough to look again.
                    let _ = timeout(IDLE, news.notified()).await;
                }
            }
            Err(ContentError::Closed) => return,
            Err(error) => {
                failures += u32::from(matches!(error, ContentError::Embedding(_)));
                let wait = pause.after(&error);
                tracing::warn!(%error, "bodies wait for their vectors, trying again in {wait:?}");
                rest(wait, &error, &news).await;
            }
        }
    }
}

/// Leaves alone what failed. News ends it early, since the next body may do better, but not for whoever said how long.
async fn rest(wait: Duration, error: &ContentError, news: &Notify) {
    let least = if error.retry_after().is_some() { wait } else { wait.min(LEAST_PAUSE) };
    sleep(least).await;
    let _ = timeout(wait.saturating_sub(least), news.notified()).await;
}

/// Goes through some bodies with every model in use; how many. Where none is left, the model that is wanted answers.
async fn pass(shared: &Shared, failures: u32) -> Result<usize, ContentError> {
    let mut done = 0;
    for meaning in shared.meanings.all() {
        done += step(shared, &meaning, failures).await?;
    }
    if done == 0 {
        shared.settle().await?;
    }
    Ok(done)
}

/// Embeds the newest bodies that lack the model's vector, or sets them aside; how many were there.
async fn step(shared: &Shared, meaning: &Meaning, failures: u32) -> Result<usize, ContentError> {
    let newest = shared.engine.newest(shared.unembedded(meaning), EMBEDDED_AT_ONCE).await?;
    let Newest { payloads, unreadable } = newest;
    let there = payloads.len() + unreadable.len();
    // Nobody can embed them, and they must not take the places of others.
    shared.refuse(unreadable);
    if payloads.is_empty() {
        return Ok(there);
    }
    let vectors = vectors(shared, meaning, &payloads, failures).await?;
    if !vectors.is_empty() {
        let (name, model) = (meaning.vector().to_owned(), meaning.model().to_owned());
        shared.engine.embed(name, model, vectors).await?;
    }
    Ok(there)
}

/// The vectors of those of the bodies that have one.
async fn vectors(
    shared: &Shared,
    meaning: &Meaning,
    payloads: &[Payload],
    failures: u32,
) -> Result<Vec<(PointId, Vec<f32>)>, ContentError> {
    let ids = payloads.iter().map(|payload| PointId::of(payload.thread, payload.hash));
    let texts: Vec<_> = payloads.iter().map(|payload| payload.body.clone()).collect();
    match meaning.documents(&texts).await {
        Ok(vectors) => Ok(ids.zip(vectors).collect()),
        Err(error) if is_excused(&error, failures) => Err(error.into()),
        Err(_) => one_by_one(shared, meaning, ids.zip(texts).collect()).await,
    }
}

/// Whether the model may just be away, or asks to be left alone, so that no body is to blame yet.
fn is_excused(error: &EmbeddingError, failures: u32) -> bool {
    error.is_temporary() && (failures < EXCUSED || error.retry_after().is_some())
}

/// Asks for each alone. What came before the model went away is kept.
async fn one_by_one(
    shared: &Shared,
    meaning: &Meaning,
    bodies: Vec<(PointId, String)>,
) -> Result<Vec<(PointId, Vec<f32>)>, ContentError> {
    let mut taken = Vec::new();
    for (id, text) in bodies {
        match alone(shared, meaning, id, text).await {
            Ok(vector) => taken.extend(vector.map(|vector| (id, vector))),
            Err(error) if taken.is_empty() => return Err(error.into()),
            Err(_) => break,
        }
    }
    Ok(taken)
}

/// The vector of one body. A body that fails alone, while another text does not, is set aside: until the next start it
/// is found by its words only. Where the other fails too, the body is not to blame.
async fn alone(
    shared: &Shared,
    meaning: &Meaning,
    id: PointId,
    text: String,
) -> Result<Option<Vec<f32>>, EmbeddingError> {
    let texts = [text];
    match meaning.documents(&texts).await {
        Ok(vectors) => return Ok(vectors.into_iter().next()),
        Err(error) if error.retry_after().is_some() => return Err(error),
        Err(_) => {}
    }
    meaning.documents(&[PROBE.to_owned()]).await?;
    // The model may have come back only just before.
    match meaning.documents(&texts).await {
        Err(error) if error.retry_after().is_none() => {
            tracing::warn!(%error, body = %id.0, "a body cannot be embedded and is found by its words only");
            shared.refuse(vec![id]);
            Ok(None)
        }
        outcome => Ok(outcome?.into_iter().next()),
    }
}
