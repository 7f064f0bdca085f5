//! Chorale's Rust SDK.
//!
//! The server is not trusted with anything that matters: a transaction it prepared is signed only if it is,
//! byte for byte, the one this side builds for the same action; a sign-in text only if it is one for this
//! wallet and this server; and a room's state only if its checksums, its order and the rules of
//! [`chorale_domain::transition`] agree with it. That it is the right server, TLS says: a URL that begins with `https`
//! is reached, by HTTP and by WebSocket, only where one of the authorities in [`Trust`] knows it.
//!
//! ```no_run
//! # async fn story(keypair: solana_keypair::Keypair) -> Result<(), chorale_client::ClientError> {
//! use chorale_client::{Action, Client, Socket};
//! use chorale_domain::ThreadId;
//! use chorale_wire::socket::Room;
//!
//! let client = Client::new("http://127.0.0.1:8787")?;
//! let me = client.sign_in(&keypair).await?;
//! let thread = ThreadId(rand::random());
//! me.act(&Action::CreateThread { thread, approval_bps: 10_000 }).await?;
//! let hash = me.upload(thread, "The first verse.", &mut rand::rng()).await?;
//! me.act(&Action::Publish { thread, hash }).await?;
//! let mut socket = Socket::open(me.socket([Room::Thread(thread)]));
//! while let Some(update) = socket.next().await {
//!     println!("{update:?}");
//! }
//! # Ok(()) }
//! ```

mod action;
mod challenge;
mod client;
mod error;
mod http;
mod room;
mod seen;
mod signed_in;
mod socket;
mod transaction;
mod trust;

pub use action::Action;
pub use challenge::ChallengeError;
pub use client::Client;
pub use error::ClientError;
pub use room::{EventFrame, RetractionFrame, RoomError, RoomState};
pub use signed_in::{SignedAction, SignedIn, wallet_of};
pub use socket::{Socket, SocketHandle, SocketOptions, SocketStatus, Update};
pub use transaction::{AlteredTransaction, Reviewed, review};
pub use trust::{Trust, TrustError};
