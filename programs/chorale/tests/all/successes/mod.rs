//! Each instruction's success: accounts, tokens, rent and events.

mod config;
mod ending;
mod member;
mod message;
mod proposal;
mod roots;
mod thread;
mod treasury;
