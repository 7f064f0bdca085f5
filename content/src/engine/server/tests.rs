//! The contract, on a stand-in and on a real server where one is given; being cut off; and the requests that are sent.

mod away;
mod failing;
mod live;
mod opening;
mod requests;
mod stand_in;

use super::connection;
use super::request::Requests;
use crate::engine::ServerOptions;
use crate::point::PointId;

/// Writes a word into a field of a point, past the engine.
async fn damage(options: &ServerOptions, id: PointId, field: &str, word: &str) {
    let requests = Requests::to(options.collection.clone());
    connection::client(options).unwrap().set_payload(requests.set(field, word, &[id])).await.unwrap();
}
