//! Rooms are told once nothing of them can be taken back any more.

use crate::retraction::Guest;
use crate::socket::Socket;
use crate::socket_flow::{message, world};
use crate::story::{THREAD, confirm, created};
use chorale_backend::Limits;
use chorale_domain::id::ThreadId;
use chorale_wire::socket::{Mark, Room, ServerFrame, Subscription};

const ROOM: Room = Room::Thread(THREAD);

/// How far the next frame says that everything is final.
async fn finalized(socket: &mut Socket) -> i64 {
    match socket.frame().await {
        ServerFrame::Finalized { room, through, slot } if room == ROOM && slot > 0 => through,
        other => panic!("expected to hear what is final in {ROOM}, not {other:?}"),
    }
}

#[tokio::test]
async fn a_room_hears_how_far_it_is_final_once_it_is() {
    let (world, keys) = world(Limits::default()).await;
    let mut guest = Guest::enter(&world, &keys, ROOM).await;
    let told = [message(&keys, 0), message(&keys, 1)];
    let transactions = confirm(&world.writer, told.clone()).await;
    guest.hears(&told).await;
    world.writer.promote(transactions[0]).await.unwrap();
    assert_eq!(finalized(&mut guest.socket).await, 3);
    world.writer.promote(transactions[1]).await.unwrap();
    assert_eq!(finalized(&mut guest.socket).await, 4);

    let elsewhere = confirm(&world.writer, [created(ThreadId([5; 32]), keys.wallet())]).await;
    world.writer.promote(elsewhere[0]).await.unwrap();
    assert!(guest.socket.is_quiet().await, "nothing of this room became final");
}

#[tokio::test]
async fn whoever_comes_later_learns_it_with_the_state_and_whoever_comes_back_as_well() {
    let (world, keys) = world(Limits::default()).await;
    let transactions = confirm(&world.writer, [message(&keys, 0), message(&keys, 1)]).await;
    world.writer.promote(transactions[0]).await.unwrap();
    let mut socket = Socket::signed_in(&world, &keys).await;
    socket.subscribe(Subscription::to(ROOM)).await;
    let ServerFrame::Snapshot { finalized: so_far, cursor, tag, .. } = socket.frame().await else {
        panic!("no snapshot")
    };
    assert_eq!((so_far, cursor), (3, 4));

    world.writer.promote(transactions[1]).await.unwrap();
    assert_eq!(finalized(&mut socket).await, 4);
    let mut again = Socket::signed_in(&world, &keys).await;
    again.subscribe(Subscription::to(ROOM).after(Some(Mark { cursor, tag }))).await;
    let resumed = again.frame().await;
    assert!(matches!(resumed, ServerFrame::Resumed { finalized: 4, .. }), "{resumed:?}");
    let mut late = Socket::signed_in(&world, &keys).await;
    late.subscribe(Subscription::to(ROOM)).await;
    let snapshot = late.frame().await;
    assert!(matches!(snapshot, ServerFrame::Snapshot { finalized: 4, .. }), "{snapshot:?}");
}

#[tokio::test]
async fn what_was_taken_back_is_never_called_final() {
    let (world, keys) = world(Limits::default()).await;
    let mut guest = Guest::enter(&world, &keys, ROOM).await;
    let told = [message(&keys, 0), message(&keys, 1)];
    let transactions = confirm(&world.writer, told.clone()).await;
    guest.hears(&told).await;
    world.writer.retract(transactions[1]).await.unwrap();
    world.writer.promote(transactions[0]).await.unwrap();
    let (mut taken_back, mut through) = (false, 0);
    while through < 4 {
        match guest.socket.frame().await {
            ServerFrame::Retracted { retracts, .. } => {
                assert!(retracts == 4 && through < 4, "{retracts} was final");
                taken_back = true;
            }
            ServerFrame::Finalized { through: further, .. } => through = further,
            other => panic!("{other:?}"),
        }
    }
    assert!(taken_back);
}
