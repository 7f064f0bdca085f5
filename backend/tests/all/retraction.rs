//! What a fork drops is taken back in every room, and everyone agrees on what is left.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::socket_flow::{message, world};
use crate::story::{THREAD, confirm, created, proposed, published};
use crate::wallet::Keys;
use crate::world::World;
use chorale_backend::Limits;
use chorale_domain::event::Event;
use chorale_domain::id::ThreadId;
use chorale_domain::state::EntityKey;
use chorale_store::Writer;
use chorale_wire::http::Health;
use chorale_wire::socket::Room;
use std::time::Duration;

/// A client in a room.
pub struct Guest {
    pub socket: Socket,
    pub copy: Copy,
}

impl Guest {
    pub async fn enter(world: &World, keys: &Keys, room: Room) -> Self {
        let mut socket = Socket::signed_in(world, keys).await;
        let copy = Copy::subscribe(&mut socket, room).await;
        Self { socket, copy }
    }

    pub async fn hears<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>) {
        for event in events {
            let frame = self.socket.frame().await;
            assert_eq!(self.copy.take(frame), *event);
        }
    }

    async fn hears_back<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>) {
        for event in events {
            let frame = self.socket.frame().await;
            assert_eq!(self.copy.take_back(frame), *event);
        }
    }

    fn assert_same_as(&self, other: &Self) {
        assert_eq!(self.copy.cursor, other.copy.cursor);
        assert_eq!(self.copy.entities, other.copy.entities);
    }
}

#[tokio::test]
async fn what_a_fork_drops_is_taken_back_from_everyone_newest_first() {
    let (world, keys) = world(Limits::default()).await;
    let room = Room::Thread(THREAD);
    let mut first = Guest::enter(&world, &keys, room).await;
    let mut second = Guest::enter(&world, &keys, room).await;
    let [kept, dropped] = [message(&keys, 0), message(&keys, 1)];
    let asked = proposed(THREAD, Keys::new(11).wallet(), "let me in");
    confirm(&world.writer, [kept.clone()]).await;
    let fork = confirm(&world.writer, [dropped.clone(), asked.clone()]).await;
    for guest in [&mut first, &mut second] {
        guest.hears([&kept, &dropped, &asked]).await;
    }
    let mut third = Guest::enter(&world, &keys, room).await;

    assert_eq!(world.writer.retract(fork[0]).await.unwrap(), 2);
    for guest in [&mut first, &mut second, &mut third] {
        guest.hears_back([&asked, &dropped]).await;
        guest.copy.assert_same_as(&world.store).await;
    }
    let late = Guest::enter(&world, &keys, room).await;
    first.assert_same_as(&late);
    second.assert_same_as(&late);

    let instead = published(THREAD, keys.wallet(), 1, "what came instead");
    confirm(&world.writer, [instead.clone(), asked.clone()]).await;
    for guest in [&mut first, &mut second, &mut third] {
        guest.hears([&instead, &asked]).await;
    }
    let late = Guest::enter(&world, &keys, room).await;
    first.assert_same_as(&late);
    second.assert_same_as(&late);
}

#[tokio::test]
async fn a_thread_that_never_began_is_gone_from_the_lobby_and_can_begin_again() {
    let (world, keys) = world(Limits::default()).await;
    let mut lobby = Guest::enter(&world, &keys, Room::Lobby).await;
    let thread = ThreadId([5; 32]);
    let begins = created(thread, keys.wallet());
    let fork = confirm(&world.writer, [begins.clone()]).await;
    lobby.hears([&begins]).await;
    world.writer.retract(fork[0]).await.unwrap();
    lobby.hears_back([&begins]).await;
    assert!(!lobby.copy.entities.contains_key(&EntityKey::Thread(thread)));
    lobby.copy.assert_same_as(&world.store).await;
    confirm(&world.writer, [begins.clone()]).await;
    lobby.hears([&begins]).await;
    assert_eq!(lobby.copy.entities[&EntityKey::Thread(thread)].version, 3);
    lobby.copy.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn whoever_comes_while_forks_come_and_go_ends_with_the_same_state() {
    const ROUNDS: u64 = 60;
    let (world, keys) = world(Limits { queue_frames: 10_000, ..Limits::default() }).await;
    let writer = tokio::spawn(shake(world.writer.clone(), ROUNDS));
    let mut guests = vec![];
    for n in 0..9 {
        let room = if n % 3 == 0 { Room::Lobby } else { Room::Thread(THREAD) };
        guests.push(Guest::enter(&world, &keys, room).await);
        tokio::time::sleep(Duration::from_millis(11)).await;
    }
    writer.await.unwrap();
    let (last, _) = world.store.last_event().await.unwrap();
    for Guest { mut socket, copy } in guests {
        copy.until(&mut socket, last).await.assert_same_as(&world.store).await;
    }
}

/// Every round adds two messages and drops the second.
async fn shake(writer: Writer, rounds: u64) {
    let keys = Keys::new(10);
    for round in 0..rounds {
        let fork = confirm(&writer, [message(&keys, round), message(&keys, round + 1)]).await;
        writer.retract(fork[1]).await.unwrap();
    }
}

#[tokio::test]
async fn health_tells_how_far_the_indexer_is_and_what_a_fork_may_still_drop() {
    let (world, keys) = world(Limits::default()).await;
    let before: Health = world.get("/v1/health").await.good().await;
    assert_eq!((before.seen_slot, before.unfinalized), (None, 2));
    let last = confirm(&world.writer, [message(&keys, 0)]).await[0];
    world.writer.promote(last).await.unwrap();
    world.writer.set_seen(1_000).await.unwrap();
    let after: Health = world.get("/v1/health").await.good().await;
    assert_eq!((after.seen_slot, after.unfinalized), (Some(1_000), 0));
}
