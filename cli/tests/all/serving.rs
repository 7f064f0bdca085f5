//! `chorale serve` in a process of its own, beside a store that was written as an indexer would.

use crate::process::{Running, chorale, until};
use chorale_content::{ContentOptions, ContentStore, NewContent, Stage, Visibility};
use chorale_domain::content::{ContentHash, content_hash};
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Amount, Signature, ThreadId, Wallet};
use chorale_store::{Batch, IndexedTransaction, Writer};
use chorale_wire::socket::Commitment;
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use tempfile::TempDir;

pub const THREAD: ThreadId = ThreadId([1; 32]);
/// Nobody listens there.
pub const NO_CHAIN: &str = "http://127.0.0.1:1";
pub const SALT: [u8; 16] = [9; 16];

pub fn hash(text: &str) -> ContentHash {
    content_hash(&SALT, text)
}

/// A store with a configuration, a thread of `creator` and a message of theirs.
pub async fn write(store: &str, creator: Wallet) {
    let writer = Writer::open(&store.parse().unwrap(), Arc::new(|| 1_000)).await.unwrap();
    let created = Event::ThreadCreated { thread: THREAD, creator, approval_bps: 10_000, created_at: 100 };
    let (hash, published_at) = (hash("a message"), 200);
    let published =
        Event::MessagePublished { thread: THREAD, hash, author: creator, sequence: 0, published_at };
    let transactions = (1..).zip([initialized(), created, published]).map(transaction).collect();
    writer.apply(Batch { transactions }).await.expect("the story contradicts itself");
    writer.close().await;
}

/// The second message of the thread, put into a store that somebody reads.
pub async fn publish(store: &str, author: Wallet, text: &str) {
    let writer = Writer::open(&store.parse().unwrap(), Arc::new(|| 1_000)).await.unwrap();
    let (hash, published_at) = (hash(text), 300);
    let published = Event::MessagePublished { thread: THREAD, hash, author, sequence: 1, published_at };
    writer.apply(Batch { transactions: vec![transaction((9, published))] }).await.unwrap();
    writer.close().await;
}

/// A body of the thread that is pending, put into the folder of a backend that does not run.
pub async fn upload(folder: &Path, author: Wallet, text: &str) {
    let content = ContentStore::open(ContentOptions::Edge { path: folder.into() }).await.unwrap();
    let (hash, body) = (hash(text), text.to_owned());
    let (stage, visibility) = (Stage::Proposed, Visibility::Public);
    let new =
        NewContent { thread: THREAD, hash, author, salt: SALT, body, created_at: 100, stage, visibility };
    content.put(new).await.unwrap();
    content.close().await.unwrap();
}

fn initialized() -> Event {
    let authority = Wallet([3; 32]);
    Event::ConfigInitialized {
        authority,
        anchor_authority: authority,
        mint: Wallet([2; 32]),
        token_program: Wallet(chorale::address::TOKEN_PROGRAM.to_bytes()),
        decimals: 6,
        min_stake: Amount(5),
        proposal_ttl: 60,
        divest_cooldown: 60,
        min_thread_balance: Amount(1),
    }
}

fn transaction((slot, event): (u8, Event)) -> IndexedTransaction {
    let (signature, slot) = (Signature([slot; 64]), u64::from(slot));
    let id = EventId { signature, instruction: 0, inner: 0 };
    let events = vec![ChainEvent { id, slot, schema: 1, event }];
    let (failed, commitment) = (false, Commitment::Confirmed);
    IndexedTransaction { signature, slot, block_time: None, failed, commitment, events, dead_letter: None }
}

/// The process, and where it is.
pub struct Serving {
    pub url: String,
    pub metrics_url: String,
    process: Running,
    folder: TempDir,
}

impl Serving {
    /// Serves a SQLite store with a message of `creator`.
    pub async fn start(creator: Wallet, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db").display().to_string();
        write(&store, creator).await;
        Self::of(&store, folder, arguments, &[]).await
    }

    /// Serves a store that is there, with these variables.
    pub async fn of(store: &str, folder: TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(folder.path(), arguments);
        command.env("CHORALE_STORE", store).env("CHORALE_RPC_URL", NO_CHAIN);
        command.envs(variables.iter().copied());
        let process = Running::start(&mut command);
        let facts = until("it says where it is", async || facts(&out(folder.path()))).await;
        let text = |name: &str| facts[name].as_str().expect("a URL").to_owned();
        Self { url: text("url"), metrics_url: text("metrics_url"), process, folder }
    }

    /// Where the store of [`start`](Self::start) is.
    pub fn store(&self) -> String {
        self.folder.path().join("store.db").display().to_string()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as Ctrl-C does, and gives what it said with how it ended.
    pub async fn stop(self) -> (String, ExitStatus) {
        let status = self.process.stop().await;
        (std::fs::read_to_string(log(self.folder.path())).unwrap(), status)
    }
}

/// The command, on free ports, which writes into files of the folder.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = chorale(&["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
    command
        .arg("--content")
        .arg(folder.join("content"))
        .args(["--ws-url", "ws://127.0.0.1:1"])
        .args(arguments);
    command.stdout(File::create(out(folder)).unwrap()).stderr(File::create(log(folder)).unwrap());
    command
}

fn out(folder: &Path) -> PathBuf {
    folder.join("out.json")
}

fn log(folder: &Path) -> PathBuf {
    folder.join("serve.log")
}

fn facts(file: &Path) -> Option<Value> {
    serde_json::from_str(std::fs::read_to_string(file).ok()?.lines().next()?).ok()
}
