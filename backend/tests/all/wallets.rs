//! The room of one's own wallet: its seats and proposals in all threads.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::socket_flow::world;
use crate::story::{THREAD, cancelled, confirm, created, hash, proposed, published};
use crate::wallet::Keys;
use crate::world::World;
use chorale_backend::Limits;
use chorale_client::RoomState;
use chorale_domain::id::ThreadId;
use chorale_domain::state::EntityKey;
use chorale_wire::Code;
use chorale_wire::socket::{ClientFrame, Mark, Room, ServerFrame, Subscription};

const TEXT: &str = "let me in";

#[tokio::test]
async fn only_ones_own_wallet_can_be_followed() {
    let (world, keys) = world(Limits { rooms: 1, ..Limits::default() }).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let anothers = Room::Wallet(Keys::new(11).wallet());
    socket.ask(5, ClientFrame::Subscribe(Subscription::to(anothers))).await;
    let ServerFrame::Error { id, problem, room } = socket.frame().await else { panic!("it was let in") };
    assert_eq!((id, problem.code, problem.status, room), (Some(5), Code::NotYours, 403, Some(anothers)));
    let own = Copy::subscribe(&mut socket, Room::Wallet(keys.wallet())).await;
    own.assert_same_as(&world.store).await;
    assert_eq!(own.entities.len(), 1, "the seat in the thread, and the refusal took no room");
}

#[tokio::test]
async fn a_wallet_hears_of_its_own_in_every_thread_and_of_nothing_else() {
    let (world, alice) = world(Limits::default()).await;
    let (bob, elsewhere) = (Keys::new(11), ThreadId([5; 32]));
    let mut socket = Socket::signed_in(&world, &bob).await;
    let mut copy = Copy::subscribe(&mut socket, Room::Wallet(bob.wallet())).await;
    let asked = proposed(THREAD, bob.wallet(), TEXT);
    confirm(&world.writer, [published(THREAD, alice.wallet(), 0, "hers"), asked.clone()]).await;
    assert_eq!(copy.take(socket.frame().await), asked);
    let begun = created(elsewhere, bob.wallet());
    let fork = confirm(&world.writer, [begun.clone()]).await;
    assert_eq!(copy.take(socket.frame().await), begun);
    assert_eq!(copy.entities.len(), 2);
    world.writer.retract(fork[0]).await.unwrap();
    assert_eq!(copy.take_back(socket.frame().await), begun);
    assert_eq!(copy.entities.keys().collect::<Vec<_>>(), [&EntityKey::Proposal(THREAD, hash(TEXT))]);
    copy.assert_same_as(&world.store).await;
}

/// A client in its own room, by the SDK's rules.
struct Owner {
    socket: Socket,
    state: RoomState,
}

impl Owner {
    async fn enter(world: &World, keys: &Keys) -> Self {
        let (mut socket, room) = (Socket::signed_in(world, keys).await, Room::Wallet(keys.wallet()));
        socket.subscribe(Subscription::to(room)).await;
        let frame = socket.frame().await;
        let ServerFrame::Snapshot { cursor, tag, finalized, entities, .. } = frame else {
            panic!("{frame:?}")
        };
        let state = RoomState::from_snapshot(room, Mark { cursor, tag }, finalized, entities).unwrap();
        Self { socket, state }
    }

    async fn hears(&mut self) {
        let frame = self.socket.frame().await;
        self.state.follow(frame.clone()).unwrap_or_else(|error| panic!("{error}: {frame:?}"));
    }

    async fn has_what(&self, world: &World) {
        let stored = world.store.snapshot(self.state.room()).await.unwrap().entities;
        let stored = stored.into_iter().map(|stored| (stored.key, stored.entity)).collect();
        assert_eq!(*self.state.entities(), stored);
    }
}

#[tokio::test]
async fn what_another_proposes_anew_is_that_ones_until_a_fork_drops_it() {
    let (world, _) = world(Limits::default()).await;
    let (bob, carol) = (Keys::new(11), Keys::new(12));
    confirm(&world.writer, [proposed(THREAD, bob.wallet(), TEXT), cancelled(THREAD, bob.wallet(), TEXT)])
        .await;
    let (mut first, mut second) = (Owner::enter(&world, &bob).await, Owner::enter(&world, &carol).await);
    let mut back = (first.state.clone(), first.state.mark());
    assert_eq!((first.state.entities().len(), second.state.entities().len()), (1, 0));

    let fork = confirm(&world.writer, [proposed(THREAD, carol.wallet(), TEXT)]).await;
    for owner in [&mut first, &mut second] {
        owner.hears().await;
        owner.has_what(&world).await;
    }
    assert_eq!((first.state.entities().len(), second.state.entities().len()), (0, 1));
    world.writer.retract(fork[0]).await.unwrap();
    for owner in [&mut first, &mut second] {
        owner.hears().await;
        owner.has_what(&world).await;
    }
    assert_eq!((first.state.entities().len(), second.state.entities().len()), (1, 0));

    let mut socket = Socket::signed_in(&world, &bob).await;
    socket.subscribe(Subscription::to(Room::Wallet(bob.wallet())).after(Some(back.1))).await;
    for _ in 0..3 {
        back.0.follow(socket.frame().await).unwrap();
    }
    assert_eq!(back.0, first.state, "whoever was away hears of both and ends with the same");
}
