//! Accounts: fixed layouts read in place, with the rules about each beside it.

mod config;
mod message;
mod proposal;
mod thread;
mod treasury;

pub use config::{Config, Settings};
pub use message::Message;
pub use proposal::{Proposal, Vote};
pub(crate) use thread::Settlement;
pub use thread::{MAX_CO_AUTHORS, Member, Thread, ThreadStatus};
pub use treasury::Treasury;

/// Version of the account layouts: the byte right after the discriminator in every account, so that a reader can
/// check it before it trusts the rest.
pub const LAYOUT_VERSION: u8 = 1;
