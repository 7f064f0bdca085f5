//! Clients that promise acknowledgements are sent no more than they work through.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::socket_flow::{message, world};
use crate::story::{THREAD, confirm};
use chorale_backend::Limits;
use chorale_wire::Code;
use chorale_wire::socket::{ClientFrame, Mark, Room, ServerFrame, Subscription};
use std::time::Duration;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

const ROOM: Room = Room::Thread(THREAD);

fn limits() -> Limits {
    Limits { unacked: 2, queue_frames: 16, ..Limits::default() }
}

/// A client in the thread's room that promises acknowledgements.
async fn enter(socket: &mut Socket) -> Copy {
    socket.subscribe(Subscription { acks: true, ..Subscription::to(ROOM) }).await;
    Copy::from_snapshot(socket, ROOM).await
}

#[tokio::test]
async fn what_is_not_acknowledged_holds_back_what_comes_next() {
    let (world, keys) = world(limits()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let mut copy = enter(&mut socket).await;
    confirm(&world.writer, (0..5).map(|n| message(&keys, n))).await;
    for n in 0..2 {
        assert_eq!(copy.take(socket.frame().await), message(&keys, n));
    }
    assert!(socket.is_quiet().await, "two are sent ahead");
    socket.send(&ClientFrame::Ping).await;
    assert_eq!(socket.frame().await, ServerFrame::Pong { id: None }, "answers do not wait");
    socket.send(&ClientFrame::Ack { room: ROOM, cursor: copy.cursor }).await;
    for n in 2..4 {
        assert_eq!(copy.take(socket.frame().await), message(&keys, n));
    }
    assert!(socket.is_quiet().await);
    socket.send(&ClientFrame::Ack { room: ROOM, cursor: copy.cursor - 1 }).await;
    assert_eq!(copy.take(socket.frame().await), message(&keys, 4));
    copy.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn whoever_leaves_on_its_way_in_is_let_go_without_acknowledging() {
    let (world, keys) = world(limits()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let Copy { cursor, tag, .. } = enter(&mut socket).await;
    let (leave, left) =
        (ClientFrame::Unsubscribe { room: ROOM }, ServerFrame::Unsubscribed { id: None, room: ROOM });
    socket.send(&leave).await;
    assert_eq!(socket.frame().await, left);

    confirm(&world.writer, (0..5).map(|n| message(&keys, n))).await;
    let back = Subscription::to(ROOM).after(Some(Mark { cursor, tag }));
    socket.subscribe(Subscription { acks: true, ..back }).await;
    for _ in 0..2 {
        assert!(matches!(socket.frame().await, ServerFrame::Event { .. }));
    }
    assert!(socket.is_quiet().await, "two are sent ahead");
    socket.send(&leave).await;
    for _ in 2..5 {
        assert!(matches!(socket.frame().await, ServerFrame::Event { .. }));
    }
    assert!(matches!(socket.frame().await, ServerFrame::Resumed { .. }));
    assert_eq!(socket.frame().await, left);
}

#[tokio::test]
async fn whoever_reads_but_never_acknowledges_is_too_slow() {
    let (world, keys) = world(limits()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    enter(&mut socket).await;
    confirm(&world.writer, (0..2).map(|n| message(&keys, n))).await;
    // First of all: once it is too slow, what waits for it is not sent any more.
    for _ in 0..2 {
        assert!(matches!(socket.frame().await, ServerFrame::Event { .. }));
    }
    for n in 2..20 {
        confirm(&world.writer, [message(&keys, n)]).await;
    }
    assert_eq!(socket.error().await, Code::SlowConsumer);
    assert_eq!(socket.closed().await, CloseCode::Policy);
}

#[tokio::test]
async fn whoever_acknowledges_nothing_that_others_wait_behind_is_cut_though_it_answers_pings() {
    let (ping_every, pong_within) = (Duration::from_millis(100), Duration::from_millis(300));
    let (world, keys) = world(Limits { ping_every, pong_within, ..limits() }).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    enter(&mut socket).await;
    // One more than is sent ahead, and far fewer than fit into the queue.
    confirm(&world.writer, (0..3).map(|n| message(&keys, n))).await;
    for _ in 0..2 {
        assert!(matches!(socket.frame().await, ServerFrame::Event { .. }));
    }
    assert_eq!(socket.error().await, Code::SlowConsumer);
    assert_eq!(socket.closed().await, CloseCode::Policy);
}

#[tokio::test]
async fn whoever_has_acknowledged_nothing_is_not_cut_while_nothing_waits() {
    let (ping_every, pong_within) = (Duration::from_millis(100), Duration::from_millis(400));
    let (world, keys) = world(Limits { ping_every, pong_within, ..limits() }).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let mut copy = enter(&mut socket).await;
    confirm(&world.writer, (0..2).map(|n| message(&keys, n))).await;
    for n in 0..2 {
        assert_eq!(copy.take(socket.frame().await), message(&keys, n));
    }
    let twice_its_patience = 2 * (ping_every + pong_within);
    assert!(tokio::time::timeout(twice_its_patience, socket.next()).await.is_err(), "it answers pings");
    confirm(&world.writer, [message(&keys, 2)]).await;
    socket.send(&ClientFrame::Ack { room: ROOM, cursor: copy.cursor }).await;
    assert_eq!(copy.take(socket.frame().await), message(&keys, 2));
}
