//! The way into rooms: one at a time, whatever a client asks for at once.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::socket_flow::{message, world};
use crate::story::{THREAD, confirm};
use chorale_backend::Limits;
use chorale_wire::socket::{ClientFrame, Room, ServerFrame, Subscription};
use chorale_wire::{Code, Problem};

const ROOM: Room = Room::Thread(THREAD);

#[tokio::test]
async fn whatever_is_asked_for_at_once_is_answered_in_order() {
    let (world, keys) = world(Limits::default()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let rooms = [ROOM, Room::Lobby, ROOM];
    for (id, room) in (1..).zip(rooms) {
        socket.ask(id, ClientFrame::Subscribe(Subscription::to(room))).await;
    }
    socket.ask(4, ClientFrame::Unsubscribe { room: ROOM }).await;
    for (id, room) in (1..).zip(rooms) {
        assert_eq!(socket.frame().await, ServerFrame::Subscribed { id: Some(id), room });
        Copy::from_snapshot(&mut socket, room).await;
    }
    assert_eq!(socket.frame().await, ServerFrame::Unsubscribed { id: Some(4), room: ROOM });
    confirm(&world.writer, [message(&keys, 0)]).await;
    let next = socket.frame().await;
    assert!(matches!(next, ServerFrame::Event { room: Room::Lobby, .. }), "it left the other room: {next:?}");
    assert!(socket.is_quiet().await);
}

#[tokio::test]
async fn whoever_asks_again_and_again_behind_what_it_does_not_acknowledge_has_it_wait_and_is_refused() {
    let limits = Limits { unacked: 1, rooms: 2, ..Limits::default() };
    let (world, keys) = world(limits).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    socket.subscribe(Subscription { acks: true, ..Subscription::to(ROOM) }).await;
    let mut copy = Copy::from_snapshot(&mut socket, ROOM).await;
    confirm(&world.writer, [message(&keys, 0)]).await;
    copy.take(socket.frame().await);

    // One is on its way and waits for the acknowledgement, two times as many as there may be rooms wait behind it.
    for id in 1..=6 {
        socket.ask(id, ClientFrame::Subscribe(Subscription::to(Room::Lobby))).await;
    }
    match socket.frame().await {
        ServerFrame::Error { id: Some(6), problem: Problem { code, .. }, room: Some(Room::Lobby) } => {
            assert_eq!(code, Code::RateLimited);
        }
        other => panic!("expected the sixth to be refused, not {other:?}"),
    }
    assert!(socket.is_quiet().await);
    socket.send(&ClientFrame::Ping).await;
    assert_eq!(socket.frame().await, ServerFrame::Pong { id: None }, "it is heard");

    socket.send(&ClientFrame::Ack { room: ROOM, cursor: copy.cursor }).await;
    for id in 1..=5 {
        let room = Room::Lobby;
        assert_eq!(socket.frame().await, ServerFrame::Subscribed { id: Some(id), room });
        Copy::from_snapshot(&mut socket, room).await;
    }
}

/// Enters the room once more, and hears what it is told until it is in.
async fn again(socket: &mut Socket, mut copy: Copy) -> Copy {
    socket.send(&ClientFrame::Subscribe(Subscription::to(ROOM))).await;
    loop {
        match socket.frame().await {
            ServerFrame::Subscribed { .. } => break,
            event => {
                copy.take(event);
            }
        }
    }
    let entered = Copy::from_snapshot(socket, ROOM).await;
    assert!(entered.cursor >= copy.cursor, "it goes back from {} to {}", copy.cursor, entered.cursor);
    entered
}

#[tokio::test]
async fn whoever_enters_again_while_much_happens_does_not_go_back() {
    let (world, keys) = world(Limits::default()).await;
    let mut socket = Socket::signed_in(&world, &keys).await;
    let entered = Copy::subscribe(&mut socket, ROOM).await;
    let writing = async {
        for n in 0..40 {
            confirm(&world.writer, [message(&keys, n)]).await;
        }
    };
    let reading = async {
        let mut copy = entered;
        for _ in 0..5 {
            copy = again(&mut socket, copy).await;
        }
        copy.until_messages(&mut socket, 39).await
    };
    let (copy, ()) = tokio::join!(reading, writing);
    copy.assert_same_as(&world.store).await;
}

#[tokio::test]
async fn whoever_hangs_up_while_its_rooms_state_is_built_is_in_no_room() {
    let (world, keys) = world(Limits::default()).await;
    for _ in 0..20 {
        let mut socket = Socket::signed_in(&world, &keys).await;
        socket.send(&ClientFrame::Subscribe(Subscription::to(ROOM))).await;
        drop(socket);
    }
    let mut stays = Socket::signed_in(&world, &keys).await;
    stays.subscribe(Subscription { presence: true, ..Subscription::to(ROOM) }).await;
    Copy::from_snapshot(&mut stays, ROOM).await;
    loop {
        match stays.frame().await {
            ServerFrame::Presence { clients: 1, .. } => return,
            ServerFrame::Presence { .. } => {}
            other => panic!("expected who is there, not {other:?}"),
        }
    }
}
