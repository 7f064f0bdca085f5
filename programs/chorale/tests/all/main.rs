//! The built program in LiteSVM: what it does, what it refuses, what it costs.

mod cases;
mod costs;
mod harness;
mod life;
mod lives;
mod matrix;
mod refusals;
mod successes;
