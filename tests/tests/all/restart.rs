//! An indexer that is stopped in the middle ends with the store of one that never stopped.

use crate::world::{Lines, PATIENCE, World, clock};
use chorale_cli::demo::stage::{ADA, BEN, Stage};
use chorale_client::Action;
use chorale_content::{ContentOptions, ContentStore};
use chorale_domain::id::{Amount, ThreadId, Wallet};
use chorale_indexer::{DEFAULT_POLL, Indexer, IndexerConfig};
use chorale_store::Store;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// An indexer of its own that follows the same chain and is never stopped.
struct Witness {
    store: Store,
    content: ContentStore,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Witness {
    async fn start(world: &World, folder: &Path) -> Self {
        let store = Store::open(&folder.join("store.sqlite"), clock()).await.unwrap();
        let content = ContentStore::open(ContentOptions { path: folder.join("content") }).await.unwrap();
        let config = IndexerConfig {
            rpc_url: world.dev.rpc_url().to_owned(),
            ws_url: world.dev.ws_url().to_owned(),
            program: Wallet(chorale::ID.to_bytes()),
            poll: DEFAULT_POLL,
        };
        let indexer = Indexer::new(config, store.clone(), content.clone());
        let stop = CancellationToken::new();
        let running = indexer.run(stop.clone());
        let task = tokio::spawn(async move { running.await.expect("the witness never fails") });
        Self { store, content, stop, task }
    }

    /// Its rows, once it has come to event `last`.
    async fn rows_at(self, last: i64) -> Vec<String> {
        let mut committed = self.store.watch();
        let there = committed.wait_for(|sequence| *sequence >= last);
        tokio::time::timeout(PATIENCE, there)
            .await
            .expect("the witness catches up")
            .expect("its store is open");
        self.stop.cancel();
        self.task.await.expect("the witness stops");
        let rows = self.store.rows_without_times().await.unwrap();
        self.store.close().await;
        self.content.close().await.unwrap();
        rows
    }
}

async fn publish(stage: &mut Stage, thread: ThreadId, n: usize) {
    let hash = stage.upload(ADA, thread, &format!("message {n}")).await.unwrap();
    stage.send(ADA, &Action::Publish { thread, hash }, "message_published").await.unwrap();
}

/// Asks to join and is approved: the store must know the proposal, so this needs a running indexer.
async fn admit_ben(stage: &mut Stage, thread: ThreadId) {
    let hash = stage.upload(BEN, thread, "Ben's proposal").await.unwrap();
    let stake = Amount(2_000_000);
    let author = stage.players[BEN].me.wallet();
    let out = &mut Lines::default();
    let propose = (Action::Propose { thread, hash, stake, open_until: 0 }, "proposal_created");
    stage.play(out, BEN, propose, "proposes").await.unwrap();
    let vote = (Action::Vote { thread, hash, author, stake, approve: true }, "proposal_approved");
    stage.play(out, ADA, vote, "approves").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_indexer_goes_on_where_it_was_and_ends_with_the_same_rows() {
    let mut world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(&world, folder.path()).await;
    let mut stage = Stage::open(world.dev.url(), [2; 32]).await.unwrap();
    let thread = stage.begin_thread(&mut Lines::default(), ADA, "the middle").await.unwrap();
    for n in 0..5 {
        publish(&mut stage, thread, n).await;
    }
    world.dev.stop_indexer().await.unwrap();
    let (at_stop, _) = world.dev.store().last_event().await.unwrap();
    for n in 5..25 {
        publish(&mut stage, thread, n).await;
    }
    let (still, _) = world.dev.store().last_event().await.unwrap();
    assert_eq!(still, at_stop, "a stopped indexer writes nothing");
    world.dev.start_indexer();
    stage.settle().await.unwrap();
    admit_ben(&mut stage, thread).await;
    stage.settle().await.unwrap();

    let (last, _) = world.dev.store().last_event().await.unwrap();
    let expected = witness.rows_at(last).await;
    world.dev.stop_indexer().await.unwrap();
    let rows = world.dev.store().rows_without_times().await.unwrap();
    assert_eq!(rows.len(), expected.len(), "the stores have different numbers of rows");
    for (row, expected) in rows.iter().zip(&expected) {
        assert_eq!(row, expected);
    }
    drop(stage);
    world.stop().await;
}
