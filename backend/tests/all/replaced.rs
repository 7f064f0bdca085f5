//! A rebuilt store in the place of the one that clients were told of.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::socket_flow::message;
use crate::story::{THREAD, confirm, created, initialized};
use crate::wallet::Keys;
use crate::world::World;
use chorale_domain::event::Event;
use chorale_store::{Location, Writer, copy};
use chorale_testing::Postgres;
use chorale_wire::socket::Room;
use std::sync::Arc;

/// Has an indexer of its own add these events to a store.
async fn store_with(location: &Location, events: &[Event]) {
    let writer = Writer::open(location, Arc::new(|| 0)).await.unwrap();
    confirm(&writer, events.iter().cloned()).await;
    writer.close().await;
}

#[tokio::test]
async fn whoever_is_in_a_room_gets_the_rebuilt_state_and_misses_nothing_after_it() {
    let location: Location = Postgres::shared().fresh().parse().unwrap();
    let (world, keys) = (World::at(location.clone()).await, Keys::new(1));
    let begun = [initialized(), created(THREAD, keys.wallet())];
    confirm(&world.writer, begun.clone()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let mut copy = Copy::subscribe(&mut socket, Room::Thread(THREAD)).await;
    let dropped = confirm(&world.writer, [message(&keys, 0), message(&keys, 1)]).await;
    world.writer.retract(dropped[0]).await.unwrap();
    copy = copy.until(&mut socket, 6).await;
    assert_eq!(copy.events, [3, 4, 5, 6]);

    // What the fork dropped is not in it, so that it is behind by number and ahead by what happened.
    let new = location.beside("new").unwrap();
    store_with(&new, &[&begun[..], &[message(&keys, 0), message(&keys, 1), message(&keys, 2)]].concat())
        .await;
    copy::swap(&location, &new).await.unwrap();
    let mut copy = Copy::from_snapshot(&mut socket, copy.room).await;
    assert_eq!(copy.cursor, 5);
    copy.assert_same_as(&world.store).await;

    store_with(&location, &[message(&keys, 3)]).await;
    let frame = socket.frame().await;
    assert_eq!(copy.take(frame), message(&keys, 3));
    copy.assert_same_as(&world.store).await;
}
