//! Situations with a name of their own: what happens when someone leaves, a seat is given away again, the clock is at
//! the very second, amounts are as large as they can be, accounts come back, the vault is frozen.

mod amounts;
mod config;
mod divest;
mod donations;
mod expiry;
mod frozen;
mod hashes;
mod leaving;
mod membership;
mod mint;
mod pause;
mod revival;
mod seats;
mod token_2022;
mod treasury;
