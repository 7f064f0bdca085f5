//! What one sender does, over and over: a thread in which someone joins, leaves, and is turned down.

use chorale::build::{self, Deployment};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Hash32, ThreadId, Wallet, sha256};
use chorale_domain::rule::UNANIMOUS_BPS;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::sync::Arc;

/// Base units; a deployment of `chorale chain` takes no less.
const STAKE: u64 = 1_000_000;
/// Steps in the life of a thread.
const STEPS: usize = 12;

/// An instruction, who signs it, and how many events it will emit.
pub struct Step {
    pub instruction: Instruction,
    pub signer: Arc<Keypair>,
    pub events: usize,
}

/// An endless sequence of lawful instructions.
pub struct Script {
    next: usize,
    deployment: Deployment,
    ada: Arc<Keypair>,
    ben: Arc<Keypair>,
}

impl Script {
    pub fn new(deployment: Deployment, ada: Keypair, ben: Keypair) -> Self {
        Self { next: 0, deployment, ada: Arc::new(ada), ben: Arc::new(ben) }
    }

    fn hash(&self, name: &str, n: usize) -> Hash32 {
        Hash32(sha256(&[format!("{} {name} {n}", self.ada.pubkey()).as_bytes()]))
    }

    /// No two threads, and no two messages, of all senders are the same.
    fn thread(&self) -> ThreadId {
        ThreadId(self.hash("thread", self.next / STEPS).0)
    }

    fn text(&self, back: usize) -> ContentHash {
        self.hash("text", self.next - back)
    }

    fn instruction(&self, step: usize) -> Instruction {
        let (ada, ben) = (wallet(&self.ada), wallet(&self.ben));
        let (thread, deployment, text) = (self.thread(), &self.deployment, |back| self.text(back));
        match step {
            0 => build::create_thread(ada, thread, UNANIMOUS_BPS),
            2 | 9 => build::propose(deployment, ben, thread, text(0), STAKE, 0),
            3 => build::vote(ada, thread, text(1), ben, STAKE, true),
            5 => build::publish(ben, thread, text(0)),
            7 => build::claim(deployment, ada, thread),
            8 => build::divest(deployment, ben, thread, 0),
            10 => build::vote(ada, thread, text(1), ben, STAKE, false),
            _ => build::publish(ada, thread, text(0)),
        }
    }
}

impl Iterator for Script {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let step = self.next % STEPS;
        let instruction = self.instruction(step);
        let signer = if matches!(step, 2 | 5 | 8 | 9) { &self.ben } else { &self.ada };
        // A vote that decides is followed by the decision.
        let events = if matches!(step, 3 | 10) { 2 } else { 1 };
        self.next += 1;
        Some(Step { instruction, signer: Arc::clone(signer), events })
    }
}

fn wallet(keypair: &Keypair) -> Wallet {
    Wallet(keypair.pubkey().to_bytes())
}
