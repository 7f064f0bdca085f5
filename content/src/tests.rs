//! Facts about the store, on the real engine in throw-away folders.

mod away;
mod busy;
mod collecting;
mod copying;
mod durability;
mod erasing;
mod fixture;
mod meaning;
mod reading;
mod searching;
mod uploading;

pub(crate) use fixture::*;
