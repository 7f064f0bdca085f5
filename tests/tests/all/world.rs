//! A whole Chorale in this process, in a folder that goes away with it.

use chorale_cli::demo::output::Output;
use chorale_cli::dev::{ChainChoice, Dev, DevOptions};
use chorale_client::{Client, RoomState, SignedIn, Socket, Update, wallet_of};
use chorale_domain::id::ThreadId;
use chorale_localnet::{Localnet, LocalnetError};
use chorale_wire::socket::Room;
use rand::SeedableRng;
use rand::rngs::StdRng;
use solana_keypair::Keypair;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Chain, indexer and backend, with the folder they write to.
pub struct World {
    pub dev: Dev,
    folder: TempDir,
}

impl World {
    /// On an embedded chain.
    pub async fn start() -> Self {
        Self::on(ChainChoice::Embedded).await
    }

    /// On a chain that is there already.
    pub async fn on(chain: ChainChoice) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = DevOptions {
            data: folder.path().to_owned(),
            store: None,
            listen: "127.0.0.1:0".parse().expect("an address"),
            public_url: None,
            chain,
            content: None,
            models: chorale_content::Models::default(),
            redis: None,
            faucet: true,
            clock: clock(),
            random: Arc::new(rand::random),
        };
        let dev = Dev::start(options).await.expect("everything starts");
        Self { dev, folder }
    }

    pub fn client(&self) -> Client {
        Client::new(self.dev.url()).expect("the URL of a backend")
    }

    /// A new wallet, funded and signed in.
    pub async fn player(&self) -> SignedIn {
        let client = self.client();
        let keypair = Keypair::new();
        client.fund(wallet_of(&keypair)).await.expect("the faucet is open");
        client.sign_in(&keypair).await.expect("signs in")
    }

    /// A socket that follows `rooms`.
    pub fn socket(&self, player: &SignedIn, rooms: impl IntoIterator<Item = Room>) -> Socket {
        Socket::open(player.socket(rooms))
    }

    pub async fn stop(self) {
        if let Err(error) = self.dev.stop().await {
            // The chain ends in any case: on a busy machine it may only say so too late.
            let unconfirmed =
                matches!(error.downcast_ref::<LocalnetError>(), Some(LocalnetError::Embedded(_)));
            assert!(unconfirmed, "everything stops: {error:#}");
        }
        self.folder.close().expect("the folder can be removed");
    }
}

/// Ends a chain. That it says so too late, as on a busy machine, is no failure of what was tested.
pub async fn stop(chain: Localnet) {
    if let Err(error) = chain.stop().await {
        eprintln!("{error}");
    }
}

/// The real clock, in Unix seconds.
pub fn clock() -> Arc<dyn Fn() -> i64 + Send + Sync> {
    Arc::new(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        i64::try_from(now.as_secs()).expect("before the sun burns out")
    })
}

/// Draws reproducibly: what a test uses besides wallets need not be new each time.
pub fn random(seed: u8) -> StdRng {
    StdRng::from_seed([seed; 32])
}

/// Waits until a socket's room has come to `cursor`, and returns it.
pub async fn room_at(socket: &mut Socket, room: Room, cursor: i64) -> RoomState {
    let there = async {
        loop {
            if let Some(state) = socket.handle().room(room).filter(|state| state.cursor() >= cursor) {
                return state;
            }
            match socket.next().await {
                Some(Update::Resync { error, .. }) => panic!("{room} had to begin again: {error}"),
                Some(_) => {}
                None => panic!("the socket ended before {room} came to {cursor}"),
            }
        }
    };
    let state = tokio::time::timeout(PATIENCE, there).await;
    state.unwrap_or_else(|_| panic!("{room} did not come to event {cursor} within {PATIENCE:?}"))
}

/// Waits until the store has the event that `find` looks for.
pub async fn committed(dev: &Dev, find: impl Fn(&chorale_domain::event::Event) -> bool) -> i64 {
    let mut news = dev.store().watch();
    let there = async {
        loop {
            let events = dev.store().events_after(0, 10_000).await.expect("the store reads");
            if let Some(stored) = events.iter().find(|stored| find(&stored.record.event().event)) {
                return stored.sequence;
            }
            news.changed().await.expect("the store is open");
        }
    };
    tokio::time::timeout(PATIENCE, there)
        .await
        .unwrap_or_else(|_| panic!("no such event within {PATIENCE:?}"))
}

/// An output that keeps every line.
#[derive(Default)]
pub struct Lines(pub Vec<String>);

impl Output for Lines {
    fn line(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }

    fn progress(&mut self, _done: usize, _total: usize) {}
}

/// The thread most tests use.
pub const THREAD: ThreadId = ThreadId([42; 32]);
