//! Those who ask hear who is in a room with them.

use crate::copy::Copy;
use crate::socket::Socket;
use crate::socket_flow::world;
use crate::wallet::Keys;
use chorale_backend::Limits;
use chorale_domain::id::Wallet;
use chorale_wire::socket::{Room, ServerFrame, Subscription};

async fn presence(socket: &mut Socket) -> (usize, Vec<Wallet>) {
    match socket.frame().await {
        ServerFrame::Presence { room: Room::Lobby, clients, wallets } => (clients, wallets),
        other => panic!("expected who is in the lobby, not {other:?}"),
    }
}

/// Reads until so many connections are there; those who come and go slowly may be told of one by one.
pub async fn until(socket: &mut Socket, connections: usize) -> Vec<Wallet> {
    loop {
        let (clients, wallets) = presence(socket).await;
        if clients == connections {
            return wallets;
        }
    }
}

fn sorted(keys: &[&Keys]) -> Vec<Wallet> {
    let mut wallets: Vec<_> = keys.iter().map(|keys| keys.wallet()).collect();
    wallets.sort();
    wallets
}

#[tokio::test]
async fn whoever_asks_hears_who_is_there_and_who_comes_and_goes() {
    let (world, alice) = world(Limits::default()).await;
    let bob = Keys::new(11);
    let mut asking = Socket::signed_in(&world, &alice).await;
    asking.subscribe(Subscription { presence: true, ..Subscription::to(Room::Lobby) }).await;
    Copy::from_snapshot(&mut asking, Room::Lobby).await;
    assert_eq!(presence(&mut asking).await, (1, sorted(&[&alice])));

    let mut twice = [Socket::signed_in(&world, &bob).await, Socket::signed_in(&world, &bob).await];
    for socket in &mut twice {
        Copy::subscribe(socket, Room::Lobby).await;
    }
    assert_eq!(until(&mut asking, 3).await, sorted(&[&alice, &bob]));
    assert!(twice[0].is_quiet().await, "who did not ask hears nothing");
    drop(twice);
    assert_eq!(until(&mut asking, 1).await, sorted(&[&alice]));
}
