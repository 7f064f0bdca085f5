//! Facts about the store, on the real engine in throw-away folders.

mod collecting;
mod durability;
mod fixture;
mod searching;
mod uploading;

pub(crate) use fixture::*;
