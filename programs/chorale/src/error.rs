//! Everything the program refuses, by name. Codes start at 6000, in this order; from the first release on, new ones go to
//! the end.

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
    UnsupportedTokenProgram: "the mint must belong to the SPL Token program or to Token-2022",
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
    NotProposalAuthor: "the account given as the proposal's author is another one, and only the author can cancel",
    NothingToClaim: "nothing is claimable",
    WrongMint: "the mint is not the deployment's",
    WrongVault: "the vault is not the deployment's",
    VaultShort: "the vault holds less than the program owes: the token movement was not what it should be",
    Overflow: "a sum left the range of 64 bits",
    InvariantBroken: "the accounts would contradict each other after this instruction",
    NotDecided: "the votes do not decide the proposal yet: co-authors may still vote",
    NotExpired: "the proposal has not expired yet: it can still be voted on and settled",
    VotesCast: "the proposal has votes: it can be cancelled only without any, or once its thread can no longer take it",
    CooldownRunning: "this co-author joined too recently to leave: the configuration's divest_cooldown must pass first",
    NotSoleCoAuthor: "only a thread's sole co-author can archive it: the others must leave first",
    ProposalsOpen: "the thread has open proposals: they must be decided, cancelled or expired first",
    SlotNotGrowing: "a state root for this slot or a later one is anchored already",
    SlotInFuture: "the chain has not reached this slot yet",
    TreasuryTooLow: "the treasury holds less than that",
    NothingToWithdraw: "an amount of zero withdraws nothing",
    NotAuthority: "only the deployment's authority may do this",
    NotPendingAuthority: "only the wallet that was proposed as authority may accept",
    NotAnchorAuthority: "only the deployment's anchor authority may post state roots",
    NotUpgradeAuthority: "only the program's upgrade authority may set the deployment up",
    HashTaken: "this hash is proposed in the thread or in its log already",
    StakeDiffers: "the proposal's stake is not the one this vote is meant for: look at the proposal again",
    ExpiresTooSoon: "the proposal would expire before the time its author asks for: the configuration's proposal_ttl is shorter now",
    PayoutTooLow: "leaving would pay less than the co-author asks for: look at the thread again",
    TransferMismatch: "the token program moved another amount than it was asked to",
    MintHasTransferFee: "the mint has the Token-2022 extension TransferFeeConfig, which would take part of every transfer: use a mint without it",
    MintHasCloseAuthority: "the mint has the Token-2022 extension MintCloseAuthority, with which the mint could be closed and come back with other rules: use a mint without it",
    MintHasConfidentialTransfer: "the mint has the Token-2022 extension ConfidentialTransferMint, which would hide amounts: use a mint without it",
    MintHasDefaultAccountState: "the mint has the Token-2022 extension DefaultAccountState, which could freeze accounts from their beginning: use a mint without it",
    MintNonTransferable: "the mint has the Token-2022 extension NonTransferable, which forbids every transfer: use a mint without it",
    MintInterestBearing: "the mint has the Token-2022 extension InterestBearingConfig, which would show other amounts than are held: use a mint without it",
    MintHasPermanentDelegate: "the mint has the Token-2022 extension PermanentDelegate, whose delegate could empty the vault: use a mint without it",
    MintHasTransferHook: "the mint has the Token-2022 extension TransferHook, which would let another program refuse transfers: use a mint without it",
    MintHasConfidentialTransferFee: "the mint has the Token-2022 extension ConfidentialTransferFeeConfig, which would take a hidden part of transfers: use a mint without it",
    MintHasConfidentialMintBurn: "the mint has the Token-2022 extension ConfidentialMintBurn, which would hide the supply: use a mint without it",
    MintHasScaledUiAmount: "the mint has the Token-2022 extension ScaledUiAmount, which would show other amounts than are held: use a mint without it",
    MintPausable: "the mint has the Token-2022 extension Pausable, with which one authority could stop every transfer: use a mint without it",
    MintHasPermissionedBurn: "the mint has the Token-2022 extension PermissionedBurn, which would let nobody burn without its authority: use a mint without it",
    MintHasUnknownExtension: "the mint has a Token-2022 extension that is not known to leave amounts and permissions alone: use a mint without it",
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
