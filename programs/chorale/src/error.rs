//! Everything the program refuses, by name. Codes start at 6000, in this order; new ones go to the end.

use anchor_lang::prelude::*;

/// Declares the errors once: as Anchor's error codes and, off the chain, by code, name and text.
macro_rules! errors {
    ($($name:ident: $text:literal,)*) => {
        /// Why an instruction was refused.
        #[error_code]
        #[derive(Debug, PartialEq, Eq)]
        pub enum ChoraleError {
            $(#[doc = $text] #[msg($text)] $name,)*
        }

        #[cfg(not(target_os = "solana"))]
        impl ChoraleError {
            /// Every error, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name, as in the IDL.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }

        #[cfg(not(target_os = "solana"))]
        impl core::fmt::Display for ChoraleError {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $text,)*
                })
            }
        }
    };
}

errors! {
    Paused: "the deployment is paused: new threads, messages and proposals wait until its authority resumes it",
    UnsupportedTokenProgram: "the mint must belong to the SPL Token program",
    InvalidMint: "the mint is not an initialized mint of the token program",
    InvalidConfig: "a time in the configuration is out of range: a proposal lives 1 second to 365 days, leaving waits 0 to 365 days",
    InvalidApprovalRule: "the approval rule must be between 1 and 10,000 basis points",
    ThreadArchived: "the thread is archived and takes nothing more",
    NotCoAuthor: "only a current co-author of the thread may do this",
    AlreadyCoAuthor: "a co-author publishes directly instead of proposing",
    ThreadFull: "the thread has 32 co-authors: a seat must become free first",
    ContentLogFull: "the thread's content log is full",
    ZeroHash: "the all-zero hash stands for nothing and is refused",
    StakeTooLow: "the stake is below the deployment's minimum",
    AlreadyVoted: "this co-author has voted on the proposal already",
    ProposalExpired: "the proposal has expired: no votes count any more",
    ProposalNotOfThread: "the proposal belongs to another thread",
    NotProposalAuthor: "the account given as the proposal's author is another one",
    NothingToClaim: "nothing is claimable",
    WrongMint: "the mint is not the deployment's",
    WrongVault: "the vault is not the deployment's",
    VaultShort: "the vault holds less than the program owes: the token movement was not what it should be",
    Overflow: "a sum left the range of 64 bits",
    InvariantBroken: "the accounts would contradict each other after this instruction",
}

#[cfg(not(target_os = "solana"))]
impl ChoraleError {
    /// The first code, as Anchor numbers custom errors.
    pub const FIRST_CODE: u32 = 6000;

    /// The error behind a custom program error code.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        let index = code.checked_sub(Self::FIRST_CODE)?;
        Self::ALL.get(index as usize).copied()
    }

    /// The custom program error code.
    #[must_use]
    pub fn code(self) -> u32 {
        Self::FIRST_CODE + self as u32
    }
}
