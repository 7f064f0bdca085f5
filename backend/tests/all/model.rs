//! The protocol against a model: two backends on one store, clients that come, go, resume and change backends at
//! random, while threads begin, proposals are decided and forks drop what was told. Each client keeps its rooms by the
//! SDK's rules; in the end each has what the store has.
//!
//! `CHORALE_MODEL_STEPS` makes it longer, `CHORALE_MODEL_SEED` repeats a run.

mod chain;
mod client;

use crate::story::initialized;
use crate::wallet::Keys;
use crate::world::World;
use chain::Chain;
use chorale_store::{Location, Store};
use chorale_testing::Postgres;
use chorale_wire::socket::Room;
use client::Client;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// Wallets that play, and clients; some are of the same wallet.
const WALLETS: u8 = 3;
const CLIENTS: u8 = 5;

/// The runs of a test that nobody asked anything special of.
const SEEDS: [u64; 2] = [17, 45];
const STEPS: usize = 200;

fn wish(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable} must be a number: {error}")))
}

#[tokio::test]
async fn whatever_clients_do_while_the_chain_goes_on_and_back_each_ends_with_what_the_store_has() {
    let steps = wish("CHORALE_MODEL_STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap());
    let seeds = wish("CHORALE_MODEL_SEED").map_or(SEEDS.to_vec(), |seed| vec![seed]);
    for seed in seeds {
        println!("to repeat: CHORALE_MODEL_SEED={seed} CHORALE_MODEL_STEPS={steps}");
        Play::begin(seed).await.run(steps).await;
    }
}

/// Everything that takes part.
struct Play {
    random: StdRng,
    nodes: [World; 2],
    chain: Chain,
    clients: Vec<Client>,
}

impl Play {
    async fn begin(seed: u64) -> Self {
        let location: Location = Postgres::shared().fresh().parse().unwrap();
        let nodes = [World::at(location.clone()).await, World::at(location).await];
        let wallets: Vec<_> = (0..WALLETS).map(|n| Keys::new(10 + n).wallet()).collect();
        let mut random = StdRng::seed_from_u64(seed);
        let mut chain = Chain::new(nodes[0].writer.clone(), wallets);
        chain.append(initialized()).await;
        // No fork drops that.
        chain.settle(&mut random).await;
        let mut clients = vec![];
        for n in 0..CLIENTS {
            clients.push(Client::new(&nodes, Keys::new(10 + n % WALLETS)).await);
        }
        Self { random, nodes, chain, clients }
    }

    async fn run(mut self, steps: usize) {
        for step in 0..steps {
            if step % 50 == 49 {
                self.everyone_reads().await;
            }
            match self.random.random_range(0..10) {
                0..5 => self.step_of_a_client().await,
                5..8 => self.chain.go_on(&mut self.random).await,
                8 => self.chain.go_back(&mut self.random).await,
                _ => self.chain.settle(&mut self.random).await,
            }
        }
        self.end().await;
    }

    /// Else those who by chance never read would in the end be cut for not answering pings.
    async fn everyone_reads(&mut self) {
        for client in &mut self.clients {
            client.read_some().await;
        }
    }

    async fn step_of_a_client(&mut self) {
        let room = self.room();
        let who = self.random.random_range(0..self.clients.len());
        let client = &mut self.clients[who];
        match self.random.random_range(0..10) {
            0 => client.drop_out(),
            1 | 2 => client.come_back(&self.nodes[self.random.random_range(0..2)]).await,
            3 | 4 => client.subscribe(room).await,
            5 => client.unsubscribe(room).await,
            6 => client.begin_anew(room).await,
            _ => client.read_some().await,
        }
    }

    /// Some room; a wallet's is meant to be each client's own.
    fn room(&mut self) -> Room {
        let threads = chain::THREADS.map(Room::Thread);
        let others = [Room::Lobby, Room::Wallet(self.chain.wallets[0])];
        *[&threads[..], &others[..]].concat().choose(&mut self.random).expect("there are rooms")
    }

    /// Everyone comes back, hears everything there is, and has what the store has.
    async fn end(mut self) {
        let store = self.nodes[0].store.clone();
        self.chain.assert_same_as(&store).await;
        let (last, _) = store.last_event().await.unwrap();
        let finality = store.finality(last).await.unwrap();
        for client in &mut self.clients {
            client.come_back(&self.nodes[self.random.random_range(0..2)]).await;
            client.hear_everything().await;
            for (room, state) in client.rooms() {
                assert_same(&store, *room, state).await;
                assert!(state.finalized() <= finality.through, "{room} was told too much to be final");
            }
        }
        let followed: usize = self.clients.iter().map(|client| client.rooms().len()).sum();
        assert!(followed > 0, "a play in which nobody follows anything shows nothing: choose another seed");
    }
}

async fn assert_same(store: &Store, room: Room, state: &chorale_client::RoomState) {
    let stored = store.snapshot(room).await.unwrap().entities;
    let held: Vec<_> =
        state.entities().iter().map(|(key, entity)| (*key, state.version(key), entity)).collect();
    let stored: Vec<_> =
        stored.iter().map(|stored| (stored.key, Some(stored.version), &stored.entity)).collect();
    assert_eq!(held, stored, "{room} of a client differs from the store");
}
