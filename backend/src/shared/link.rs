//! The connection to Redis: there or away, never waited for.
//!
//! The crate's connection manager is not used, since it comes back by itself without a word: after each time apart this
//! process must know that it missed what others said, and that a server which was restarted may hold what was dropped
//! since it was written to disk. So one task keeps the connection, and everyone else asks what is there. Whoever asks
//! first after Redis went away waits for as long as an answer may take; everyone after that does not wait at all.

use super::config::RedisConfig;
use crate::backend::Clock;
use crate::cache::Generation;
use crate::presence::Presence;
use chorale_domain::id::Wallet;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, Msg, PushInfo, PushKind, RedisError,
    RedisResult, Script, ScriptInvocation, cmd,
};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Notify, SetOnce};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(1);
/// How often Redis is asked whether it is there and takes writes, while it is.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// How soon it is looked for again when it has just gone; doubled each time, up to [`LAST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(2);
/// Questions that may be under way at a time; one beyond waits for its turn.
const UNDER_WAY: usize = 1_024;
/// Names that are looked at in one question for them.
const SCANNED: usize = 500;
/// Of what is kept there: another format gets other names.
const FORMAT: u32 = 1;

/// Counts a generation of content and tells everyone.
const NEXT_GENERATION: &str =
    "local n = redis.call('INCR', KEYS[1]) redis.call('PUBLISH', KEYS[1], n) return n";

/// A deployment's Redis.
pub(crate) struct Link {
    client: Client,
    /// How long Redis may take to answer.
    patience: Duration,
    /// What all names there begin with.
    prefix: String,
    presence: Arc<Presence>,
    here: RwLock<Option<Here>>,
    looked: SetOnce<()>,
    lost: Notify,
    next_generation: Script,
}

/// A connection that answered when it was asked last.
#[derive(Clone)]
struct Here {
    connection: MultiplexedConnection,
    /// Which run of the server it is to: what an earlier run kept is not read.
    run: Arc<str>,
    /// Which connection of this process it is.
    number: u64,
}

impl Link {
    /// Not connected yet: [`keep`](Self::keep) does that.
    pub(crate) fn new(config: &RedisConfig, program: Wallet, clock: Clock) -> Self {
        Self {
            client: config.client(),
            patience: config.patience(),
            prefix: format!("chorale:{FORMAT}:{program}"),
            presence: Arc::new(Presence::new(format!("Redis at {}", config.public()), clock)),
            here: RwLock::default(),
            looked: SetOnce::new(),
            lost: Notify::new(),
            next_generation: Script::new(NEXT_GENERATION),
        }
    }

    /// Whether it answers.
    pub(crate) fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Whether it answered when it was asked last.
    pub(crate) fn is_here(&self) -> bool {
        self.here().is_some()
    }

    /// A name of this deployment.
    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{}:{rest}", self.prefix)
    }

    /// Asks. `None` where Redis is away, or where it holds something else than what is asked for.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let Here { mut connection, number, .. } = self.here()?;
        let answer = command.query_async(&mut connection).await;
        self.heard(answer, number)
    }

    /// Runs a script there.
    pub(crate) async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Option<T> {
        let Here { mut connection, number, .. } = self.here()?;
        let answer = script.invoke_async(&mut connection).await;
        self.heard(answer, number)
    }

    /// What was cached under this name by this run of the server.
    pub(crate) async fn cached(&self, name: &str) -> Option<Vec<u8>> {
        let run = self.here()?.run;
        self.ask::<Option<Vec<u8>>>(cmd("GET").arg(self.name(&format!("{run}:{name}")))).await?
    }

    /// Caches under this name for `ttl` seconds.
    pub(crate) async fn cache(&self, name: &str, bytes: &[u8], ttl: i64) {
        let Some(Here { run, .. }) = self.here() else { return };
        let name = self.name(&format!("{run}:{name}"));
        // A cache that could not be written is one that will not be read.
        let _: Option<()> = self.ask(cmd("SET").arg(name).arg(bytes).arg("EX").arg(ttl)).await;
    }

    /// Every name that begins so and under which this run of the server cached something, without its beginning.
    pub(crate) async fn names(&self, beginning: &str) -> Option<Vec<String>> {
        let beginning = self.name(&format!("{}:{beginning}", self.here()?.run));
        let (mut cursor, mut names) = (0_u64, BTreeSet::new());
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{beginning}*")).arg("COUNT").arg(SCANNED);
            let (next, found): (u64, Vec<String>) = self.ask(&scan).await?;
            names.extend(found.iter().filter_map(|name| name.strip_prefix(&beginning)).map(str::to_owned));
            if next == 0 {
                return Some(names.into_iter().collect());
            }
            cursor = next;
        }
    }

    /// Drops what was cached under this name.
    pub(crate) async fn uncache(&self, name: &str) {
        let Some(Here { run, .. }) = self.here() else { return };
        let _: Option<()> = self.ask(cmd("DEL").arg(self.name(&format!("{run}:{name}")))).await;
    }

    /// Tells all backends that content was changed by hand; where Redis is away, as soon as it is back.
    pub(crate) async fn tell(&self, generation: &Generation) {
        if !generation.take_unsaid() {
            return;
        }
        let number = self.run(&self.next_generation.key(self.generation_name())).await;
        match number {
            Some(number) => _ = generation.counted(number),
            None => generation.still_unsaid(),
        }
    }

    /// Connects, listens to what others change by hand, and connects again whenever the connection is lost.
    pub(crate) async fn keep(&self, generation: &Generation, closing: &CancellationToken) {
        let (mut pause, mut number) = (FIRST_PAUSE, 0);
        while !closing.is_cancelled() {
            number += 1;
            let connected = self.connect(generation, number).await;
            self.presence.note(connected.as_ref().map(|_| ()));
            // Only the first time is news to who waits for it.
            let _: Result<(), _> = self.looked.set(());
            if let Ok(pushes) = connected {
                self.stay(pushes, generation, closing).await;
                pause = FIRST_PAUSE;
            }
            self.set(None);
            generation.apart();
            if closing.run_until_cancelled(sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    /// Completes once [`keep`](Self::keep) has found Redis, or has found that it is away.
    pub(crate) async fn looked(&self) {
        self.looked.wait().await;
    }

    /// Connects once, for as long as what comes back is kept. Listens before it asks for the generation, so that no change
    /// falls between.
    ///
    /// # Errors
    /// Whatever Redis, or the way to it, has against that.
    pub(crate) async fn connect(
        &self,
        generation: &Generation,
        number: u64,
    ) -> RedisResult<UnboundedReceiver<PushInfo>> {
        let (sender, pushes) = unbounded_channel();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(self.patience))
            .set_pipeline_buffer_size(UNDER_WAY)
            .set_push_sender(sender);
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let about: String = cmd("INFO").arg("server").query_async(&mut connection).await?;
        connection.subscribe(self.generation_name()).await?;
        let now = self.generation_there(&mut connection).await?;
        self.probe().query_async::<()>(&mut connection).await?;
        generation.heard(now);
        self.set(Some(Here { connection, run: run_of(&about).into(), number }));
        self.tell(generation).await;
        Ok(pushes)
    }

    /// The generation that is counted there; nonsense makes way for the first.
    async fn generation_there(&self, connection: &mut MultiplexedConnection) -> RedisResult<u64> {
        let name = self.generation_name();
        match cmd("GET").arg(&name).query_async::<Option<u64>>(connection).await {
            Err(error) if is_nonsense(&error) => {
                cmd("DEL").arg(&name).query_async::<()>(connection).await?;
                Ok(0)
            }
            number => Ok(number?.unwrap_or(0)),
        }
    }

    /// Stays until the connection is lost.
    async fn stay(
        &self,
        mut pushes: UnboundedReceiver<PushInfo>,
        generation: &Generation,
        closing: &CancellationToken,
    ) {
        let mut probe = interval(PROBE_EVERY);
        probe.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.here().is_some() {
            tokio::select! {
                () = closing.cancelled() => return,
                () = self.lost.notified() => {}
                push = pushes.recv() => match push {
                    Some(push) if push.kind != PushKind::Disconnection => hear(push, generation),
                    _ => return self.presence.note(Err("the connection was closed")),
                },
                _ = probe.tick() => {
                    let _: Option<()> = self.ask(&self.probe()).await;
                    self.tell(generation).await;
                }
            }
        }
    }

    /// A Redis that takes no writes is of no use.
    fn probe(&self) -> Cmd {
        let mut probe = cmd("SET");
        probe.arg(self.name("probe")).arg("there").arg("EX").arg(10);
        probe
    }

    fn generation_name(&self) -> String {
        self.name("contents")
    }

    /// Sorts an answer: Redis is away, or it is there and holds nonsense.
    fn heard<T>(&self, answer: RedisResult<T>, number: u64) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) if is_nonsense(&error) => {
                tracing::debug!(%error, "Redis holds something else than what it is asked for");
                None
            }
            Err(error) => {
                self.lose(number, &error);
                None
            }
        }
    }

    /// A late answer must not end the connection that came after its own.
    fn lose(&self, number: u64, error: &RedisError) {
        if self.here().is_some_and(|here| here.number == number) {
            self.set(None);
            self.presence.note(Err(error));
            self.lost.notify_one();
        }
    }

    /// A panic elsewhere cannot leave it half written.
    fn here(&self) -> Option<Here> {
        self.here.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, here: Option<Here>) {
        *self.here.write().unwrap_or_else(PoisonError::into_inner) = here;
    }
}

/// Takes in what another backend said.
fn hear(push: PushInfo, generation: &Generation) {
    let number = Msg::from_push_info(push).and_then(|message| message.get_payload::<u64>().ok());
    if number.is_some_and(|number| generation.heard(number)) {
        tracing::debug!("content was changed by hand at another backend");
    }
}

/// The server's name for its own run, from its account of itself.
fn run_of(about: &str) -> String {
    let run = about.lines().find_map(|line| line.strip_prefix("run_id:"));
    run.map(str::trim).unwrap_or_default().to_owned()
}

/// Whether the server answered, and what it has is of another kind.
fn is_nonsense(error: &RedisError) -> bool {
    let unexpected = matches!(error.kind(), ErrorKind::UnexpectedReturnType | ErrorKind::Parse);
    unexpected || error.code() == Some("WRONGTYPE")
}
