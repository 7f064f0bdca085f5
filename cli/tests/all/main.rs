//! The `chorale` command as a process: killed, starved, locked out, and asked by other programs.

mod bodies;
mod boundaries;
mod certificates;
mod chain;
mod commands;
mod crowd;
mod damage;
mod disk;
mod follower;
mod kills;
mod load;
mod manners;
mod outcome;
mod process;
mod secrets;
mod serve;
mod serving;
mod traces;
