//! How often clients may do what costs others something, and how much may be under way at a time.

use chorale_backend::{Limits, Rates};
use clap::Args;
use std::num::NonZeroU32;

/// Each for a wallet and for an address; what is left out is as documented.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct RateArgs {
    /// New threads an hour
    #[arg(long, value_name = "N", env = "CHORALE_RATE_CREATE", default_value_t = Rates::default().create)]
    rate_create: NonZeroU32,
    /// Other transactions an hour
    #[arg(long, value_name = "N", env = "CHORALE_RATE_SUBMIT", default_value_t = Rates::default().submit)]
    rate_submit: NonZeroU32,
    /// Uploads an hour
    #[arg(long, value_name = "N", env = "CHORALE_RATE_UPLOAD", default_value_t = Rates::default().upload)]
    rate_upload: NonZeroU32,
    /// Searches an hour
    #[arg(long, value_name = "N", env = "CHORALE_RATE_SEARCH", default_value_t = Rates::default().search)]
    rate_search: NonZeroU32,
    /// Sign-ins an hour, for an address
    #[arg(long, value_name = "N", env = "CHORALE_RATE_SIGN_IN", default_value_t = Rates::default().sign_in)]
    rate_sign_in: NonZeroU32,
}

impl RateArgs {
    pub(in crate::command) fn rates(&self) -> Rates {
        Rates {
            create: self.rate_create,
            submit: self.rate_submit,
            upload: self.rate_upload,
            search: self.rate_search,
            sign_in: self.rate_sign_in,
        }
    }
}

/// What is beyond is answered 503 with word of when to try again.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct MostArgs {
    /// Requests under way at a time
    #[arg(long, value_name = "N", env = "CHORALE_MAX_REQUESTS", default_value_t = Limits::default().requests)]
    max_requests: usize,
    /// Searches under way at a time
    #[arg(long, value_name = "N", env = "CHORALE_MAX_SEARCHES", default_value_t = Limits::default().searches)]
    max_searches: usize,
    /// Clients of the socket at a time, some 30 KiB each
    #[arg(long, value_name = "N", env = "CHORALE_MAX_CLIENTS", default_value_t = Limits::default().sockets)]
    max_clients: usize,
}

impl MostArgs {
    pub(in crate::command) fn limits(&self, rates: Rates) -> Limits {
        let Self { max_requests: requests, max_searches: searches, max_clients: sockets } = *self;
        Limits { rates: Some(rates), requests, searches, sockets, ..Limits::default() }
    }
}
