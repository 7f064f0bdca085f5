//! Damaged requests and frames of every kind: none may make the backend panic, or answer that it is at fault itself. What
//! cannot be reached here, the chain, is allowed to be away. Every case is made from a number, which is said where it
//! fails. The bench `fuzz` tries a million.

#[path = "damaged/damage.rs"]
mod damage;
#[path = "damaged/requests.rs"]
pub mod requests;
#[path = "damaged/sockets.rs"]
pub mod sockets;

use crate::story::{THREAD, confirm, created, initialized};
use crate::wallet::Keys;
use crate::world::{NO_CHAIN, World};
use chorale_backend::Limits;

/// Seed of the wallet that has a thread.
const AUTHOR: u8 = 7;

/// A backend that takes as much as is sent, with a thread.
pub async fn patient() -> World {
    let world = World::start(NO_CHAIN, Limits { rates: None, ..Limits::default() }).await;
    confirm(&world.writer, [initialized(), created(THREAD, Keys::new(AUTHOR).wallet())]).await;
    world
}

#[tokio::test]
async fn no_damaged_request_is_the_backends_fault() {
    let answers = requests::fuzz(&patient().await, 1, 2_000).await;
    assert!(answers.to_string().contains("answered 400"), "they are not damaged enough: {answers}");
}

#[tokio::test]
async fn no_damaged_frame_keeps_the_backend_from_answering() {
    sockets::fuzz(&patient().await, 1, 1_000).await;
}
