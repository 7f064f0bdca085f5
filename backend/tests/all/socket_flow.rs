//! What rooms are told: a snapshot, then every later event, in order, each once.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::story::{THREAD, confirm, created, initialized, published};
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, World};
use chorale_backend::Limits;
use chorale_domain::event::Event;
use chorale_domain::id::ThreadId;
use chorale_store::Writer;
use chorale_wire::Code;
use chorale_wire::socket::{ClientFrame, Room, ServerFrame};
use std::time::Duration;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;

pub async fn world(limits: Limits) -> (World, Keys) {
    let keys = Keys::new(10);
    let world = World::start(NO_CHAIN, limits).await;
    confirm(&world.writer, [initialized(), created(THREAD, keys.wallet())]).await;
    (world, keys)
}

pub fn message(keys: &Keys, sequence: u64) -> Event {
    published(THREAD, keys.wallet(), sequence, &format!("message {sequence}"))
}

#[tokio::test]
async fn a_room_gives_its_state_and_then_what_happens_in_it() {
    let (world, keys) = world(Limits::default()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let mut copy = Copy::subscribe(&mut socket, Room::Thread(THREAD)).await;
    assert_eq!((copy.cursor, copy.entities.len()), (2, 2), "thread and first co-author");
    let elsewhere = created(ThreadId([5; 32]), keys.wallet());
    confirm(&world.writer, [elsewhere, message(&keys, 0)]).await;
    let event = copy.take(socket.frame().await);
    assert_eq!(
        (event, copy.cursor),
        (message(&keys, 0), 4),
        "the other thread is none of this room's business"
    );
    copy.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn the_lobby_hears_of_every_thread_but_not_of_what_is_in_them() {
    let (world, keys) = world(Limits::default()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let mut copy = Copy::subscribe(&mut socket, Room::Lobby).await;
    confirm(&world.writer, [created(ThreadId([5; 32]), keys.wallet()), message(&keys, 0)]).await;
    copy.take(socket.frame().await);
    copy.take(socket.frame().await);
    assert_eq!(copy.entities.len(), 5, "configuration, treasury, roots and two threads");
    copy.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn whoever_comes_while_much_happens_misses_nothing_and_sees_nothing_twice() {
    let (world, keys) = world(Limits { queue_frames: 10_000, ..Limits::default() }).await;
    let mut first = Socket::signed_in(&world, &keys).await;
    let early = Copy::subscribe(&mut first, Room::Thread(THREAD)).await;
    let enough = CancellationToken::new();
    let writer = tokio::spawn(write_until(world.writer.clone(), enough.clone()));
    let clients = (0..12_u64).map(|n| come(&world, &keys, n));
    let clients = futures::future::join_all(clients).await;
    enough.cancel();
    let last = writer.await.unwrap();

    let early = early.until_messages(&mut first, last).await;
    assert_eq!(early.events.len() as u64, last + 1, "the first one was there for all of it");
    early.assert_same_as(&world.store).await;
    for (mut socket, copy) in clients {
        let late = copy.until_messages(&mut socket, last).await;
        late.assert_same_as(&world.store).await;
        if late.room == early.room {
            assert_eq!(late.entities, early.entities, "a late client sees what an early one does");
            assert!(early.events.ends_with(&late.events), "and hears the same events from then on");
        }
    }
}

/// Adds messages one by one, until it is enough; returns the number of the last.
async fn write_until(writer: Writer, enough: CancellationToken) -> u64 {
    let keys = Keys::new(10);
    for sequence in 0.. {
        confirm(&writer, [message(&keys, sequence)]).await;
        if enough.is_cancelled() {
            return sequence;
        }
    }
    unreachable!("the numbers do not end")
}

/// Comes a little later than the one before, to the lobby or the thread.
async fn come(world: &World, keys: &Keys, n: u64) -> (Socket, Copy) {
    tokio::time::sleep(Duration::from_millis(n * 23)).await;
    let room = if n.is_multiple_of(3) { Room::Lobby } else { Room::Thread(THREAD) };
    let mut socket = Socket::signed_in(world, keys).await;
    let copy = Copy::subscribe(&mut socket, room).await;
    (socket, copy)
}

#[tokio::test]
async fn subscribing_again_gives_a_new_snapshot_and_the_sequence_goes_on() {
    let (world, keys) = world(Limits::default()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let mut stays = Socket::signed_in(&world, &keys).await;
    let mut early = Copy::subscribe(&mut stays, Room::Thread(THREAD)).await;
    Copy::subscribe(&mut socket, Room::Thread(THREAD)).await;
    confirm(&world.writer, [message(&keys, 0)]).await;
    socket.frame().await;
    let elsewhere = created(ThreadId([5; 32]), keys.wallet());
    confirm(&world.writer, [elsewhere]).await;
    let mut again = Copy::subscribe(&mut socket, Room::Thread(THREAD)).await;
    confirm(&world.writer, [message(&keys, 1)]).await;
    again.take(socket.frame().await);
    early.take(stays.frame().await);
    early.take(stays.frame().await);
    assert_eq!((again.cursor, &again.entities), (early.cursor, &early.entities));
}

#[tokio::test]
async fn a_room_that_was_left_is_silent() {
    let (world, keys) = world(Limits::default()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let room = Room::Thread(THREAD);
    Copy::subscribe(&mut socket, room).await;
    socket.send(&ClientFrame::Unsubscribe { room }).await;
    assert_eq!(socket.frame().await, ServerFrame::Unsubscribed { id: None, room });
    confirm(&world.writer, [message(&keys, 0)]).await;
    assert!(socket.is_quiet().await);
    Copy::subscribe(&mut socket, room).await.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn much_at_once_is_no_reason_to_cut_whoever_reads() {
    const LAST: u64 = 999;
    let (world, keys) = world(Limits::default()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let copy = Copy::subscribe(&mut socket, Room::Thread(THREAD)).await;
    confirm(&world.writer, (0..=LAST).map(|sequence| message(&keys, sequence))).await;
    copy.until_messages(&mut socket, LAST).await.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn a_slow_client_is_told_and_cut_and_nobody_else_notices() {
    const MOST: u64 = 150;
    const CUT: &str = r#"chorale_backend_sockets_ended_total{reason="slow"} 1"#;
    let keys = Keys::new(10);
    let world = World::with_small_buffers(Limits { queue_frames: 16, ..Limits::default() }).await;
    confirm(&world.writer, [initialized(), created(THREAD, keys.wallet())]).await;
    let mut slow = Socket::with_small_buffers(&world).await;
    slow.authenticate(&world, &keys).await;
    Copy::subscribe(&mut slow, Room::Thread(THREAD)).await;
    let mut quick = Socket::signed_in(&world, &keys).await;
    let mut copy = Copy::subscribe(&mut quick, Room::Thread(THREAD)).await;
    let mut written = 0_u64;
    // Looked at now and then: that takes longer than a message does.
    while written < MOST && !(written.is_multiple_of(8) && crate::metrics::shows(&world, CUT).await) {
        confirm(&world.writer, [message(&keys, written)]).await;
        copy.take(quick.frame().await);
        written += 1;
    }
    crate::metrics::until(&world, CUT).await;

    // At once: the backend says goodbye for a few seconds only to whoever does not read it.
    let mut got = 0;
    let last = loop {
        match slow.frame().await {
            ServerFrame::Event { .. } => got += 1,
            other => break other,
        }
    };
    let ServerFrame::Error { problem, .. } = last else { panic!("expected an error, not {last:?}") };
    assert_eq!(problem.code, Code::SlowConsumer, "after {got} events");
    assert!(got < written, "the slow client got everything: the test's buffers are too large");
    assert_eq!(slow.closed().await, CloseCode::Policy);

    confirm(&world.writer, [message(&keys, written)]).await;
    copy.take(quick.frame().await);
    copy.assert_same_as(&world.store).await;
}
