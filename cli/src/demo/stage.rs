//! Where the story is played: the clients, what they sent, and when the others saw it.

use super::cast::Player;
use super::delay::{Delay, Delays};
use super::notices::Notices;
use super::output::Output;
use super::watch::Sighting;
use anyhow::{Context, Result, ensure};
use chorale_client::{Action, Client};
use chorale_domain::content::ContentHash;
use chorale_domain::event::ChainEvent;
use chorale_domain::id::{Signature, ThreadId};
use chorale_wire::http::Info;
use chorale_wire::socket::Room;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Instant;

/// The players, by place in the cast.
pub const ADA: usize = 0;
/// See [`ADA`].
pub const BEN: usize = 1;
/// See [`ADA`].
pub const CLEO: usize = 2;
/// See [`ADA`].
pub const DAN: usize = 3;
const NAMES: [&str; 4] = ["Ada", "Ben", "Cleo", "Dan"];

/// A transaction that the relay has taken.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    player: usize,
    room: Room,
    kind: &'static str,
    signature: Signature,
    /// When the sender began to send.
    at: Instant,
}

/// The clients and what they measured.
pub struct Stage {
    /// A client without a wallet.
    pub client: Client,
    /// What the backend said of itself at the start.
    pub info: Info,
    /// Everyone who plays.
    pub players: Vec<Player>,
    /// Draws thread ids and salts.
    pub random: StdRng,
    /// Every measurement.
    pub delays: Delays,
    /// The threads begun, in order.
    pub threads: Vec<ThreadId>,
    sent: Vec<Sent>,
    notices: Notices,
}

impl Stage {
    /// Reaches the backend at `url` and brings in the players, whose wallets follow from `seed`.
    ///
    /// # Errors
    /// If the backend cannot be reached or does not fund wallets.
    pub async fn open(url: &str, seed: [u8; 32]) -> Result<Self> {
        let client = Client::new(url)?;
        let info = client.info().await?;
        ensure!(info.config.is_some(), "the backend has not seen its deployment yet: does the indexer run?");
        let mut random = StdRng::from_seed(seed);
        let mut players = Vec::new();
        for name in NAMES {
            players.push(Player::join(&client, name, &mut random).await?);
        }
        let notices = Notices::open(&info.ws_url, info.program).await?;
        let (delays, threads, sent) = Default::default();
        Ok(Self { client, info, players, random, delays, threads, sent, notices })
    }

    /// Transactions sent so far.
    #[must_use]
    pub fn transactions(&self) -> usize {
        self.sent.len()
    }

    /// Uploads a text as `player`'s.
    ///
    /// # Errors
    /// If the backend refuses it.
    pub async fn upload(&mut self, player: usize, thread: ThreadId, body: &str) -> Result<ContentHash> {
        let me = &self.players[player].me;
        Ok(me.upload(thread, body, &mut self.random).await?)
    }

    /// Sends a transaction without waiting for its event, which will be of `kind`.
    ///
    /// # Errors
    /// If backend or chain refuse it.
    pub async fn send(&mut self, player: usize, action: &Action, kind: &'static str) -> Result<Sent> {
        let Player { name, me, .. } = &self.players[player];
        let words = || format!("{name} cannot do this: {action:?}");
        let signed = me.sign(action).await.with_context(words)?;
        let at = Instant::now();
        me.relay(&signed).await.with_context(words)?;
        let signature = signed.signature;
        let room = match action {
            Action::CreateThread { .. } => Room::Lobby,
            action => action.thread().map_or(Room::Lobby, Room::Thread),
        };
        let sent = Sent { player, room, kind, signature, at };
        self.sent.push(sent);
        Ok(sent)
    }

    /// Waits until a transaction's event is in every client's state, and measures the others' delays.
    ///
    /// # Errors
    /// If the event does not come.
    pub async fn arrival(&mut self, sent: &Sent) -> Result<(ChainEvent, Vec<(&'static str, Delay)>)> {
        let confirmed = self.notices.confirmed(sent.signature).await?;
        let mut delays = Vec::new();
        let mut event = None;
        for (index, player) in self.players.iter().enumerate() {
            let sighting = player
                .watch
                .sighting(sent.room, sent.signature, sent.kind)
                .await
                .with_context(|| format!("{} waits", player.name))?;
            if index != sent.player {
                let from_sending = milliseconds(sent.at, sighting.at);
                let from_confirmation = milliseconds(confirmed, sighting.at);
                delays.push((player.name, Delay { from_sending, from_confirmation }));
            }
            event = Some(sighting.event);
        }
        for (_, delay) in &delays {
            self.delays.note(sent.kind, *delay);
        }
        Ok((event.context("nobody plays")?, delays))
    }

    /// Sends, waits, and shows: slot, signature, and each other client's delay.
    ///
    /// # Errors
    /// If it is refused, or its event does not come.
    pub async fn play(
        &mut self,
        out: &mut impl Output,
        player: usize,
        (action, kind): (Action, &'static str),
        words: &str,
    ) -> Result<ChainEvent> {
        let sent = self.send(player, &action, kind).await?;
        let (event, delays) = self.arrival(&sent).await?;
        let name = self.players[player].name;
        out.line(&step_line(&format!("{name} {words}"), &event, &delays));
        Ok(event)
    }

    /// Begins a thread, and has every client follow it.
    ///
    /// # Errors
    /// As [`play`](Self::play).
    pub async fn begin_thread(
        &mut self,
        out: &mut impl Output,
        player: usize,
        title: &str,
    ) -> Result<ThreadId> {
        let thread = ThreadId(self.random.random());
        let action = Action::CreateThread { thread, approval_bps: chorale_domain::rule::UNANIMOUS_BPS };
        let words = format!("begins a thread for {}", quoted(title));
        self.play(out, player, (action, "thread_created"), &words).await?;
        for player in &self.players {
            player.watch.enter(Room::Thread(thread)).await?;
        }
        self.threads.push(thread);
        Ok(thread)
    }

    /// Waits until what changed in the lobby too has come to every client there as well.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn settle(&self) -> Result<()> {
        for sent in &self.sent {
            for player in &self.players {
                let watch = &player.watch;
                let Sighting { in_lobby, .. } = watch.sighting(sent.room, sent.signature, sent.kind).await?;
                if in_lobby {
                    watch.sighting(Room::Lobby, sent.signature, sent.kind).await?;
                }
            }
        }
        Ok(())
    }
}

/// A title in quotation marks, cut where it would not fit a step's line.
#[must_use]
pub fn quoted(title: &str) -> String {
    const WIDTH: usize = 32;
    match title.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("\"{}…\"", &title[..end]),
        None => format!("\"{title}\""),
    }
}

/// From one moment to another; negative where the second came first.
fn milliseconds(from: Instant, to: Instant) -> f64 {
    let after = to.saturating_duration_since(from).as_secs_f64();
    let before = from.saturating_duration_since(to).as_secs_f64();
    (after - before) * 1000.0
}

fn step_line(words: &str, event: &ChainEvent, delays: &[(&'static str, Delay)]) -> String {
    let signature = event.id.signature.to_string();
    let (head, tail) = (&signature[..4], &signature[signature.len() - 4..]);
    let delays: Vec<_> =
        delays.iter().map(|(name, delay)| format!("{name} {:.1} ms", delay.from_sending)).collect();
    format!("{words:<58} slot {:<5} {head}…{tail}  {}", event.slot, delays.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn long_titles_are_cut_between_characters() {
        assert_eq!(quoted("short"), "\"short\"");
        assert_eq!(quoted(&"é".repeat(40)), format!("\"{}…\"", "é".repeat(32)));
    }

    #[test]
    fn a_delay_that_ends_before_it_begins_is_negative() {
        let now = Instant::now();
        let later = now + Duration::from_millis(5);
        assert_eq!(milliseconds(now, later).round(), 5.0);
        assert_eq!(milliseconds(later, now).round(), -5.0);
    }
}
