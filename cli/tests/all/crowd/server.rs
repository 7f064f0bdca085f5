//! `chorale serve` over a store that this process writes, as an indexer would.

use crate::serving::{Serving, THREAD, hash, write};
use chorale_client::{Client, wallet_of};
use chorale_domain::event::{ChainEvent, Event, EventId};
use chorale_domain::id::{Signature, Wallet};
use chorale_store::{Batch, IndexedTransaction, Writer};
use chorale_wire::socket::Commitment;
use solana_keypair::Keypair;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A thread with one message, and who may go on with it.
pub struct Server {
    pub url: String,
    pub token: String,
    serving: Serving,
    writer: Writer,
    author: Wallet,
}

impl Server {
    pub async fn start() -> Self {
        let (keypair, folder) = (Keypair::new(), tempfile::tempdir().unwrap());
        let (author, store) = (wallet_of(&keypair), folder.path().join("store.db").display().to_string());
        write(&store, author).await;
        let serving = Serving::of(&store, folder, &[], &[]).await;
        let writer = Writer::open(&store.parse().unwrap(), Arc::new(|| 1_000)).await.unwrap();
        let me = Client::new(&serving.url).unwrap().sign_in(&keypair).await.expect("it signs in");
        Self { url: serving.url.clone(), token: me.token().to_owned(), serving, writer, author }
    }

    /// Messages of these numbers are in the thread.
    pub async fn publish(&self, numbers: RangeInclusive<u64>) {
        let transactions = numbers.map(|number| published(self.author, number)).collect();
        self.writer.apply(Batch { transactions }).await.expect("the story goes on");
    }

    /// KiB that the process has in memory.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.serving.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it runs");
        line.trim().trim_end_matches(" kB").parse().expect("a number of KiB")
    }

    pub async fn stop(self) {
        self.writer.close().await;
        let (said, ended) = self.serving.stop().await;
        assert!(ended.success(), "{said}");
    }
}

fn published(author: Wallet, sequence: u64) -> IndexedTransaction {
    let mut signature = Signature([200; 64]);
    signature.0[..8].copy_from_slice(&sequence.to_le_bytes());
    let (slot, hash) = (100 + sequence, hash(&format!("message {sequence}")));
    let event = Event::MessagePublished { thread: THREAD, hash, author, sequence, published_at: 300 };
    let id = EventId { signature, instruction: 0, inner: 0 };
    IndexedTransaction {
        signature,
        slot,
        block_time: None,
        failed: false,
        commitment: Commitment::Confirmed,
        events: vec![ChainEvent { id, slot, schema: 1, event }],
        dead_letter: None,
    }
}

/// Asks for as many open files as the system allows; how many that is, where there is a limit.
pub fn raise_own_file_limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    setrlimit(Resource::Nofile, raised).expect("the soft limit may be raised to the hard one");
    limit.maximum
}
