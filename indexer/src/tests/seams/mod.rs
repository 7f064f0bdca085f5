//! The seams at which indexers of this kind lose data, each with the bug it would show.
//!
//! In a still world ([`site`]): nothing happens by itself but what the test does.

mod backfill;
mod fetching;
mod gap;
mod idle;
mod reconnect;
mod site;
mod start;
