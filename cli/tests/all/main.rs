//! The `chorale` command as a process: killed, starved, locked out, and asked by other programs.

mod chain;
mod commands;
mod disk;
mod follower;
mod kills;
mod load;
mod outcome;
mod process;
