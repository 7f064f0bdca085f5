//! Bodies on their way to where they belong: settled with what the chain says, delivered late where Qdrant was away.

use crate::app::App;
use crate::reads::ReadError;
use crate::standing::Standing;
use chorale_content::{ContentError, Stage, Stored, Waiting};
use chorale_wire::http::Content;
use std::time::Duration;
use tokio::time::sleep;

/// How often it is looked whether an upload waits that can be delivered.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long a delivery that failed is left alone.
const PAUSE: Duration = Duration::from_secs(2);

/// The chain may have decided between the question and the write, when the indexer found no body to mark.
/// So the question is asked again, until it has the answer that was written.
pub(crate) async fn settle(
    app: &App,
    mut record: Content,
    mut written: Option<Stage>,
) -> Result<Content, ReadError> {
    loop {
        let stage = Standing::of(&app.store, record.thread, record.hash).await?.stage();
        if written == Some(stage) {
            return Ok(record);
        }
        app.content.duties().set_stage(record.thread, record.hash, stage).await?;
        record.status = stage.status();
        written = Some(stage);
    }
}

/// Delivers what waits, whenever it can be, until the backend closes.
pub(crate) async fn deliver(app: App) {
    let forever = async {
        let mut absence = app.content.duties().absence();
        while absence.wait_for(Option::is_none).await.is_ok() {
            let pause = match deliver_all(&app).await {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "uploads go on waiting for Qdrant");
                    PAUSE
                }
            };
            sleep(pause).await;
        }
    };
    app.closing.run_until_cancelled(forever).await;
}

/// In the order in which they came.
async fn deliver_all(app: &App) -> Result<(), ReadError> {
    let (duties, mut delivered) = (app.content.duties(), 0_u64);
    while let Some(waiting) = duties.longest_waiting().await? {
        deliver_one(app, &waiting).await?;
        duties.settled(&waiting).await?;
        app.metrics.queues.delivered();
        delivered += 1;
    }
    if delivered > 0 {
        // Searches may find them from now on, and no event will say so.
        app.caches.forget_contents().await;
        tracing::info!(delivered, "uploads that had waited are with Qdrant");
    }
    Ok(())
}

async fn deliver_one(app: &App, waiting: &Waiting) -> Result<(), ReadError> {
    let (thread, hash) = (waiting.thread(), waiting.hash());
    let stage = Standing::of(&app.store, thread, hash).await?.stage();
    match app.content.duties().deliver(waiting, stage).await {
        Ok(Some(Stored::New(record))) => _ = settle(app, record, Some(stage)).await?,
        Ok(Some(first)) => _ = settle(app, first.into_record(), None).await?,
        // Whoever uploaded it took it back, here or elsewhere.
        Ok(None) | Err(ContentError::Erased) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
