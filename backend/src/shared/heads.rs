//! Who is in which room at the other backends. It may be lost, and a moment late: nobody decides by it.
//!
//! Each backend keeps a hash of its own in Redis, of the rooms with someone in them, and reads in those of the others
//! the rooms that it has itself. What one that is gone had written expires.

use super::link::Link;
use chorale_domain::id::Wallet;
use chorale_wire::socket::Room;
use redis::{Cmd, cmd};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often what changed here is told, and what others tell is heard.
const EVERY: Duration = Duration::from_secs(1);
/// Turns after which everything is told anew: Redis may have lost it.
const ANEW: u32 = 3;
/// Seconds after which a backend that tells nothing is taken to be gone.
const TTL: u64 = 10;

/// Who is in a room somewhere.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Crowd {
    /// Connections.
    pub(crate) clients: usize,
    /// Whose they are, each once; not all of them where there are many.
    pub(crate) wallets: BTreeSet<Wallet>,
}

/// The crowds of this backend for others, and those of others for this one.
pub(crate) struct Heads {
    link: Arc<Link>,
    /// Names this backend among the others.
    backend: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    here: HashMap<Room, Crowd>,
    /// Rooms that changed here since it was told.
    untold: HashSet<Room>,
    elsewhere: HashMap<Room, Crowd>,
    /// Rooms that changed elsewhere since it was asked.
    changed: HashSet<Room>,
}

impl Heads {
    /// `backend` is a name that no other backend has.
    pub(crate) fn new(link: Arc<Link>, backend: String) -> Self {
        Self { link, backend, known: Mutex::default() }
    }

    /// These are in a room here now.
    pub(crate) fn set(&self, room: Room, crowd: Crowd) {
        let mut known = self.known();
        let empty = crowd.clients == 0;
        let before = if empty { known.here.remove(&room) } else { known.here.insert(room, crowd) };
        if before.as_ref() != known.here.get(&room) {
            known.untold.insert(room);
        }
    }

    /// These are in a room at other backends, as far as those told lately.
    pub(crate) fn elsewhere(&self, room: Room) -> Crowd {
        self.known().elsewhere.get(&room).cloned().unwrap_or_default()
    }

    /// The rooms in which others are than when this was asked last.
    pub(crate) fn changed(&self) -> HashSet<Room> {
        std::mem::take(&mut self.known().changed)
    }

    /// Tells and hears until the backend closes, and then says goodbye.
    pub(crate) async fn run(&self, closing: &CancellationToken) {
        let (mut turns, mut turn) = (interval(EVERY), 0_u32);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while closing.run_until_cancelled(turns.tick()).await.is_some() {
            self.tell(turn.is_multiple_of(ANEW)).await;
            let elsewhere = self.hear().await.unwrap_or_default();
            self.known().hear(elsewhere);
            turn = turn.wrapping_add(1);
        }
        let _: Option<()> = self.link.ask(cmd("DEL").arg(self.name(&self.backend))).await;
    }

    /// What cannot be told now is told the next time.
    async fn tell(&self, anew: bool) {
        let told = self.known().take_untold(anew);
        for command in self.telling(&told) {
            if self.link.ask::<()>(&command).await.is_none() {
                self.known().untold.extend(told);
                return;
            }
        }
    }

    fn telling(&self, rooms: &HashSet<Room>) -> Vec<Cmd> {
        let (name, known) = (self.name(&self.backend), self.known());
        let mut commands = Vec::new();
        let crowd =
            |room: &Room| Some((room.to_string(), serde_json::to_string(known.here.get(room)?).ok()?));
        let there: Vec<_> = rooms.iter().filter_map(crowd).collect();
        if !there.is_empty() {
            commands.push(cmd("HSET").arg(&name).arg(there).take());
        }
        let gone: Vec<_> =
            rooms.iter().filter(|room| !known.here.contains_key(room)).map(Room::to_string).collect();
        if !gone.is_empty() {
            commands.push(cmd("HDEL").arg(&name).arg(gone).take());
        }
        commands.push(cmd("EXPIRE").arg(&name).arg(TTL).take());
        commands.push(cmd("SADD").arg(self.backends()).arg(&self.backend).take());
        commands
    }

    /// What all others tell of the rooms that are open here, put together; `None` where Redis does not answer.
    async fn hear(&self) -> Option<HashMap<Room, Crowd>> {
        let rooms: Vec<Room> = self.known().here.keys().copied().collect();
        let mut backends: Vec<String> = self.link.ask(cmd("SMEMBERS").arg(self.backends())).await?;
        backends.retain(|backend| *backend != self.backend);
        let mut crowds = HashMap::<_, Crowd>::new();
        for backend in backends {
            let name = self.name(&backend);
            if !self.link.ask::<bool>(cmd("EXISTS").arg(&name)).await? {
                let _: Option<()> = self.link.ask(cmd("SREM").arg(self.backends()).arg(&backend)).await;
            } else if !rooms.is_empty() {
                let names: Vec<_> = rooms.iter().map(Room::to_string).collect();
                let told: Vec<Option<String>> = self.link.ask(cmd("HMGET").arg(name).arg(names)).await?;
                rooms.iter().zip(told).for_each(|(room, told)| add(crowds.entry(*room).or_default(), told));
            }
        }
        Some(crowds)
    }

    fn backends(&self) -> String {
        self.link.name("backends")
    }

    fn name(&self, backend: &str) -> String {
        self.link.name(&format!("heads:{backend}"))
    }

    /// A panic elsewhere cannot leave it half written.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The rooms that others do not know of yet; all of them where they may have lost it.
    fn take_untold(&mut self, anew: bool) -> HashSet<Room> {
        let mut untold = std::mem::take(&mut self.untold);
        if anew {
            untold.extend(self.here.keys());
        }
        untold
    }

    fn hear(&mut self, elsewhere: HashMap<Room, Crowd>) {
        let before = std::mem::replace(&mut self.elsewhere, elsewhere);
        let rooms: HashSet<Room> = before.keys().chain(self.elsewhere.keys()).copied().collect();
        let differs = |room: &Room| {
            let is_empty = |crowd: Option<&Crowd>| crowd.is_none_or(|crowd| *crowd == Crowd::default());
            let (before, now) = (before.get(room), self.elsewhere.get(room));
            before != now && !(is_empty(before) && is_empty(now))
        };
        self.changed.extend(rooms.into_iter().filter(differs));
    }
}

/// Nonsense counts nobody.
fn add(crowd: &mut Crowd, told: Option<String>) {
    let told = told.and_then(|text| serde_json::from_str::<Crowd>(&text).ok()).unwrap_or_default();
    crowd.clients = crowd.clients.saturating_add(told.clients);
    crowd.wallets.extend(told.wallets);
}
