//! How many are in each room at the other backends. It may be lost, and a moment late: nobody decides by it.

use super::link::Link;
use chorale_wire::socket::Room;
use redis::cmd;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often what changed here is told, and what others tell is heard.
const EVERY: Duration = Duration::from_secs(1);
/// Turns after which it is told anew although nothing changed.
const ANEW: u32 = 3;
/// Seconds after which a backend that tells nothing is taken to be gone.
const TTL: u64 = 10;

/// People in rooms.
type Heads = HashMap<Room, u32>;

/// The counts of this backend for others, and those of others for this one.
pub(crate) struct Headcounts {
    link: Arc<Link>,
    /// Names this backend among the others.
    backend: String,
    heads: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    here: Heads,
    elsewhere: Heads,
    /// Whether something changed here since it was told.
    untold: bool,
}

impl Headcounts {
    /// `backend` is a name that no other backend has.
    pub(crate) fn new(link: Arc<Link>, backend: String) -> Self {
        Self { link, backend, heads: Mutex::default() }
    }

    /// So many are in a room here now.
    pub(crate) fn set(&self, room: Room, heads: u32) {
        let mut known = self.heads();
        let before = if heads == 0 { known.here.remove(&room) } else { known.here.insert(room, heads) };
        known.untold |= before.unwrap_or(0) != heads;
    }

    /// So many are in a room at other backends, as far as those told lately.
    pub(crate) fn elsewhere(&self, room: Room) -> u32 {
        self.heads().elsewhere.get(&room).copied().unwrap_or(0)
    }

    /// Tells and hears until the backend closes, and then says goodbye.
    pub(crate) async fn run(&self, closing: &CancellationToken) {
        let mut turns = interval(EVERY);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut since = ANEW;
        while closing.run_until_cancelled(turns.tick()).await.is_some() {
            since += 1;
            if self.take_untold() || since >= ANEW {
                self.tell().await;
                since = 0;
            }
            let elsewhere = self.hear().await.unwrap_or_default();
            self.heads().elsewhere = elsewhere;
        }
        let _: Option<()> = self.link.ask(cmd("DEL").arg(self.name(&self.backend))).await;
    }

    async fn tell(&self) {
        let here = self.heads().here.clone();
        let Ok(text) = serde_json::to_string(&here) else { return };
        let _: Option<()> =
            self.link.ask(cmd("SET").arg(self.name(&self.backend)).arg(text).arg("EX").arg(TTL)).await;
        let _: Option<()> = self.link.ask(cmd("SADD").arg(self.backends()).arg(&self.backend)).await;
    }

    /// What all others tell, put together.
    async fn hear(&self) -> Option<Heads> {
        let mut backends: Vec<String> = self.link.ask(cmd("SMEMBERS").arg(self.backends())).await?;
        backends.retain(|backend| *backend != self.backend);
        let mut heads = Heads::new();
        for backend in backends {
            match self.link.ask::<Option<String>>(cmd("GET").arg(self.name(&backend))).await? {
                Some(text) => add(&mut heads, &text),
                None => {
                    let _: Option<()> = self.link.ask(cmd("SREM").arg(self.backends()).arg(&backend)).await;
                }
            }
        }
        Some(heads)
    }

    fn take_untold(&self) -> bool {
        std::mem::take(&mut self.heads().untold)
    }

    fn backends(&self) -> String {
        self.link.name("backends")
    }

    fn name(&self, backend: &str) -> String {
        self.link.name(&format!("heads:{backend}"))
    }

    /// A panic elsewhere cannot leave it half written.
    fn heads(&self) -> MutexGuard<'_, Known> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nonsense counts nobody.
fn add(heads: &mut Heads, text: &str) {
    for (room, more) in serde_json::from_str::<Heads>(text).unwrap_or_default() {
        let known = heads.entry(room).or_default();
        *known = known.saturating_add(more);
    }
}
