//! Accounts and the rules about them: fixed layouts read in place, and the state machines over them.
//!
//! A thread, a proposal and the configuration are seen through enums of the states they can be in. A transition
//! consumes the state it starts from and gives the next one, or the refusal. Nothing here touches an account's owner,
//! lamports or tokens, so all of it runs on the host as it runs on the chain.

mod ballot;
mod config;
mod message;
mod proposal;
mod roots;
mod seats;
mod thread;
mod treasury;

#[cfg(test)]
mod tests;

pub use ballot::{Approvers, Ballot, LiveVotes, Vote};
pub use config::{Config, ConfigUpdate, Operation, Running, Settings};
pub use message::Message;
pub use proposal::{Approved, Cancelled, Expired, Pending, Proposal, ProposalState, Rejected, Voted};
pub use roots::{AnchoredRoot, MAX_ROOTS, Roots};
pub use seats::{MAX_CO_AUTHORS, Member, Seats};
pub use thread::{Active, Left, Thread, ThreadState};
pub use treasury::Treasury;

/// Version of the account layouts: the byte right after the discriminator in every account, so that a reader can
/// check it before it trusts the rest.
pub const LAYOUT_VERSION: u8 = 1;
