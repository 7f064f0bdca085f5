//! Takes away bodies that were uploaded and not proposed or published, or whose proposal was dropped.

use crate::app::App;
use crate::standing::Standing;
use chorale_content::{ContentError, ContentRecord, ContentStore};
use chorale_domain::content::ContentHash;
use chorale_domain::id::ThreadId;
use chorale_store::{Store, StoreError};
use std::time::Duration;
use tokio::time::sleep;

/// How long a body waits for the chain to hear of it, or to hear of it again, in seconds.
const PATIENCE: i64 = 24 * 60 * 60;
/// How much later a transaction may come to the chain that was prepared in time, in seconds: longer than its block hash
/// is good for.
const LANDING: i64 = 10 * 60;
/// How often stale bodies are looked for, the first time at the start.
const PERIOD: Duration = Duration::from_secs(60 * 60);

/// Why stale bodies could not be collected. Nothing is lost by it: the next time comes.
#[derive(Debug, thiserror::Error)]
enum CollectError {
    #[error("the indexer has never had everything that is on chain")]
    Behind,
    #[error("the store does not say what the chain knows: {0}")]
    Store(#[from] StoreError),
    #[error("the bodies cannot be reached: {0}")]
    Content(#[from] ContentError),
}

/// Collects until the backend closes.
pub(crate) async fn run(app: App) {
    loop {
        match collect(&app.store, &app.content, (app.clock)()).await {
            Ok(0) => {}
            Ok(bodies) => tracing::info!(bodies, "removed bodies the chain has nothing to do with"),
            Err(error) => tracing::warn!(%error, "stale bodies stay for now"),
        }
        if app.closing.run_until_cancelled(sleep(PERIOD)).await.is_none() {
            return;
        }
    }
}

async fn collect(store: &Store, content: &ContentStore, now: i64) -> Result<usize, CollectError> {
    let before = uploaded_before(store, now).await?.ok_or(CollectError::Behind)?;
    let (mut from, mut removed) = (None, 0);
    loop {
        let page = content.duties().stale(before, from).await?;
        let forgotten = forgotten_before(store, page.keys, before).await?;
        removed += content.duties().discard(&forgotten, before).await?;
        let Some(next) = page.next else { return Ok(removed) };
        from = Some(next);
    }
}

/// How lately the store must have had everything the chain had, in seconds, for decisions that it does not know to be
/// taken back: a backup that was put in its place knows less.
const CURRENT: i64 = 60;

/// Whether the store had everything lately.
pub(crate) async fn is_current(store: &Store, now: i64) -> Result<bool, StoreError> {
    Ok(store.seen_at().await?.is_some_and(|seen_at| seen_at >= now - CURRENT))
}

/// Bodies that were uploaded before this are forgotten by the chain where the store knows nothing of them: when it had
/// everything last, their time was over. What an indexer that is away or behind has not heard of may be on chain all the
/// same, and a body is nowhere else. `None` before the store once had everything.
pub(crate) async fn uploaded_before(store: &Store, now: i64) -> Result<Option<i64>, StoreError> {
    Ok(store.seen_at().await?.map(|seen_at| seen_at.min(now) - PATIENCE - LANDING))
}

/// Whether a body's time is over, so that it may be gone before a transaction about it is on chain.
pub(crate) async fn is_due(store: &Store, content: &ContentRecord, now: i64) -> Result<bool, StoreError> {
    let before = now - PATIENCE;
    if content.created_at >= before || store.stopped_threads().await?.contains(&content.thread) {
        return Ok(false);
    }
    let standing = Standing::of(store, content.thread, content.hash).await?;
    Ok(is_forgotten(standing, before))
}

/// Those of the bodies that the chain had nothing to do with since `before`. Of a thread that is stopped the store does not
/// know what the chain has.
pub(crate) async fn forgotten_before(
    store: &Store,
    keys: Vec<(ThreadId, ContentHash)>,
    before: i64,
) -> Result<Vec<(ThreadId, ContentHash)>, StoreError> {
    let stopped = store.stopped_threads().await?;
    let mut forgotten = Vec::new();
    for (thread, hash) in keys.into_iter().filter(|(thread, _)| !stopped.contains(thread)) {
        if is_forgotten(Standing::of(store, thread, hash).await?, before) {
            forgotten.push((thread, hash));
        }
    }
    Ok(forgotten)
}

/// Whether the chain had nothing to do with a body since then.
fn is_forgotten(standing: Standing, before: i64) -> bool {
    match standing {
        Standing::Unheard => true,
        Standing::Dropped { at } => at < before,
        Standing::Proposed | Standing::Rejected | Standing::Approved => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_content::{ContentFilter, ContentOptions, NewContent, Stage, Visibility};
    use chorale_domain::content::content_hash;
    use chorale_domain::event::{ChainEvent, Event, EventId};
    use chorale_domain::id::{Amount, Signature, Wallet};
    use chorale_domain::state::EntityKey;
    use chorale_store::{Batch, IndexedTransaction, Location, Stopped, Writer};
    use chorale_wire::socket::Commitment;
    use std::path::Path;
    use std::sync::Arc;

    const THREAD: ThreadId = ThreadId([1; 32]);
    const AUTHOR: Wallet = Wallet([2; 32]);
    /// When the time of what was uploaded before second 50 is over.
    const NOW: i64 = 50 + PATIENCE + LANDING;

    fn hash(body: &str) -> ContentHash {
        content_hash(&[0; 16], body)
    }

    async fn uploaded(folder: &Path, bodies: &[(&str, i64)]) -> ContentStore {
        let content =
            ContentStore::open(ContentOptions::Edge { path: folder.join("content") }).await.unwrap();
        for &(body, created_at) in bodies {
            let (salt, stage, visibility) = ([0; 16], Stage::Draft, Visibility::Public);
            let (hash, body, thread, author) = (hash(body), body.to_owned(), THREAD, AUTHOR);
            let new = NewContent { thread, hash, author, salt, body, created_at, stage, visibility };
            content.put(new).await.unwrap();
        }
        content
    }

    async fn store(folder: &Path, clock: chorale_store::Clock) -> Writer {
        Writer::open(&Location::from(folder.join("store.db")), clock).await.unwrap()
    }

    /// A store whose chain has one thread, in which `body` is proposed.
    async fn proposed(folder: &Path, body: &str) -> Writer {
        let writer = store(folder, Arc::new(|| NOW)).await;
        let (stake, escrow) = (Amount(5), Amount(5));
        let created =
            Event::ThreadCreated { thread: THREAD, creator: AUTHOR, approval_bps: 1, created_at: 0 };
        let (thread, hash, author, created_at, expires_at) = (THREAD, hash(body), AUTHOR, 1, 2);
        let proposed = Event::ProposalCreated { thread, hash, author, stake, created_at, expires_at, escrow };
        confirm(&writer, 1, vec![initialized(), created, proposed]).await;
        writer.set_seen(1).await.unwrap();
        writer
    }

    fn initialized() -> Event {
        Event::ConfigInitialized {
            authority: AUTHOR,
            anchor_authority: AUTHOR,
            mint: AUTHOR,
            token_program: AUTHOR,
            decimals: 6,
            min_stake: Amount(5),
            proposal_ttl: 1,
            divest_cooldown: 0,
            min_thread_balance: Amount(0),
        }
    }

    async fn cancel(writer: &Writer, body: &str, cancelled_at: i64) {
        let (thread, hash, author, refund, escrow) = (THREAD, hash(body), AUTHOR, Amount(5), Amount(0));
        let cancelled = Event::ProposalCancelled { thread, hash, author, refund, cancelled_at, escrow };
        confirm(writer, 2, vec![cancelled]).await;
    }

    /// Confirms the events in one transaction.
    async fn confirm(writer: &Writer, slot: u8, events: Vec<Event>) {
        let (signature, slot) = (Signature([slot; 64]), u64::from(slot));
        let event = |(inner, event)| {
            let id = EventId { signature, instruction: 0, inner };
            ChainEvent { id, slot, schema: 1, event }
        };
        let events = (0..).zip(events).map(event).collect();
        let (failed, commitment, block_time) = (false, Commitment::Confirmed, None);
        let transaction =
            IndexedTransaction { signature, slot, block_time, failed, commitment, events, dead_letter: None };
        writer.apply(Batch { transactions: vec![transaction] }).await.unwrap();
    }

    #[tokio::test]
    async fn only_old_bodies_that_the_chain_never_heard_of_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let content = uploaded(folder.path(), &[("forgotten", 10), ("proposed", 10), ("fresh", 90)]).await;
        let writer = proposed(folder.path(), "proposed").await;
        assert_eq!(collect(writer.store(), &content, NOW).await.unwrap(), 1);
        assert_eq!(content.duties().get(THREAD, hash("forgotten")).await.unwrap(), None);
        assert_eq!(content.duties().count(ContentFilter::default()).await.unwrap(), 2);
        assert_eq!(collect(writer.store(), &content, NOW).await.unwrap(), 0, "what was left stays left");
    }

    #[tokio::test]
    async fn a_body_whose_proposal_was_taken_back_waits_as_long_as_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let content = uploaded(folder.path(), &[("taken back", 10)]).await;
        let writer = proposed(folder.path(), "taken back").await;
        cancel(&writer, "taken back", 50).await;
        assert_eq!(collect(writer.store(), &content, NOW).await.unwrap(), 0);
        drop(writer);
        let later = store(folder.path(), Arc::new(|| NOW + 1)).await;
        later.set_seen(2).await.unwrap();
        assert_eq!(collect(later.store(), &content, NOW + 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn nothing_is_removed_while_the_store_may_be_behind_the_chain() {
        let folder = tempfile::tempdir().unwrap();
        let content = uploaded(folder.path(), &[("forgotten", 10)]).await;
        let new =
            Writer::open(&Location::from(folder.path().join("new.db")), Arc::new(|| NOW)).await.unwrap();
        let refused = collect(new.store(), &content, NOW).await;
        assert!(matches!(refused, Err(CollectError::Behind)), "it never had everything: {refused:?}");

        let fresh = uploaded(folder.path().join("other").as_path(), &[("in time", 50)]).await;
        let writer = proposed(folder.path(), "another").await;
        let much_later = NOW + 7 * PATIENCE;
        let removed = collect(writer.store(), &fresh, much_later).await.unwrap();
        assert_eq!(removed, 0, "its indexer went away while the body could still be proposed");
        assert_eq!(collect(writer.store(), &content, much_later).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn no_body_of_a_stopped_thread_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let content = uploaded(folder.path(), &[("published since", 10)]).await;
        let writer = proposed(folder.path(), "another").await;
        let (entity, reason) = (EntityKey::Thread(THREAD), "it differs".to_owned());
        let stopped = Stopped { thread: THREAD, entity, reason, derived: None, on_chain: None };
        writer.stop_thread(stopped).await.unwrap();
        assert_eq!(collect(writer.store(), &content, NOW).await.unwrap(), 0);
    }
}
