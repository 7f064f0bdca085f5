//! Embeds bodies in the background. What is to be done is in the data itself, the points that lack the vector of a
//! model: nothing is lost when the process ends, and several processes on one Qdrant server only do some work twice.

mod pause;

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::error::ContentError;
use crate::meaning::Meaning;
use crate::payload::Payload;
use crate::point::PointId;
use crate::shared::Shared;
use crate::tuning::EMBEDDED_AT_ONCE;
use pause::Pause;

/// How long to wait for news before looking for what other processes uploaded.
const IDLE: Duration = Duration::from_secs(15);

/// Works until the last handle on the store is dropped, or it is closed.
pub(crate) async fn run(shared: Weak<Shared>, news: Arc<Notify>) {
    let mut pause = Pause::first();
    loop {
        let Some(strong) = shared.upgrade() else { return };
        let done = pass(&strong).await;
        drop(strong);
        match done {
            Ok(0) => {
                pause = Pause::first();
                // Either is reason enough to look again.
                let _ = tokio::time::timeout(IDLE, news.notified()).await;
            }
            Ok(_) => pause = Pause::first(),
            Err(ContentError::Closed) => return,
            Err(error) => {
                let wait = pause.after(&error);
                tracing::warn!(%error, "bodies wait for their vectors, trying again in {wait:?}");
                sleep(wait).await;
            }
        }
    }
}

/// Embeds some bodies by every model in use; how many. Where none is left, the model that is wanted answers.
async fn pass(shared: &Shared) -> Result<usize, ContentError> {
    let mut embedded = 0;
    for meaning in shared.meanings.all() {
        embedded += step(shared, &meaning).await?;
    }
    if embedded == 0 {
        shared.settle().await?;
    }
    Ok(embedded)
}

/// Embeds the newest bodies that lack the model's vector; how many there were.
async fn step(shared: &Shared, meaning: &Meaning) -> Result<usize, ContentError> {
    let payloads = shared.engine.newest(shared.unembedded(meaning), EMBEDDED_AT_ONCE).await?;
    if payloads.is_empty() {
        return Ok(0);
    }
    let vectors = vectors(shared, meaning, &payloads).await?;
    let (name, model) = (meaning.vector().to_owned(), meaning.model().to_owned());
    shared.engine.embed(name, model, vectors).await?;
    Ok(payloads.len())
}

/// The vectors of the bodies.
async fn vectors(
    shared: &Shared,
    meaning: &Meaning,
    payloads: &[Payload],
) -> Result<Vec<(PointId, Vec<f32>)>, ContentError> {
    let ids = payloads.iter().map(|payload| PointId::of(payload.thread, payload.hash));
    let texts: Vec<_> = payloads.iter().map(|payload| payload.body.clone()).collect();
    match meaning.documents(&texts).await {
        Ok(vectors) => Ok(ids.zip(vectors).collect()),
        Err(error) if error.is_temporary() => Err(error.into()),
        Err(error) => one_by_one(shared, meaning, ids.zip(texts).collect(), error.into()).await,
    }
}

/// A body that the model refuses for good is left to search by words, until the next start. Where it refuses all, the
/// bodies are not to blame, and what it said to them together stands.
async fn one_by_one(
    shared: &Shared,
    meaning: &Meaning,
    bodies: Vec<(PointId, String)>,
    together: ContentError,
) -> Result<Vec<(PointId, Vec<f32>)>, ContentError> {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for (id, text) in bodies {
        match meaning.documents(&[text]).await {
            Ok(vectors) => taken.extend(vectors.into_iter().map(|vector| (id, vector))),
            Err(error) if error.is_temporary() => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, body = %id.0, "a body cannot be embedded and is found by its words only");
                refused.push(id);
            }
        }
    }
    if taken.is_empty() {
        return Err(together);
    }
    shared.refuse(refused);
    Ok(taken)
}
