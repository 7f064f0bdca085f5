//! The contract, on a real server; and, without one, the requests that would be sent.

mod live;
mod requests;
