//! What the accounts of a [`Model`] are, byte by byte, as `docs/program.md` describes them: every field of every
//! account, those for later included.

use super::model::{Config, Message, Model, Proposal, Seat, Thread};
use super::names::{self, Derived, FIXED, wallet};
use super::step::{Content, ThreadNo};
use chorale_domain::id::sha256;

/// Decimal places of the token.
pub const DECIMALS: u8 = 6;
/// State roots that are kept.
pub const KEPT_ROOTS: usize = 32;
/// Bytes of the accounts.
pub const CONFIG: usize = 328;
pub const TREASURY: usize = 72;
pub const ROOTS: usize = 1_292;
pub const THREAD: usize = 2_495;
pub const PROPOSAL: usize = 322;
pub const MESSAGE: usize = 122;
pub const TOKEN_ACCOUNT: usize = 165;

const SEATS: usize = 32;
const PEAKS: usize = 20;
const NOBODY: u32 = u32::MAX;

/// Lamports that keep an account of so many bytes.
pub fn rent(bytes: usize) -> u64 {
    (128 + bytes as u64) * 6_960
}

/// The bytes an account should have, with the names of its fields.
pub struct Layout {
    bytes: Vec<u8>,
    /// Name, index within an array, and where it begins.
    fields: Vec<(&'static str, Option<usize>, usize)>,
}

impl Layout {
    fn of(account: &str, size: usize) -> Self {
        let mut layout = Self { bytes: Vec::with_capacity(size), fields: Vec::with_capacity(64) };
        let discriminator = sha256(&[b"account:", account.as_bytes()]);
        layout.put("discriminator", &discriminator[..8]).put("version", &[1]);
        layout
    }

    fn put(&mut self, field: &'static str, bytes: &[u8]) -> &mut Self {
        self.add(field, None, bytes)
    }

    fn put_nth(&mut self, field: &'static str, index: usize, bytes: &[u8]) -> &mut Self {
        self.add(field, Some(index), bytes)
    }

    fn add(&mut self, field: &'static str, index: Option<usize>, bytes: &[u8]) -> &mut Self {
        self.fields.push((field, index, self.bytes.len()));
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn number(&mut self, field: &'static str, number: u64) -> &mut Self {
        self.put(field, &number.to_le_bytes())
    }

    fn time(&mut self, field: &'static str, time: i64) -> &mut Self {
        self.put(field, &time.to_le_bytes())
    }

    /// Bytes of the account.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The fields in which an account differs, `None` where it does not.
    pub fn difference(&self, account: &[u8]) -> Option<String> {
        if self.bytes == account {
            return None;
        }
        if self.bytes.len() != account.len() {
            return Some(format!("{} bytes, expected {}", account.len(), self.bytes.len()));
        }
        let ends = self.fields.iter().skip(1).map(|field| field.2).chain([self.bytes.len()]);
        let differences = self.fields.iter().zip(ends).filter_map(|(&(name, index, begin), end)| {
            let (expected, found) = (&self.bytes[begin..end], &account[begin..end]);
            let index = index.map_or(String::new(), |index| format!("[{index}]"));
            (expected != found)
                .then(|| format!("{name}{index} is {}, expected {}", text(found), text(expected)))
        });
        Some(differences.collect::<Vec<_>>().join("; "))
    }
}

/// Short fields as numbers, others in hex.
fn text(bytes: &[u8]) -> String {
    if bytes.len() > 8 {
        return bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    }
    let number = bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number.to_string()
}

pub fn config(config: &Config) -> Layout {
    let (settings, deployment) = (config.settings, names::deployment());
    let mut layout = Layout::of("Config", CONFIG);
    layout
        .put("authority", &wallet(config.authority).0)
        .put("pending_authority", &config.pending.map_or([0; 32], |who| wallet(who).0))
        .put("anchor_authority", &wallet(config.anchor).0)
        .put("mint", deployment.mint.as_ref())
        .put("token_program", deployment.token_program.as_ref())
        .number("min_stake", settings.min_stake)
        .time("proposal_ttl", settings.proposal_ttl)
        .time("divest_cooldown", settings.divest_cooldown)
        .number("min_thread_balance", settings.min_thread_balance)
        .put("paused", &[u8::from(config.paused)])
        .put("decimals", &[DECIMALS])
        .put("bump", &[FIXED.config.bump])
        .put("vault_bump", &[FIXED.vault.bump])
        .put("reserved", &[0; 123]);
    layout
}

pub fn treasury(model: &Model) -> Layout {
    let mut layout = Layout::of("Treasury", TREASURY);
    // There are no more tokens than eight bytes can count.
    layout.number("balance", model.treasury).put("held", &model.owed().to_le_bytes()[..8]);
    layout.put("bump", &[FIXED.treasury.bump]).put("reserved", &[0; 46]);
    layout
}

pub fn roots(model: &Model) -> Layout {
    let all = &model.roots;
    let mut layout = Layout::of("Roots", ROOTS);
    layout.put("count", &small(all.len().min(KEPT_ROOTS)).to_le_bytes());
    layout.put("next", &small(all.len() % KEPT_ROOTS).to_le_bytes()).put("bump", &[FIXED.roots.bump]);
    for place in 0..KEPT_ROOTS {
        // The newest of those whose turn it was to stand here.
        let newest = all.iter().enumerate().rev().find(|(turn, _)| turn % KEPT_ROOTS == place);
        let (slot, root) = newest.map_or((0, 0), |(_, root)| *root);
        layout.put_nth("ring.slot", place, &slot.to_le_bytes());
        layout.put_nth("ring.root", place, &names::hash(root).0);
    }
    layout
}

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("at most 32")
}

pub fn thread(model: &Model, number: ThreadNo, thread: &Thread) -> Layout {
    let open = u32::try_from(model.open(number).count()).expect("few proposals");
    let escrow: u64 = model.open(number).map(|(_, proposal)| proposal.stake).sum();
    let mut layout = Layout::of("Thread", THREAD);
    layout
        .put("id", &names::thread_id(number).0)
        .put("creator", &wallet(thread.creator).0)
        .number("token_balance", thread.balance)
        .number("escrow", escrow)
        .number("log_count", thread.leaves.len() as u64);
    for peak in 0..PEAKS {
        layout.put_nth("log_peaks", peak, thread.peaks.get(peak).unwrap_or(&[0; 32]));
    }
    layout
        .time("created_at", thread.created_at)
        .time("updated_at", thread.updated_at)
        .put("next_member", &thread.next_member.to_le_bytes())
        .put("open_proposals", &open.to_le_bytes())
        .put("approval_bps", &thread.bps.to_le_bytes())
        .put("status", &[1 + u8::from(thread.archived)])
        .put("bump", &[names::thread(number).bump]);
    seats(&mut layout, thread);
    layout.put("reserved", &[0; 64]);
    layout
}

fn seats(layout: &mut Layout, thread: &Thread) {
    let used = thread.seats.keys().next_back().map_or(0, |last| last + 1);
    layout.put("seats.count", &[small(thread.seats.len())]).put("seats.used", &[small(used)]);
    for place in 0..SEATS {
        let free = Seat { who: 0, number: if place < used { NOBODY } else { 0 }, joined_at: 0, claimable: 0 };
        let taken = thread.seats.get(&place);
        let seat = taken.unwrap_or(&free);
        layout
            .put_nth("seat.wallet", place, &taken.map_or([0; 32], |seat| wallet(seat.who).0))
            .put_nth("seat.claimable", place, &seat.claimable.to_le_bytes())
            .put_nth("seat.joined_at", place, &seat.joined_at.to_le_bytes())
            .put_nth("seat.number", place, &seat.number.to_le_bytes());
    }
}

pub fn proposal(at: Content, proposal: &Proposal, place: Derived) -> Layout {
    let mut layout = Layout::of("Proposal", PROPOSAL);
    layout
        .put("thread", names::thread(at.thread).address.as_ref())
        .put("author", &wallet(proposal.author).0)
        .put("hash", &names::hash(at.hash).0)
        .number("stake", proposal.stake)
        .time("created_at", proposal.created_at)
        .time("expires_at", proposal.expires_at)
        .put("bump", &[place.bump]);
    for seat in 0..SEATS {
        let vote = proposal.by_seat.get(&seat);
        let choice = vote.map_or(0, |(_, approve)| 1 + u8::from(*approve));
        let member = vote.map_or(0, |(number, _)| *number);
        layout.put_nth("vote.member", seat, &member.to_le_bytes()).put_nth("vote.choice", seat, &[choice]);
    }
    layout.put("reserved", &[0; 32]);
    layout
}

pub fn message(at: Content, message: &Message, place: Derived) -> Layout {
    let mut layout = Layout::of("Message", MESSAGE);
    layout
        .put("thread", names::thread(at.thread).address.as_ref())
        .put("author", &wallet(message.author).0)
        .put("hash", &names::hash(at.hash).0)
        .number("sequence", message.sequence)
        .time("approved_at", message.approved_at)
        .put("bump", &[place.bump]);
    layout
}
