//! Ten thousand clients of one `chorale serve`: what each of them costs it, and that each hears everything.

mod client;
mod server;

use crate::process::{PATIENCE, Running, restricted, until};
use crate::serving::{NO_CHAIN, write};
use chorale_domain::id::Wallet;
use client::{Client, Heard};
use futures::stream::{self, StreamExt as _};
use server::{Server, raise_own_file_limit};
use std::fs::{File, read_to_string};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const CLIENTS: usize = 10_000;
/// Connected before memory is looked at: what the first clients cost, they cost once.
const FIRST: usize = 100;
/// Clients on their way in at the same time.
const ARRIVING: usize = 32;
/// Events in the room, and how many an indexer writes at a time.
const EVENTS: u64 = 100;
const AT_A_TIME: u64 = 5;
/// KiB of the server's memory that a client may take, beside what the kernel keeps for its socket.
const MOST: f64 = 30.0;
/// Files that the two processes need beside the sockets.
const OTHER_FILES: u64 = 500;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_clients_cost_little_and_each_hears_everything_once_and_in_order() {
    let clients = as_many_as_allowed();
    let server = Server::start().await;
    let mut crowd = Crowd::new(&server);
    crowd.grow(FIRST).await;
    let before = server.memory();
    crowd.grow(clients).await;
    let idle = per_client(before, server.memory(), clients);
    for last in (1..=EVENTS).filter(|number| number % AT_A_TIME == 0) {
        server.publish(last - AT_A_TIME + 1..=last).await;
        crowd.heard(last).await;
    }
    let after = per_client(before, server.memory(), clients);
    println!(
        "{clients} clients, each: {idle:.1} KiB while nothing happened, {after:.1} KiB after {EVENTS} events"
    );
    crowd.leave().await.assert_is_the_story(EVENTS);
    assert!(idle <= MOST && after <= MOST, "{idle:.1} and {after:.1} KiB for each client");
    server.stop().await;
}

#[tokio::test]
async fn it_lets_itself_open_as_many_files_as_the_system_allows_and_says_where_that_is_few() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (store, content, log) = (path("store.db"), path("content"), path("log"));
    write(&store, Wallet([7; 32])).await;
    let places = ["serve", "--store", &store, "--content", &content, "--rpc-url", NO_CHAIN];
    let ports =
        ["--ws-url", "ws://127.0.0.1:1", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
    let mut command = restricted(&["prlimit", "--nofile=300:4000"], &[&places[..], &ports].concat());
    command.stdout(Stdio::null()).stderr(File::create(&log).unwrap());
    let process = Running::start(&mut command);
    let answering = || Some(read_to_string(&log).unwrap()).filter(|said| said.contains("answers"));
    let said = until("it answers", async || answering()).await;
    let limits = read_to_string(format!("/proc/{}/limits", process.id())).unwrap();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    assert_eq!(files.split_whitespace().collect::<Vec<_>>(), ["4000", "4000", "files"]);
    assert!(said.contains("clients=3744"), "{said}");
    assert!(process.stop().await.success());
}

/// Every client is a file here and in the server. Where the system allows fewer there are fewer.
fn as_many_as_allowed() -> usize {
    let allowed = raise_own_file_limit()
        .map_or(CLIENTS, |files| usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(CLIENTS));
    if allowed < CLIENTS {
        eprintln!("only {allowed} clients in place of {CLIENTS}: no more files may be open (ulimit -Hn)");
    }
    let clients = allowed.min(CLIENTS);
    assert!(clients >= 10 * FIRST, "{clients} clients tell nothing of what one costs");
    clients
}

/// KiB.
fn per_client(before: u64, after: u64, clients: usize) -> f64 {
    after.saturating_sub(before) as f64 / (clients - FIRST) as f64
}

/// The clients, each in a task of its own.
struct Crowd<'a> {
    server: &'a Server,
    heard: Arc<Heard>,
    tasks: JoinSet<()>,
}

impl<'a> Crowd<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, heard: Arc::new(Heard::new(EVENTS)), tasks: JoinSet::new() }
    }

    /// Lets more in, until there are so many in the room.
    async fn grow(&mut self, clients: usize) {
        let (begun, before) = (Instant::now(), self.tasks.len());
        let mut arriving = stream::iter(before..clients)
            .map(|_| Client::enter(&self.server.url, &self.server.token))
            .buffer_unordered(ARRIVING);
        while let Some(client) = arriving.next().await {
            self.tasks.spawn(client.listen(self.heard.clone()));
        }
        println!("{} clients came in {:.1} s", clients - before, begun.elapsed().as_secs_f64());
    }

    /// Waits until everyone has heard that many events. Who hears anything else, or is cut, fails.
    async fn heard(&mut self, events: u64) {
        let (begun, all) = (Instant::now(), self.tasks.len() * usize::try_from(events).unwrap());
        let waiting = async {
            while self.heard.in_all() < all {
                tokio::select! {
                    Some(ended) = self.tasks.join_next() => panic!("a client is gone: {ended:?}"),
                    () = sleep(Duration::from_millis(5)) => {}
                }
            }
        };
        let waited = timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{} of {all} were heard within {PATIENCE:?}", self.heard.in_all());
        println!("{events} events were heard by all {:.2} s later", begun.elapsed().as_secs_f64());
    }

    /// Everyone leaves the room, which must be the next thing they hear; gives what they heard before.
    async fn leave(self) -> Arc<Heard> {
        self.heard.leave();
        let left = timeout(PATIENCE, self.tasks.join_all()).await;
        left.unwrap_or_else(|_| panic!("not everyone left within {PATIENCE:?}"));
        self.heard
    }
}
