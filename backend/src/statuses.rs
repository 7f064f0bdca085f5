//! Copies the chain's decisions to the bodies, where no indexer has them: an engine in the process can be opened by one
//! process only, and then that is the backend.
//!
//! It follows the store from where it is at the start; what was decided before is made right by the first round of
//! comparing the boundaries, which has searches forgotten then, and so is what is missed. Nothing has to be remembered from one run to the next.

use crate::app::App;
use crate::standing::Standing;
use chorale_content::ContentError;
use chorale_store::{StoreError, StoredEvent};
use chorale_wire::socket::Mark;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;

/// How often the store is asked for what another process wrote.
const POLL: Duration = Duration::from_millis(500);
const PAGE: usize = 500;

/// Why a decision could not be copied yet.
#[derive(Debug, thiserror::Error)]
enum CopyError {
    #[error("the store cannot be read: {0}")]
    Store(#[from] StoreError),
    #[error("the bodies cannot be reached: {0}")]
    Content(#[from] ContentError),
}

/// Follows until the backend closes.
pub(crate) async fn run(app: App) {
    let follow = async {
        let mut at = None;
        loop {
            if let Err(error) = catch_up(&app, &mut at).await {
                tracing::debug!(%error, "decisions do not reach the bodies, trying again");
            }
            sleep(POLL).await;
        }
    };
    app.closing.run_until_cancelled(follow).await;
}

/// Copies everything that was decided since `at`, which is moved on as far as that went well.
async fn catch_up(app: &App, at: &mut Option<Mark>) -> Result<(), CopyError> {
    loop {
        let Some(mark) = *at else {
            let mark = app.store.mark().await?;
            app.copied.store(mark.cursor, Ordering::Relaxed);
            *at = Some(mark);
            return Ok(());
        };
        // Where another store took the place of this one, the next round of comparing makes it right.
        let Some(events) = app.store.events_following(mark, PAGE).await? else {
            *at = None;
            continue;
        };
        for event in &events {
            copy(app, event).await?;
            app.copied.store(event.sequence, Ordering::Relaxed);
            *at = Some(event.mark());
        }
        if events.len() < PAGE {
            return Ok(());
        }
    }
}

/// What the store says by now, so that the order of events does not matter.
async fn copy(app: &App, event: &StoredEvent) -> Result<(), CopyError> {
    let event = &event.record.event().event;
    if let (Some(thread), Some(hash)) = (event.thread(), event.hash()) {
        // The store does not know where a body of a stopped thread stands.
        if app.store.stopped_threads().await?.contains(&thread) {
            return Ok(());
        }
        let stage = Standing::of(&app.store, thread, hash).await?.stage();
        app.content.duties().set_stage(thread, hash, stage).await?;
    }
    Ok(())
}
