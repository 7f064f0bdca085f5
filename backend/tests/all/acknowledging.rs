//! Clients that promise acknowledgements are sent no more than they work through.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::socket_flow::{message, world};
use crate::story::{THREAD, confirm};
use chorale_backend::Limits;
use chorale_wire::Code;
use chorale_wire::socket::{ClientFrame, Room, ServerFrame, Subscription};
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
async fn whoever_reads_but_never_acknowledges_is_too_slow() {
    let (world, keys) = world(limits()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    enter(&mut socket).await;
    for n in 0..20 {
        confirm(&world.writer, [message(&keys, n)]).await;
    }
    for _ in 0..2 {
        assert!(matches!(socket.frame().await, ServerFrame::Event { .. }));
    }
    assert_eq!(socket.error().await, Code::SlowConsumer);
    assert_eq!(socket.closed().await, CloseCode::Policy);
}
