//! Try.
#[path = "all/life/mod.rs"]
mod life;
#[path = "all/lives.rs"]
mod lives;
