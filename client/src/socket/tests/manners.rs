//! What a socket owes its owner and its server: finality, acknowledgements, patience.

use super::*;

#[tokio::test]
async fn how_far_a_room_is_final_is_kept_and_told() {
    let (server, options) = Server::start().await;
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    peer.send(&snapshot(4)).await;
    assert_eq!(next(&mut socket).await, arrived(4));
    assert_eq!(socket.room(Room::Lobby).unwrap().finalized(), 1);
    let (room, through, slot) = (Room::Lobby, 4, 9);
    peer.send(&ServerFrame::Finalized { room, through, slot }).await;
    assert_eq!(next(&mut socket).await, Update::Finalized { room, through, slot });
    assert_eq!(socket.room(Room::Lobby).unwrap().finalized(), 4);
}

#[tokio::test]
async fn what_a_frame_tells_counts_as_seen_before_its_owner_hears_of_it() {
    let (server, options) = Server::start().await;
    let seen = options.seen.clone();
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    assert_eq!(seen.cursor(), 0);
    for (frame, cursor) in [(snapshot(4), 4), (event(9, 4), 9), (retracted(10, 9), 10)] {
        peer.send(&frame).await;
        next(&mut socket).await;
        assert_eq!(seen.cursor(), cursor);
    }
    drop(peer);
    let mut peer = server.accept_again(Some(10)).await;
    peer.send(&ServerFrame::Resumed { room: Room::Lobby, cursor: 12, tag: TAG, finalized: 1 }).await;
    assert_eq!(
        (next(&mut socket).await, seen.cursor()),
        (Update::Resumed { room: Room::Lobby, cursor: 12 }, 12)
    );
}

#[tokio::test]
async fn what_was_taken_is_acknowledged_before_the_server_has_to_wait() {
    let (server, mut options) = Server::start().await;
    options.acks = true;
    let _socket = Socket::open(options);
    let mut peer = server.greeted().await;
    peer.send(&ServerFrame::Authenticated { id: None, wallet: Wallet([1; 32]) }).await;
    let room = Room::Lobby;
    peer.expect(ClientFrame::Subscribe(Subscription { acks: true, ..Subscription::to(room) })).await;
    peer.send(&snapshot(4)).await;
    peer.send(&event(5, 4)).await;
    peer.send(&event(6, 5)).await;
    peer.expect(ClientFrame::Ack { room, cursor: 6 }).await;
}

#[tokio::test]
async fn a_server_whose_parts_are_away_is_left_for_as_long_as_it_asks() {
    let (server, options) = Server::start().await;
    let mut socket = Socket::open(options);
    let mut peer = server.accept().await;
    let problem = Problem {
        status: 503,
        code: Code::Internal,
        detail: "the store is away".into(),
        program_error: None,
        retry_after: Some(3),
    };
    peer.send(&ServerFrame::Error { id: None, problem, room: Some(Room::Lobby) }).await;
    let delay = loop {
        let update = tokio::time::timeout(LIMIT, socket.next()).await.expect("it does not come back");
        if let Some(Update::Status(SocketStatus::Reconnecting { delay })) = update {
            break delay;
        }
    };
    assert!(delay >= Duration::from_secs(3), "{delay:?}");
}

#[tokio::test]
async fn a_lost_connection_is_the_end_where_that_is_wanted() {
    let (server, mut options) = Server::start().await;
    options.reconnect = false;
    let socket = Socket::open(options);
    drop(server.accept().await);
    let updates: Vec<_> = tokio::time::timeout(LIMIT, socket.collect()).await.expect("it goes on");
    assert!(matches!(updates.last(), Some(Update::Status(SocketStatus::Disconnected { .. }))), "{updates:?}");
}
