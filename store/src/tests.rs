//! The store against throw-away files and schemas.

mod catching_up;
mod copying;
mod hearing;
mod lived;
mod migrating;
mod owning;
mod past;
mod reading;
mod repairing;
mod retracting;
mod roles;
mod rows;
mod scrubbing;
mod sessions;
mod settling;
mod stopping;
mod story;
mod trouble;
mod verifying;
mod writing;
