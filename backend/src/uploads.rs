//! Bodies on their way to where they belong: settled with what the chain says, delivered late where Qdrant was away.

use crate::app::App;
use crate::reads::ReadError;
use crate::standing::Standing;
use chorale_content::{ContentError, Stage, Stored, Waiting};
use chorale_wire::http::Content;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often it is looked whether an upload waits that can be delivered.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long a delivery that failed is left alone.
const PAUSE: Duration = Duration::from_secs(2);
/// How long an upload is left alone that fails for itself.
const STUCK: Duration = Duration::from_secs(300);
/// Uploads that may fail for themselves before there is a pause: so many hardly do unless it is Qdrant that is unwell.
const MOST_STUCK: usize = 10;

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
        let (mut absence, mut stuck) = (app.content.duties().absence(), Stuck::default());
        while absence.wait_for(Option::is_none).await.is_ok() {
            let pause = match deliver_all(&app, &mut stuck).await {
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

async fn deliver_all(app: &App, stuck: &mut Stuck) -> Result<(), ReadError> {
    let mut delivered = 0_u64;
    let outcome = deliver_each(app, stuck, &mut delivered).await;
    if delivered > 0 {
        // Searches may find them from now on, and no event will say so.
        app.caches.forget_contents().await;
        tracing::info!(delivered, "uploads that had waited are with Qdrant");
    }
    outcome
}

/// In the order in which they came. One that fails for itself is stepped over, and keeps no other waiting.
async fn deliver_each(app: &App, stuck: &mut Stuck, delivered: &mut u64) -> Result<(), ReadError> {
    let (line, mut failed) = (app.content.duties().waiting_uploads(), 0);
    for number in stuck.due(&line, Instant::now()) {
        match deliver_numbered(app, number).await {
            Ok(was_there) => *delivered += u64::from(was_there),
            Err(error) if fails_for_itself(&error) => {
                stuck.note(number, &error, Instant::now());
                failed += 1;
                if failed >= MOST_STUCK {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether there was such an upload.
async fn deliver_numbered(app: &App, number: u64) -> Result<bool, ReadError> {
    let duties = app.content.duties();
    let Some(waiting) = duties.waiting_upload(number).await? else { return Ok(false) };
    deliver_one(app, &waiting).await?;
    duties.settled(&waiting).await?;
    app.metrics.queues.delivered();
    Ok(true)
}

/// Whether another upload may do better: its file cannot be read, or Qdrant refuses this one. Where the store or Qdrant
/// is away, or refuses everybody, none does.
fn fails_for_itself(error: &ReadError) -> bool {
    match error {
        ReadError::Store(_) => false,
        ReadError::Content(error) => {
            !error.is_away() && !matches!(**error, ContentError::Closed | ContentError::Settings(_))
        }
    }
}

/// Uploads that failed for themselves, and when each is tried again.
#[derive(Default)]
struct Stuck(HashMap<u64, Instant>);

impl Stuck {
    /// Those of the line that are to be tried now. What has left the line is forgotten.
    fn due(&mut self, line: &[u64], now: Instant) -> Vec<u64> {
        self.0.retain(|number, _| line.binary_search(number).is_ok());
        line.iter().copied().filter(|number| self.0.get(number).is_none_or(|again| *again <= now)).collect()
    }

    /// It failed, which is said once of each.
    fn note(&mut self, number: u64, error: &ReadError, now: Instant) {
        if self.0.insert(number, now + STUCK).is_none() {
            tracing::warn!(number, %error, "an upload cannot be delivered, and those behind it go first");
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn refused() -> ReadError {
        ContentError::Engine("no".into()).into()
    }

    #[test]
    fn what_fails_for_itself_is_stepped_over_and_tried_again_later() {
        let (mut stuck, now) = (Stuck::default(), Instant::now());
        assert_eq!(stuck.due(&[3, 4, 9], now), [3, 4, 9]);
        stuck.note(3, &refused(), now);
        assert_eq!(stuck.due(&[3, 4, 9], now), [4, 9]);
        assert_eq!(stuck.due(&[3, 9], now + STUCK), [3, 9]);
        assert_eq!(stuck.due(&[9], now), [9]);
        assert!(stuck.0.is_empty(), "what left the line is forgotten");
    }

    #[test]
    fn what_everyone_meets_is_no_uploads_own_failure() {
        let source = std::io::ErrorKind::PermissionDenied.into();
        let unreadable = ContentError::Folder { path: PathBuf::from("queue"), source };
        for (error, is_its_own) in [
            (ContentError::Away("gone".into()), false),
            (ContentError::Closed, false),
            (ContentError::Settings("another key".into()), false),
            (ContentError::Engine("no".into()), true),
            (unreadable, true),
        ] {
            let words = error.to_string();
            assert_eq!(fails_for_itself(&error.into()), is_its_own, "{words}");
        }
    }
}
