//! Each refusal: the error's name, and that nothing changed.

mod config;
mod ending;
mod forgery;
mod member;
mod message;
mod mint;
mod proposal;
mod roots;
mod thread;
mod treasury;
mod vote;
