//! Who sends, who watches, and what is noted of each transaction.

use crate::apart;
use crate::world::{THREAD, World, committed};
use chorale_cli::demo::notices::Notices;
use chorale_cli::demo::watch::Watch;
use chorale_cli::dev::ChainChoice;
use chorale_cli::serve::Serve;
use chorale_client::{Action, Client, SignedIn, Socket, SocketOptions, wallet_of};
use chorale_domain::content::ContentHash;
use chorale_domain::event::Event;
use chorale_domain::id::{Signature, Wallet};
use chorale_domain::rule::UNANIMOUS_BPS;
use chorale_wire::socket::Room;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_client::rpc_config::RpcSendTransactionConfig;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_signer::Signer as _;
use solana_transaction::Transaction;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROOM: Room = Room::Thread(THREAD);

/// When what became of a transaction was known, since it was sent.
pub struct Sample {
    /// The chain's own notice.
    pub confirmed: Duration,
    /// The indexer's commit.
    pub committed: Duration,
    /// The event is in another client's state, checked.
    pub pushed: Duration,
    /// The same of a client whose backend is not in the indexer's process.
    pub pushed_apart: Duration,
}

pub struct Scene {
    pub world: World,
    pub notices: Notices,
    rpc: RpcClient,
    keypair: Keypair,
    author: SignedIn,
    watch: Watch,
    watch_apart: Watch,
    apart: Serve,
    commits: Commits,
    random: StdRng,
    published: usize,
}

impl Scene {
    /// An author with a thread, another wallet's client in its room, and a subscriber at the chain.
    pub async fn open(chain: ChainChoice) -> Self {
        let world = World::on(chain).await;
        let (keypair, watcher) = (Keypair::new(), world.player().await);
        let client = world.client();
        client.fund(wallet_of(&keypair)).await.expect("the faucet is open");
        let author = client.sign_in(&keypair).await.expect("it signs in");
        let create = Action::CreateThread { thread: THREAD, approval_bps: UNANIMOUS_BPS };
        author.act(&create).await.expect("a thread");
        committed(&world.dev, |event| matches!(event, Event::ThreadCreated { .. })).await;
        let apart = apart::serve(&world.dev).await;
        let watch = watch(world.socket(&watcher, [])).await;
        let watch_apart = watch_apart(&apart).await;
        let program = Wallet(chorale::ID.to_bytes());
        let notices = Notices::open(world.dev.ws_url(), program).await.expect("the chain's notices");
        let rpc =
            RpcClient::new_with_commitment(world.dev.rpc_url().to_owned(), CommitmentConfig::confirmed());
        let (commits, random) = (Commits::of(&world), StdRng::from_seed([7; 32]));
        Self {
            world,
            notices,
            rpc,
            keypair,
            author,
            watch,
            watch_apart,
            apart,
            commits,
            random,
            published: 0,
        }
    }

    /// Uploads a message and publishes it, and waits until everyone knows.
    pub async fn publish(&mut self) -> Sample {
        self.published += 1;
        let text = format!("message {}", self.published);
        let hash = self.author.upload(THREAD, &text, &mut self.random).await.expect("an upload");
        let (signature, sent) = self.send(hash).await;
        let confirmed = self.notices.confirmed(signature).await.expect("it is confirmed");
        let pushed = seen(&self.watch, signature).await;
        let pushed_apart = seen(&self.watch_apart, signature).await;
        let committed = self.commits.at(&self.world, signature).await;
        let [confirmed, committed, pushed, pushed_apart] =
            [confirmed, committed, pushed, pushed_apart].map(|at| at - sent);
        Sample { confirmed, committed, pushed, pushed_apart }
    }

    /// Sends a publication straight to the chain; its signature, and when that was.
    pub async fn send(&self, hash: ContentHash) -> (Signature, Instant) {
        let blockhash = self.rpc.get_latest_blockhash().await.expect("the node answers");
        let publish = chorale::build::publish(wallet_of(&self.keypair), THREAD, hash);
        let payer = Some(&self.keypair.pubkey());
        let transaction = Transaction::new_signed_with_payer(&[publish], payer, &[&self.keypair], blockhash);
        let config = RpcSendTransactionConfig { skip_preflight: true, ..Default::default() };
        let sent = Instant::now();
        let signature = self.rpc.send_transaction_with_config(&transaction, config).await;
        (Signature(signature.expect("the node takes it").into()), sent)
    }

    pub async fn close(self) {
        drop((self.notices, self.watch, self.watch_apart, self.apart));
        self.world.stop().await;
    }
}

async fn watch(socket: Socket) -> Watch {
    let watch = Watch::new(socket);
    watch.enter(ROOM).await.expect("the thread's room");
    watch
}

async fn watch_apart(apart: &Serve) -> Watch {
    let client = Client::new(&apart.facts().url).expect("the URL of a backend");
    let watcher = client.sign_in(&Keypair::new()).await.expect("it signs in");
    watch(Socket::open(SocketOptions::new(client.socket_url(), watcher.token(), []))).await
}

/// When the event was in the client's state.
async fn seen(watch: &Watch, signature: Signature) -> Instant {
    watch.sighting(ROOM, signature, "message_published").await.expect("it is pushed").at
}

/// When the store's writer committed up to which event.
struct Commits(Arc<Mutex<Vec<(i64, Instant)>>>);

impl Commits {
    fn of(world: &World) -> Self {
        let (commits, mut news) = (Arc::new(Mutex::new(vec![])), world.dev.store().watch());
        let noted = commits.clone();
        tokio::spawn(async move {
            while news.changed().await.is_ok() {
                noted.lock().expect("nobody panicked").push((*news.borrow(), Instant::now()));
            }
        });
        Self(commits)
    }

    /// When the transaction's event was in the store.
    async fn at(&self, world: &World, signature: Signature) -> Instant {
        let store = world.dev.store();
        let (last, _) = store.last_event().await.expect("the store reads");
        let events = store.events_after(last - 16, 64).await.expect("the store reads");
        let event = events.iter().find(|stored| stored.record.event().id.signature == signature);
        let sequence = event.expect("it was pushed").sequence;
        let commits = self.0.lock().expect("nobody panicked");
        commits.iter().find(|(last, _)| *last >= sequence).expect("it was announced").1
    }
}
