//! A chain that is not there yet or goes away, a client whose connection breaks: nothing is lost.

use crate::world::{PATIENCE, THREAD, World, committed, random, room_at, stop};
use chorale_cli::dev::ChainChoice;
use chorale_client::{Action, Socket, SocketOptions, wallet_of};
use chorale_domain::event::Event;
use chorale_localnet::{Deployment, DeploymentOptions, Localnet};
use chorale_wire::http::HealthStatus;
use chorale_wire::socket::Room;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_instruction::Instruction;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// An address of its own in front of an endpoint, that can be cut.
struct Cable {
    port: u16,
    upstream: String,
    carrying: Option<JoinHandle<()>>,
}

impl Cable {
    /// Reserves a port for `url`, not connected yet.
    async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = url.rsplit('/').next().unwrap().to_owned();
        Self { port: listener.local_addr().unwrap().port(), upstream, carrying: None }
    }

    async fn plug(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let upstream = self.upstream.clone();
        self.carrying = Some(tokio::spawn(async move {
            // Dropped with the task, and every connection with it.
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let upstream = upstream.clone();
                connections.spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(upstream).await {
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        }));
    }

    async fn cut(&mut self) {
        if let Some(carrying) = self.carrying.take() {
            carrying.abort();
            let _ = carrying.await;
        }
    }
}

/// A chain of its own behind two cables.
struct Remote {
    chain: Localnet,
    deployment: Deployment,
    rpc: Cable,
    ws: Cable,
    keys: TempDir,
}

impl Remote {
    async fn start() -> Self {
        let payer = Keypair::new();
        let chain = Localnet::start(&payer).await.unwrap();
        let options = DeploymentOptions::default();
        let deployment = Deployment::ensure(chain.rpc_url(), &payer, options).await.unwrap();
        let (rpc, ws) = (Cable::to(chain.rpc_url()).await, Cable::to(chain.ws_url()).await);
        let keys = tempfile::tempdir().unwrap();
        write_keypair_file(&payer, keys.path().join("payer.json")).unwrap();
        Self { chain, deployment, rpc, ws, keys }
    }

    fn choice(&self) -> ChainChoice {
        let payer: PathBuf = self.keys.path().join("payer.json");
        ChainChoice::External {
            rpc_url: format!("http://127.0.0.1:{}", self.rpc.port),
            ws_url: format!("ws://127.0.0.1:{}", self.ws.port),
            payer: Some(payer),
        }
    }

    async fn plug(&mut self) {
        self.rpc.plug().await;
        self.ws.plug().await;
    }

    async fn cut(&mut self) {
        self.rpc.cut().await;
        self.ws.cut().await;
    }

    /// Sends past the cables.
    async fn send(&self, instruction: Instruction, signer: &Keypair) {
        let rpc = RpcClient::new(self.chain.rpc_url().to_owned());
        let blockhash = rpc.get_latest_blockhash().await.unwrap();
        let payer = signer.pubkey();
        let transaction =
            Transaction::new_signed_with_payer(&[instruction], Some(&payer), &[signer], blockhash);
        rpc.send_and_confirm_transaction(&transaction).await.unwrap();
    }
}

async fn health(world: &World, expected: HealthStatus) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let health = world.client().health().await.unwrap();
        if health.status == expected {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "health stays {health:?}, expected {expected:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_not_there_yet_is_waited_for() {
    let mut remote = Remote::start().await;
    let choice = remote.choice();
    let mut starting = pin!(World::on(choice));
    let early = tokio::time::timeout(Duration::from_millis(600), starting.as_mut()).await;
    assert!(early.is_err(), "it should wait for the endpoint");
    remote.plug().await;
    let world = tokio::time::timeout(PATIENCE, starting).await.expect("it starts");
    health(&world, HealthStatus::Active).await;
    world.stop().await;
    stop(remote.chain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_goes_away_is_said_and_caught_up_with() {
    let mut remote = Remote::start().await;
    remote.plug().await;
    let world = World::on(remote.choice()).await;
    let keypair = Keypair::new();
    remote.deployment.fund(wallet_of(&keypair)).await.unwrap();
    let alice = world.client().sign_in(&keypair).await.unwrap();
    alice.act(&Action::CreateThread { thread: THREAD, approval_bps: 10_000 }).await.unwrap();
    committed(&world.dev, |event| matches!(event, Event::ThreadCreated { .. })).await;
    let hash = alice.upload(THREAD, "written before the cut", &mut random(8)).await.unwrap();
    let signed = alice.sign(&Action::Publish { thread: THREAD, hash }).await.unwrap();

    remote.cut().await;
    let problem = alice.relay(&signed).await.expect_err("the chain is away");
    let problem = problem.problem().expect("a problem, not a broken connection").clone();
    assert_eq!(problem.code, chorale_wire::Code::ChainUnavailable, "{problem}");
    assert!(problem.detail.contains(&remote.rpc.port.to_string()), "it does not say which: {problem}");
    health(&world, HealthStatus::Degraded).await;
    assert_eq!(world.client().threads(None, 10).await.unwrap().threads.len(), 1, "reads go on");
    remote.send(chorale::build::publish(alice.wallet(), THREAD, hash), &keypair).await;

    remote.plug().await;
    health(&world, HealthStatus::Active).await;
    committed(&world.dev, |event| matches!(event, Event::MessagePublished { .. })).await;
    world.stop().await;
    stop(remote.chain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_whose_connection_breaks_catches_up_when_it_is_back() {
    let world = World::start().await;
    let alice = world.player().await;
    alice.act(&Action::CreateThread { thread: THREAD, approval_bps: 10_000 }).await.unwrap();
    let created = committed(&world.dev, |event| matches!(event, Event::ThreadCreated { .. })).await;
    let mut cable = Cable::to(world.dev.url()).await;
    cable.plug().await;
    let url = format!("ws://127.0.0.1:{}/v1/ws", cable.port);
    let room = Room::Thread(THREAD);
    let mut socket = Socket::open(SocketOptions::new(url, alice.token(), [room]));
    room_at(&mut socket, room, created).await;

    cable.cut().await;
    let hash = alice.upload(THREAD, "written while nobody listened", &mut random(9)).await.unwrap();
    alice.act(&Action::Publish { thread: THREAD, hash }).await.unwrap();
    let published = committed(&world.dev, |event| matches!(event, Event::MessagePublished { .. })).await;
    cable.plug().await;

    let state = room_at(&mut socket, room, published).await;
    let stored = world.dev.store().snapshot(room).await.unwrap().entities;
    let stored = stored.into_iter().map(|entity| (entity.key, entity.entity)).collect();
    assert_eq!(*state.entities(), stored);
    world.stop().await;
}
