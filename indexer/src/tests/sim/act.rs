//! What someone asks of the program, drawn so that most of it is possible.

use super::life::{Life, Moment};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Hash32, ThreadId, Wallet};
use chorale_domain::state::{Config, Proposal, ProposalStatus, ThreadStatus};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// One instruction. Whether it is possible is decided where it lands.
#[derive(Clone, Debug)]
pub enum Act {
    /// Sets the deployment up.
    Initialize,
    /// Begins a thread.
    Create { thread: ThreadId, creator: Wallet, bps: u16 },
    /// Adds a message directly.
    Publish { thread: ThreadId, author: Wallet, hash: ContentHash },
    /// Asks to become a co-author.
    Propose { thread: ThreadId, author: Wallet, hash: ContentHash, stake: u64 },
    /// Votes, which may decide.
    Vote { thread: ThreadId, hash: ContentHash, voter: Wallet, approve: bool },
    /// Decides what the votes decide since someone left.
    Settle { thread: ThreadId, hash: ContentHash, by: Wallet },
    /// Ends a proposal whose time is over.
    Expire { thread: ThreadId, hash: ContentHash, by: Wallet },
    /// Takes a proposal back.
    Cancel { thread: ThreadId, hash: ContentHash },
    /// Takes out what is claimable.
    Claim { thread: ThreadId, wallet: Wallet },
    /// Leaves.
    Divest { thread: ThreadId, wallet: Wallet },
    /// Ends a thread.
    Archive { thread: ThreadId, wallet: Wallet },
    /// Changes the settings.
    Configure { authority: Wallet, min_stake: u64, ttl: i64, cooldown: i64, keep: u64 },
    /// Invites a successor, or takes the invitation back.
    Invite { authority: Wallet, pending: Option<Wallet> },
    /// The successor accepts.
    Accept { authority: Wallet },
    /// Stops or resumes.
    Pause { authority: Wallet, paused: bool },
    /// Posts a root.
    Anchor { authority: Wallet, root: Hash32 },
    /// Takes tokens out of the treasury.
    Withdraw { authority: Wallet, part: u64 },
    /// Says something that this software cannot read.
    Strange(Vec<u8>),
    /// Touches the program without any event.
    Nothing,
}

const WALLETS: u8 = 9;
/// Threads are few, so that much happens in each.
const THREADS: usize = 5;

/// Draws an act that fits the state, if there is one of the kind that comes up.
pub fn draw(life: &Life, at: Moment, rng: &mut StdRng) -> Act {
    if life.config().is_none() {
        return Act::Initialize;
    }
    (0..8).find_map(|_| attempt(life, at, rng)).unwrap_or(Act::Nothing)
}

fn attempt(life: &Life, at: Moment, rng: &mut StdRng) -> Option<Act> {
    let Config { authority, paused, .. } = *life.config()?;
    if paused && rng.random_ratio(1, 4) {
        return Some(Act::Pause { authority, paused: false });
    }
    match rng.random_range(0..100_u8) {
        0..7 => begin(life, rng),
        7..30 => write(life, rng),
        30..62 => vote(life, rng),
        62..72 => end(life, at, rng),
        72..86 => take_out(life, rng),
        86..94 => govern(life, rng),
        94..97 => Some(Act::Strange((0..rng.random_range(9..60)).map(|_| rng.random()).collect())),
        _ => Some(Act::Nothing),
    }
}

fn anyone(rng: &mut StdRng) -> Wallet {
    Wallet([rng.random_range(1..=WALLETS); 32])
}

fn begin(life: &Life, rng: &mut StdRng) -> Option<Act> {
    let bps = *[10_000, 10_000, 5_000, 6_667, 1].choose(rng)?;
    let create = Act::Create { thread: ThreadId(rng.random()), creator: anyone(rng), bps };
    (life.threads().count() < THREADS).then_some(create)
}

/// One that takes part, mostly.
fn some_thread(life: &Life, rng: &mut StdRng) -> Option<ThreadId> {
    let any = rng.random_ratio(1, 12);
    let active = |thread: &ThreadId| life.thread(*thread).is_some_and(|t| t.status == ThreadStatus::Active);
    let threads = life.threads().filter(|thread| any || active(thread));
    threads.collect::<Vec<_>>().choose(rng).copied()
}

/// A co-author, mostly; anyone else is refused, and the transaction fails.
fn some_member(life: &Life, thread: ThreadId, rng: &mut StdRng) -> Option<Wallet> {
    if rng.random_ratio(1, 20) {
        return Some(anyone(rng));
    }
    life.members(thread).map(|member| member.wallet).collect::<Vec<_>>().choose(rng).copied()
}

fn some_proposal<'a>(life: &'a Life, rng: &mut StdRng) -> Option<&'a Proposal> {
    let thread = some_thread(life, rng)?;
    let open = life.proposals(thread).filter(|proposal| proposal.status == ProposalStatus::Pending);
    open.collect::<Vec<_>>().choose(rng).copied()
}

/// New content, or now and then one that was turned down before.
fn content(life: &Life, thread: ThreadId, rng: &mut StdRng) -> ContentHash {
    let old = life.proposals(thread).filter(|proposal| proposal.status != ProposalStatus::Pending);
    let old: Vec<_> = old.map(|proposal| proposal.hash).collect();
    match old.choose(rng) {
        Some(hash) if rng.random_ratio(1, 4) => *hash,
        _ => Hash32(rng.random()),
    }
}

fn write(life: &Life, rng: &mut StdRng) -> Option<Act> {
    let thread = some_thread(life, rng)?;
    let hash = content(life, thread, rng);
    if rng.random() {
        return Some(Act::Publish { thread, author: some_member(life, thread, rng)?, hash });
    }
    let stake = life.config()?.min_stake.0 + rng.random_range(0..50);
    let mut author = anyone(rng);
    if life.member(thread, author).is_some() {
        author = anyone(rng);
    }
    Some(Act::Propose { thread, author, hash, stake })
}

fn vote(life: &Life, rng: &mut StdRng) -> Option<Act> {
    let Proposal { thread, hash, ref votes, .. } = *some_proposal(life, rng)?;
    let silent = life.members(thread).filter(|member| votes.iter().all(|vote| vote.member != member.number));
    let voter = silent.map(|member| member.wallet).collect::<Vec<_>>().choose(rng).copied();
    Some(Act::Vote { thread, hash, voter: voter?, approve: rng.random_ratio(2, 3) })
}

fn end(life: &Life, at: Moment, rng: &mut StdRng) -> Option<Act> {
    let over = life.threads().flat_map(|thread| life.proposals(thread));
    let over =
        over.filter(|proposal| proposal.status == ProposalStatus::Pending && proposal.expires_at <= at.time);
    if let Some(Proposal { thread, hash, .. }) = over.collect::<Vec<_>>().choose(rng) {
        return Some(Act::Expire { thread: *thread, hash: *hash, by: anyone(rng) });
    }
    let Proposal { thread, hash, ref votes, .. } = *some_proposal(life, rng)?;
    match () {
        () if votes.is_empty() => Some(Act::Cancel { thread, hash }),
        () if rng.random_ratio(1, 3) => Some(Act::Settle { thread, hash, by: anyone(rng) }),
        () => None,
    }
}

fn take_out(life: &Life, rng: &mut StdRng) -> Option<Act> {
    let thread = some_thread(life, rng)?;
    let rich = life.members(thread).filter(|member| member.claimable.0 > 0);
    let rich: Vec<_> = rich.map(|member| member.wallet).collect();
    let wallet = some_member(life, thread, rng)?;
    match (rich.choose(rng), rng.random_range(0..10_u8)) {
        (Some(wallet), 0..6) => Some(Act::Claim { thread, wallet: *wallet }),
        (_, 6..9) if life.members(thread).count() > 1 => Some(Act::Divest { thread, wallet }),
        (_, 9) if rng.random_ratio(1, 3) => Some(Act::Archive { thread, wallet }),
        (_, 8) if rng.random_ratio(1, 3) => Some(Act::Divest { thread, wallet }),
        _ => None,
    }
}

fn govern(life: &Life, rng: &mut StdRng) -> Option<Act> {
    let config = life.config()?;
    let authority = config.authority;
    Some(match rng.random_range(0..12_u8) {
        0..2 => configure(authority, rng),
        2 => Act::Invite { authority, pending: rng.random::<bool>().then(|| anyone(rng)) },
        3..5 => Act::Accept { authority: config.pending_authority? },
        5 => Act::Pause { authority, paused: true },
        6..9 => Act::Anchor { authority: config.anchor_authority, root: Hash32(rng.random()) },
        _ => Act::Withdraw { authority, part: rng.random_range(1..4) },
    })
}

fn configure(authority: Wallet, rng: &mut StdRng) -> Act {
    Act::Configure {
        authority,
        min_stake: rng.random_range(0..40),
        ttl: rng.random_range(2..30),
        cooldown: rng.random_range(0..6),
        keep: rng.random_range(0..20),
    }
}
