//! The parts of Chorale wired together, and the story that is played against them.

pub mod chain;
pub mod command;
pub mod demo;
pub mod dev;
pub mod exit;
mod forward;
mod lock;
mod monitor;
pub mod serve;
mod service;
pub mod telemetry;
