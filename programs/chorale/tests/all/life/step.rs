//! A life as data: what is sent, by whom, when. Wallets, threads and hashes are numbers, so that a sequence can be
//! printed, cut short and played again.

use chorale::state::Settings;

/// Number of a wallet.
pub type Who = u8;
/// Number of a thread.
pub type ThreadNo = u8;
/// Number of a hash; 0 is the all-zero one.
pub type HashNo = u16;

/// The wallet that may upgrade the program.
pub const DEPLOYER: Who = 0;

/// One transaction, and the chain's clock at its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Unix seconds.
    pub now: i64,
    /// The chain's slot.
    pub slot: u64,
    /// Who pays the fee.
    pub payer: Who,
    /// Whether only the payer signs, whoever the calls speak for.
    pub forged: bool,
    /// Its instructions: all of them or none.
    pub calls: Vec<Call>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who signs it.
    pub by: Who,
    /// What it does.
    pub act: Act,
}

/// Where a proposal or message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content {
    /// Its thread.
    pub thread: ThreadNo,
    /// Its hash.
    pub hash: HashNo,
}

/// The accounts of an instruction on a proposal; a hostile one names others than belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The thread's account.
    pub thread: ThreadNo,
    /// The proposal's account.
    pub at: Content,
    /// The author's account.
    pub author: Who,
}

/// The program's instructions with their arguments, and two transfers that anyone can make without the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Initialize {
        settings: Settings,
    },
    UpdateConfig {
        settings: Settings,
        anchor: Who,
    },
    ProposeAuthority {
        pending: Option<Who>,
    },
    AcceptAuthority,
    SetPaused {
        paused: bool,
    },
    CreateThread {
        thread: ThreadNo,
        bps: u16,
    },
    Publish {
        at: Content,
    },
    Propose {
        at: Content,
        stake: u64,
        open_until: i64,
        from: Who,
    },
    Vote {
        on: Target,
        approve: bool,
        stake: u64,
    },
    Settle {
        on: Target,
    },
    Expire {
        on: Target,
    },
    Cancel {
        on: Target,
        to: Who,
    },
    Claim {
        thread: ThreadNo,
        to: Who,
    },
    Divest {
        thread: ThreadNo,
        to: Who,
        at_least: u64,
    },
    Archive {
        thread: ThreadNo,
    },
    AnchorRoot {
        slot: u64,
        root: HashNo,
    },
    WithdrawTreasury {
        amount: u64,
        to: Who,
    },
    /// Tokens into the vault, unasked.
    GiveTokens {
        amount: u64,
    },
    /// Lamports to the address of a proposal or message, whether it exists or not.
    GiveLamports {
        at: Content,
        lamports: u64,
    },
}

/// The kinds of [`Act`] that are the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Initialize,
    UpdateConfig,
    ProposeAuthority,
    AcceptAuthority,
    SetPaused,
    CreateThread,
    Publish,
    Propose,
    Vote,
    Settle,
    Expire,
    Cancel,
    Claim,
    Divest,
    Archive,
    AnchorRoot,
    WithdrawTreasury,
    Give,
}

impl Kind {
    /// The program's seventeen.
    pub const OF_THE_PROGRAM: [Self; 17] = [
        Self::Initialize,
        Self::UpdateConfig,
        Self::ProposeAuthority,
        Self::AcceptAuthority,
        Self::SetPaused,
        Self::CreateThread,
        Self::Publish,
        Self::Propose,
        Self::Vote,
        Self::Settle,
        Self::Expire,
        Self::Cancel,
        Self::Claim,
        Self::Divest,
        Self::Archive,
        Self::AnchorRoot,
        Self::WithdrawTreasury,
    ];
}

impl Act {
    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Initialize { .. } => Kind::Initialize,
            Self::UpdateConfig { .. } => Kind::UpdateConfig,
            Self::ProposeAuthority { .. } => Kind::ProposeAuthority,
            Self::AcceptAuthority => Kind::AcceptAuthority,
            Self::SetPaused { .. } => Kind::SetPaused,
            Self::CreateThread { .. } => Kind::CreateThread,
            Self::Publish { .. } => Kind::Publish,
            Self::Propose { .. } => Kind::Propose,
            Self::Vote { .. } => Kind::Vote,
            Self::Settle { .. } => Kind::Settle,
            Self::Expire { .. } => Kind::Expire,
            Self::Cancel { .. } => Kind::Cancel,
            Self::Claim { .. } => Kind::Claim,
            Self::Divest { .. } => Kind::Divest,
            Self::Archive { .. } => Kind::Archive,
            Self::AnchorRoot { .. } => Kind::AnchorRoot,
            Self::WithdrawTreasury { .. } => Kind::WithdrawTreasury,
            Self::GiveTokens { .. } | Self::GiveLamports { .. } => Kind::Give,
        }
    }

    /// The content it is about.
    pub fn content(&self) -> Option<Content> {
        match self {
            Self::Publish { at } | Self::Propose { at, .. } | Self::GiveLamports { at, .. } => Some(*at),
            Self::Vote { on, .. } | Self::Settle { on } | Self::Expire { on } | Self::Cancel { on, .. } => {
                Some(on.at)
            }
            _ => None,
        }
    }
}

impl Step {
    /// Who signs it, the payer first.
    pub fn signers(&self) -> Vec<Who> {
        let mut signers = vec![self.payer];
        for by in self.calls.iter().map(|call| call.by).filter(|_| !self.forged) {
            if !signers.contains(&by) {
                signers.push(by);
            }
        }
        signers
    }
}
