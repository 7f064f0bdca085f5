//! A PostgreSQL that nothing is kept of.

use crate::installed::programs;
use crate::process::{Watchdog, is_running, unprivileged};
use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// How long it may take to start. Recovering after a kill takes longer than starting.
const START: Duration = Duration::from_secs(60);

/// Below the range that systems take outgoing connections' ports from: nothing takes the port while it is down, and
/// who connects to it then cannot end up connected to themselves.
const FIRST_PORT: u64 = 15_000;
const PORTS: u64 = 17_000;

/// Nothing has to survive the machine. A killed process loses nothing that it gave to the kernel.
const ANY: [&str; 4] = ["fsync=off", "max_connections=200", "wal_level=minimal", "max_wal_senders=0"];

/// Nobody kills the shared one.
const SHARED: [&str; 2] = ["full_page_writes=off", "synchronous_commit=off"];

/// A cluster of databases in a temporary folder, listening on a free port of 127.0.0.1. It ends, and its folder goes,
/// when it is dropped or when the process of the test ends, however that ends.
pub struct Postgres {
    port: u16,
    folder: PathBuf,
    running: Mutex<Running>,
    schemas: AtomicU32,
}

struct Running {
    watchdog: Watchdog,
    /// `None` while it is down.
    pid: Option<u32>,
}

impl Postgres {
    /// The one that all tests of a test binary share, started by the first that asks.
    ///
    /// # Panics
    /// If PostgreSQL is not installed or does not start.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED_ONE: OnceLock<Postgres> = OnceLock::new();
        SHARED_ONE.get_or_init(|| Self::with(&SHARED))
    }

    /// One of the test's own, which it can [`kill`](Self::kill), [`stop`](Self::stop) and
    /// [`start_again`](Self::start_again). What was committed survives being killed.
    ///
    /// # Panics
    /// If PostgreSQL is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// The address of a new store in it, `postgres://..?schema=..`; whoever writes there first makes it.
    #[must_use]
    pub fn fresh(&self) -> String {
        let number = self.schemas.fetch_add(1, Ordering::Relaxed);
        format!("{}?schema=fresh_{number}", self.url())
    }

    /// The address of its database, for the role that may do everything there.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of its database for another role, none of which needs a password.
    #[must_use]
    pub fn url_of(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/postgres", self.port)
    }

    /// The port it listens on, also after it was started again.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills all its processes at once (`kill -9`).
    pub fn kill(&self) {
        let mut running = self.running();
        if let Some(pid) = running.pid.take() {
            running.watchdog.kill(pid);
            self.until_nobody_listens();
        }
    }

    /// A process that was being started when its parent was killed holds the port until it has noticed.
    fn until_nobody_listens(&self) {
        let end = Instant::now() + START;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it in order, cutting all connections.
    pub fn stop(&self) {
        let mut running = self.running();
        if running.pid.take().is_some() {
            running.watchdog.stop();
        }
    }

    /// Lets it hang: whoever asks, over a connection that is there or a new one, gets no answer until
    /// [`resume`](Self::resume).
    pub fn pause(&self) {
        let mut running = self.running();
        if let Some(pid) = running.pid {
            running.watchdog.pause_all(pid);
        }
    }

    /// Lets it go on.
    pub fn resume(&self) {
        let mut running = self.running();
        if let Some(pid) = running.pid {
            running.watchdog.resume_all(pid);
        }
    }

    /// Starts it again on the same port after a [`kill`](Self::kill) or [`stop`](Self::stop), and waits until it
    /// takes connections.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&self) {
        let mut running = self.running();
        if running.pid.is_none() {
            let started = running.start(&self.folder);
            started.unwrap_or_else(|log| panic!("PostgreSQL did not start again:\n{log}"));
        }
    }

    /// What it said so far.
    #[must_use]
    pub fn log(&self) -> String {
        log(&self.folder)
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(settings: &[&str]) -> Self {
        let programs = programs();
        // The port may be taken between looking for it and starting.
        for _ in 0..5 {
            match Self::attempt(&programs, settings) {
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("PostgreSQL did not start:\n{log}"),
                Ok(started) => return started,
            }
        }
        panic!("the ports from {FIRST_PORT} on are all taken as soon as they are free");
    }

    fn attempt(programs: &Path, settings: &[&str]) -> Result<Self, String> {
        let (folder, port) = (new_folder(), free_port());
        // It owns the folder before there is much in it to leave behind.
        let watchdog = Watchdog::new(&folder, &server(programs, &folder, port, settings));
        make_cluster(programs, &folder);
        let mut running = Running { watchdog, pid: None };
        running.start(&folder)?;
        Ok(Self { port, folder, running: Mutex::new(running), schemas: AtomicU32::new(0) })
    }
}

/// What hangs hears nothing of the watchdog's wish that it ends.
impl Drop for Postgres {
    fn drop(&mut self) {
        self.resume();
    }
}

impl Running {
    /// Waits until it takes connections; an error is what it said instead.
    fn start(&mut self, folder: &Path) -> Result<(), String> {
        let pid = self.watchdog.start();
        let end = Instant::now() + START;
        while Instant::now() < end && is_running(pid) {
            if is_ready(folder, pid) {
                self.pid = Some(pid);
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(log(folder))
    }
}

/// The file says in its first line whose it is, and in its eighth how far that is.
fn is_ready(folder: &Path, pid: u32) -> bool {
    let status = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    let lines: Vec<_> = status.lines().map(str::trim).collect();
    lines.first() == Some(&pid.to_string().as_str()) && lines.get(7) == Some(&"ready")
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// Made by the user whose it is to be: only root could give it away.
fn new_folder() -> PathBuf {
    let template = env::temp_dir().join("chorale-postgres.XXXXXX");
    let made = unprivileged(Path::new("mktemp")).arg("-d").arg(template).output().expect("mktemp starts");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "PostgreSQL's user cannot make a temporary folder: {said}");
    PathBuf::from(String::from_utf8_lossy(&made.stdout).trim())
}

fn make_cluster(programs: &Path, folder: &Path) {
    let mut initdb = unprivileged(&programs.join("initdb"));
    initdb.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]);
    let made = initdb.arg("-D").arg(folder.join("data")).output().expect("initdb starts");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "initdb made no cluster: {said}");
}

fn server(programs: &Path, folder: &Path, port: u16, settings: &[&str]) -> Command {
    let mut server = unprivileged(&programs.join("postgres"));
    server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    server.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    server.args(ANY.iter().chain(settings).flat_map(|setting| ["-c", setting]));
    server
}

pub(crate) fn free_port() -> u16 {
    let begin = RandomState::new().hash_one(());
    let ports = (0..PORTS).map(|step| FIRST_PORT + begin.wrapping_add(step) % PORTS);
    let mut ports = ports.filter_map(|port| u16::try_from(port).ok());
    let free = ports.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.unwrap_or_else(|| panic!("none of the {PORTS} ports from {FIRST_PORT} on is free"))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
