//! The built program in LiteSVM: what it does, what it refuses, what it costs.

mod costs;
mod harness;
mod refusals;
mod successes;
