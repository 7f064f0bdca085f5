//! Transactions that were prepared at one backend and are relayed at another.

use super::link::Link;
use chorale_domain::id::{Hash32, Signature, Wallet};
use redis::{Script, cmd};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What stands where the signature will be, while some backend sends the transaction.
const SENDING: &str = "sending";
/// How long sending may take, in seconds: longer than the RPC endpoint is waited for. After that the backend that
/// was sending is taken to be gone.
const SENDING_SECONDS: u64 = 15;
/// How often is looked whether another backend has sent it.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The signature, or that it is being sent; nothing where it is up to who asks to send it.
const CLAIM: &str = "local found = redis.call('GET', KEYS[1]) if found then return found end \
     redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) return false";

/// What is to be done about a transaction that is to be relayed.
pub(crate) enum Claim {
    /// Nobody else has sent it, or is sending it, as far as can be known.
    Ours,
    /// Another backend has sent it.
    Sent(Signature),
}

/// Transactions as all backends know them.
pub(crate) struct SharedTransactions {
    link: Arc<Link>,
    claim: Script,
    /// Seconds that they are remembered.
    ttl: u64,
}

impl SharedTransactions {
    pub(crate) fn new(link: Arc<Link>, ttl: Duration) -> Self {
        Self { link, claim: Script::new(CLAIM), ttl: ttl.as_secs() }
    }

    /// Lets every backend know that a transaction was prepared for `wallet`.
    pub(crate) async fn offer(&self, id: &Hash32, wallet: Wallet) {
        let mut set = cmd("SET");
        set.arg(self.prepared(id)).arg(wallet.to_string()).arg("EX").arg(self.ttl);
        // Where Redis is away it can be relayed here only.
        let _: Option<()> = self.link.ask(&set).await;
    }

    /// For whom a transaction was prepared at any backend.
    pub(crate) async fn offered(&self, id: &Hash32) -> Option<Wallet> {
        let text: Option<String> = self.link.ask(cmd("GET").arg(self.prepared(id))).await?;
        text?.parse().ok()
    }

    /// Takes the sending upon this backend, unless another one has sent it; waits for one that is sending.
    pub(crate) async fn claim(&self, id: &Hash32) -> Claim {
        let end = Instant::now() + Duration::from_secs(SENDING_SECONDS);
        while Instant::now() < end {
            let mut script = self.claim.key(self.relayed(id));
            let found: Option<Option<String>> = self.link.run(script.arg(SENDING).arg(SENDING_SECONDS)).await;
            match found.flatten() {
                Some(found) if found == SENDING => sleep(LOOK_EVERY).await,
                found => return found.and_then(|text| text.parse().ok()).map_or(Claim::Ours, Claim::Sent),
            }
        }
        Claim::Ours
    }

    /// Says what came of sending it: its signature, or that it is up to whoever tries again.
    pub(crate) async fn settle(&self, id: &Hash32, signature: Option<Signature>) {
        let name = self.relayed(id);
        let _: Option<()> = match signature {
            Some(signature) => {
                let text = signature.to_string();
                self.link.ask(cmd("SET").arg(name).arg(text).arg("EX").arg(self.ttl)).await
            }
            None => self.link.ask(cmd("DEL").arg(name)).await,
        };
    }

    fn prepared(&self, id: &Hash32) -> String {
        self.link.name(&format!("prepared:{id}"))
    }

    fn relayed(&self, id: &Hash32) -> String {
        self.link.name(&format!("relayed:{id}"))
    }
}
