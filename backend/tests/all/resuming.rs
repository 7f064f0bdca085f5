//! Clients that were cut off go on where they were.

use crate::copy::Copy;
use crate::retraction::Guest;
use crate::socket::Socket;
use crate::socket_flow::{message, world};
use crate::story::{THREAD, confirm, created, initialized};
use crate::wallet::Keys;
use crate::world::World;
use chorale_backend::Limits;
use chorale_domain::id::ThreadId;
use chorale_store::Location;
use chorale_testing::Postgres;
use chorale_wire::Code;
use chorale_wire::socket::{ClientFrame, Mark, Room, Subscription, Tag};

const ROOMS: [Room; 2] = [Room::Thread(THREAD), Room::Lobby];

/// Takes a client's copy of a room to a new socket; gives back how much it had missed.
async fn resume(world: &World, keys: &Keys, copy: &mut Copy) -> (Socket, usize) {
    let mut socket = Socket::signed_in(world, keys).await;
    let missed = copy.resume(&mut socket).await;
    (socket, missed.len())
}

#[tokio::test]
async fn whoever_was_cut_off_gets_what_it_missed_and_then_what_happens() {
    let (world, keys) = world(Limits::default()).await;
    for (room, next) in ROOMS.into_iter().zip([0, 2]) {
        let mut guest = Guest::enter(&world, &keys, room).await;
        let stayed = Guest::enter(&world, &keys, room).await;
        drop(guest.socket);
        let fork = confirm(&world.writer, [message(&keys, next), message(&keys, next + 1)]).await;
        world.writer.retract(fork[1]).await.unwrap();
        let (socket, missed) = resume(&world, &keys, &mut guest.copy).await;
        assert_eq!(missed, 3, "two messages and a retraction in {room}");
        guest.copy.assert_same_as(&world.store).await;
        guest.socket = socket;
        let last = message(&keys, next + 1);
        confirm(&world.writer, [last.clone()]).await;
        guest.hears([&last]).await;
        guest.copy.assert_same_as(&world.store).await;
        drop(stayed);
    }
}

#[tokio::test]
async fn nothing_is_missed_where_nothing_happened_or_only_elsewhere() {
    let (world, keys) = world(Limits::default()).await;
    let mut guest = Guest::enter(&world, &keys, ROOMS[0]).await;
    drop(guest.socket);
    assert_eq!(resume(&world, &keys, &mut guest.copy).await.1, 0);
    confirm(&world.writer, [created(ThreadId([8; 32]), keys.wallet())]).await;
    let (socket, missed) = resume(&world, &keys, &mut guest.copy).await;
    assert_eq!((missed, guest.copy.cursor), (0, 3));
    guest.socket = socket;
    let next = message(&keys, 0);
    confirm(&world.writer, [next.clone()]).await;
    guest.hears([&next]).await;
}

#[tokio::test]
async fn too_much_to_tell_and_a_mark_of_another_store_are_answered_by_cursor_too_old() {
    let (world, keys) = world(Limits { queue_frames: 16, ..Limits::default() }).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let copy = Copy::subscribe(&mut socket, ROOMS[0]).await;
    let known = Mark { cursor: copy.cursor, tag: copy.tag };
    for n in 0..9 {
        confirm(&world.writer, [message(&keys, n)]).await;
    }
    let mut socket = Socket::signed_in(&world, &keys).await;
    let of_another_store = Mark { tag: Tag([9; 4]), ..known };
    let beyond = Mark { cursor: 1_000, ..known };
    for after in [known, of_another_store, beyond] {
        socket.send(&ClientFrame::Subscribe(Subscription::to(ROOMS[0]).after(Some(after)))).await;
        assert_eq!(socket.error().await, Code::CursorTooOld, "{after:?}");
    }
    Copy::subscribe(&mut socket, ROOMS[0]).await.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn a_client_moves_from_one_backend_to_another_of_the_same_store_and_misses_nothing() {
    let (location, keys): (Location, _) = (Postgres::shared().fresh().parse().unwrap(), Keys::new(1));
    let (here, there) = (World::at(location.clone()).await, World::at(location).await);
    confirm(&here.writer, [initialized(), created(THREAD, keys.wallet())]).await;
    let mut guest = Guest::enter(&here, &keys, ROOMS[0]).await;
    for n in 0..20 {
        let (world, other) = if n % 2 == 0 { (&there, &here) } else { (&here, &there) };
        drop(guest.socket);
        confirm(&here.writer, [message(&keys, n)]).await;
        let (socket, missed) = resume(world, &keys, &mut guest.copy).await;
        assert_eq!(missed, 1, "message {n}");
        guest.socket = socket;
        guest.copy.assert_same_as(&other.store).await;
    }
}
