//! An indexer that is stopped in the middle ends with the store of one that never stopped.

use crate::world::{Lines, PATIENCE, World, clock};
use chorale_cli::demo::stage::{ADA, BEN, Stage};
use chorale_client::Action;
use chorale_content::{ContentOptions, ContentStore};
use chorale_domain::id::{Amount, ThreadId, Wallet};
use chorale_indexer::{DEFAULT_POLL, Indexer, IndexerConfig};
use chorale_store::copy::compare;
use chorale_store::{Location, Store, Writer};
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// An indexer of its own that follows the same chain and is never stopped.
struct Witness {
    writer: Writer,
    content: ContentStore,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Witness {
    async fn start(world: &World, folder: &Path) -> Self {
        let location = Location::from(folder.join("store.sqlite"));
        let writer = Writer::open(&location, clock()).await.unwrap();
        let content =
            ContentStore::open(ContentOptions::Edge { path: folder.join("content") }).await.unwrap();
        let config = IndexerConfig {
            rpc_url: world.dev.rpc_url().to_owned(),
            ws_url: world.dev.ws_url().to_owned(),
            program: Wallet(chorale::ID.to_bytes()),
            poll: DEFAULT_POLL,
        };
        let indexer = Indexer::new(config, writer.clone(), Some(content.clone()));
        let stop = CancellationToken::new();
        let running = indexer.run(stop.clone());
        let task = tokio::spawn(async move { running.await.expect("the witness never fails") });
        Self { writer, content, stop, task }
    }

    /// Its store, once it has come to event `last` and is stopped.
    async fn at(self, last: i64) -> Writer {
        let mut committed = self.writer.store().watch();
        let there = committed.wait_for(|sequence| *sequence >= last);
        tokio::time::timeout(PATIENCE, there)
            .await
            .expect("the witness catches up")
            .expect("its store is open");
        self.stop.cancel();
        self.task.await.expect("the witness stops");
        self.content.close().await.unwrap();
        self.writer
    }
}

/// The same rows in the same order, with the same changes to the same versions; how settled they are is a matter of
/// when each was stopped.
async fn assert_same(ours: &Store, witness: &Store) {
    let differences = compare(ours, witness, &mut |_| ()).await.unwrap();
    assert!(differences.is_empty(), "{differences:#?}");
    let rows = async |store: &Store| {
        let rows = store.events_after(0, 10_000).await.unwrap().into_iter();
        rows.map(|row| (row.sequence, row.record, row.changes, row.removed)).collect::<Vec<_>>()
    };
    let (ours, witness) = (rows(ours).await, rows(witness).await);
    assert_eq!(ours.len(), witness.len(), "the stores have different numbers of rows");
    for (ours, witness) in ours.iter().zip(&witness) {
        assert_eq!(ours, witness);
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
    let witness = witness.at(last).await;
    world.dev.stop_indexer().await.unwrap();
    assert_same(world.dev.store(), witness.store()).await;
    for store in [world.dev.store(), witness.store()] {
        assert_eq!(store.verify(&mut |_| ()).await.unwrap(), []);
    }
    witness.close().await;
    drop(stage);
    world.stop().await;
}
