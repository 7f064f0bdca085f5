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
/// Rooms that are told, or asked about, at once: an answer that takes too long counts as Redis being away.
const AT_ONCE: usize = 500;

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
        let untold = self.known().take_untold(anew);
        if self.tell_of(&untold).await.is_none() {
            self.known().untold.extend(untold);
        }
    }

    async fn tell_of(&self, rooms: &[Room]) -> Option<()> {
        let name = self.name(&self.backend);
        for rooms in rooms.chunks(AT_ONCE) {
            // Serialized once nobody has to wait for it.
            let crowds = self.known().crowds(rooms);
            for command in telling(&name, &crowds) {
                self.link.ask::<()>(&command).await?;
            }
        }
        self.link.ask::<()>(&expiring(&name)).await?;
        self.link.ask(cmd("SADD").arg(self.backends()).arg(&self.backend)).await
    }

    /// What all others tell of the rooms that are open here, put together; `None` where Redis does not answer.
    async fn hear(&self) -> Option<HashMap<Room, Crowd>> {
        let rooms: Vec<Room> = self.known().here.keys().copied().collect();
        let mut backends: Vec<String> = self.link.ask(cmd("SMEMBERS").arg(self.backends())).await?;
        backends.retain(|backend| *backend != self.backend);
        let mut crowds = HashMap::<_, Crowd>::new();
        for backend in backends {
            let name = self.name(&backend);
            if self.link.ask::<bool>(cmd("EXISTS").arg(&name)).await? {
                self.hear_of(&name, &rooms, &mut crowds).await?;
            } else {
                let _: Option<()> = self.link.ask(cmd("SREM").arg(self.backends()).arg(&backend)).await;
            }
        }
        Some(crowds)
    }

    /// Adds what another backend tells.
    async fn hear_of(&self, name: &str, rooms: &[Room], crowds: &mut HashMap<Room, Crowd>) -> Option<()> {
        for rooms in rooms.chunks(AT_ONCE) {
            let names: Vec<_> = rooms.iter().map(Room::to_string).collect();
            let told: Vec<Option<String>> = self.link.ask(cmd("HMGET").arg(name).arg(names)).await?;
            for (room, told) in rooms.iter().zip(told) {
                if let Some(told) = told {
                    add(crowds.entry(*room).or_default(), &told);
                }
            }
        }
        Some(())
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
    /// The rooms that others do not know of yet, each once; all of them where they may have lost it.
    fn take_untold(&mut self, anew: bool) -> Vec<Room> {
        let untold = std::mem::take(&mut self.untold).into_iter();
        if !anew {
            return untold.collect();
        }
        let gone = untold.filter(|room| !self.here.contains_key(room));
        self.here.keys().copied().chain(gone).collect()
    }

    /// Who is in these rooms here; nobody in those that are gone.
    fn crowds(&self, rooms: &[Room]) -> Vec<(Room, Option<Crowd>)> {
        rooms.iter().map(|room| (*room, self.here.get(room).cloned())).collect()
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

/// Tells who is in some rooms, and that what is told is to be forgotten once nobody tells it any more.
fn telling(name: &str, crowds: &[(Room, Option<Crowd>)]) -> Vec<Cmd> {
    let (mut there, mut gone) = (vec![], vec![]);
    for (room, crowd) in crowds {
        match crowd.as_ref().map(serde_json::to_string) {
            Some(Ok(crowd)) => there.push((room.to_string(), crowd)),
            // Numbers and a list always have JSON.
            Some(Err(_)) => {}
            None => gone.push(room.to_string()),
        }
    }
    let mut commands = vec![];
    if !there.is_empty() {
        commands.push(cmd("HSET").arg(name).arg(there).take());
    }
    if !gone.is_empty() {
        commands.push(cmd("HDEL").arg(name).arg(gone).take());
    }
    commands.push(expiring(name));
    commands
}

fn expiring(name: &str) -> Cmd {
    cmd("EXPIRE").arg(name).arg(TTL).take()
}

/// Nonsense counts nobody.
fn add(crowd: &mut Crowd, told: &str) {
    let told = serde_json::from_str::<Crowd>(told).unwrap_or_default();
    crowd.clients = crowd.clients.saturating_add(told.clients);
    crowd.wallets.extend(told.wallets);
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorale_domain::id::ThreadId;

    fn room(n: u8) -> Room {
        Room::Thread(ThreadId([n; 32]))
    }

    /// Somebody is in rooms 1 and 3; rooms 1 and 2 changed since it was told.
    fn known() -> Known {
        let here = HashMap::from([(room(1), Crowd::default()), (room(3), Crowd::default())]);
        let untold = HashSet::from([room(1), room(2)]);
        Known { here, untold, ..Known::default() }
    }

    #[test]
    fn what_is_told_is_what_changed_or_everything_and_who_is_gone_each_once() {
        for (anew, expected) in [(false, vec![room(1), room(2)]), (true, vec![room(1), room(2), room(3)])] {
            let mut known = known();
            let mut told = known.take_untold(anew);
            told.sort();
            assert_eq!((told, known.untold.len()), (expected, 0));
        }
    }

    #[test]
    fn who_is_there_is_set_who_is_gone_is_removed_and_both_expire() {
        let packed = |crowds: &[(Room, Option<Crowd>)]| -> Vec<Vec<u8>> {
            telling("heads", crowds).iter().map(Cmd::get_packed_command).collect()
        };
        let has = |commands: &[Vec<u8>], name: &str| {
            commands.iter().any(|command| command.windows(name.len()).any(|found| found == name.as_bytes()))
        };
        let commands = packed(&known().crowds(&[room(1), room(2)]));
        assert!(["HSET", "HDEL", "EXPIRE"].iter().all(|name| has(&commands, name)) && commands.len() == 3);
        assert_eq!(packed(&[]), [expiring("heads").get_packed_command()]);
    }
}
