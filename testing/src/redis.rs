//! A Redis that nothing is kept of.

use crate::postgres::free_port;
use crate::process::{Watchdog, is_running};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// How long it may take to start.
const START: Duration = Duration::from_secs(20);

/// A server in a temporary folder, listening on a free port of 127.0.0.1. It ends, and its folder goes, when it is
/// dropped or when the process of the test ends, however that ends.
pub struct Redis {
    port: u16,
    folder: PathBuf,
    running: Mutex<Running>,
}

struct Running {
    watchdog: Watchdog,
    /// `None` while it is down.
    pid: Option<u32>,
}

impl Redis {
    /// One of the test's own.
    ///
    /// # Panics
    /// If Redis is not installed or does not start.
    #[must_use]
    pub fn start() -> Self {
        // The port may be taken between looking for it and starting.
        for _ in 0..5 {
            match Self::attempt() {
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("Redis did not start:\n{log}"),
                Ok(started) => return started,
            }
        }
        panic!("every free port is taken as soon as it is found");
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it at once (`kill -9`); what it held is gone.
    pub fn kill(&self) {
        let mut running = self.running();
        if let Some(pid) = running.pid.take() {
            running.watchdog.kill(pid);
        }
    }

    /// Starts it again on the same port after a [`kill`](Self::kill), and waits until it answers.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&self) {
        let mut running = self.running();
        if running.pid.is_none() {
            let started = running.start(self.port, &self.folder);
            started.unwrap_or_else(|log| panic!("Redis did not start again:\n{log}"));
        }
    }

    /// Lets it hang, with its connections open, until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.running().watchdog.pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.running().watchdog.resume();
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempt() -> Result<Self, String> {
        let (folder, port) = (new_folder(), free_port());
        let watchdog = Watchdog::new(&folder, &server(&folder, port));
        let mut running = Running { watchdog, pid: None };
        running.start(port, &folder)?;
        Ok(Self { port, folder, running: Mutex::new(running) })
    }
}

/// The signal that the watchdog sends is one that Redis does not hear.
impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    /// Waits until it answers; an error is what it said instead.
    fn start(&mut self, port: u16, folder: &Path) -> Result<(), String> {
        let pid = self.watchdog.start();
        let end = Instant::now() + START;
        while Instant::now() < end && is_running(pid) {
            if answers(port) {
                self.pid = Some(pid);
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(fs::read_to_string(folder.join("log")).unwrap_or_default())
    }
}

/// Nothing is written to disk: who needs what a Redis held before is not to be served by it.
fn server(folder: &Path, port: u16) -> Command {
    let mut server = Command::new(program());
    server.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
    server.arg("--dir").arg(folder);
    server
}

fn program() -> PathBuf {
    let folders: Vec<_> = env::var_os("PATH").iter().flat_map(env::split_paths).collect();
    let found =
        folders.into_iter().map(|folder| folder.join("redis-server")).find(|program| program.is_file());
    found.unwrap_or_else(|| {
        panic!(
            "Redis is not installed: the PATH has no redis-server. scripts/test installs it; by hand: apt-get install \
             redis-server"
        )
    })
}

fn new_folder() -> PathBuf {
    let template = env::temp_dir().join("chorale-redis.XXXXXX");
    let made = Command::new("mktemp").arg("-d").arg(template).output().expect("mktemp starts");
    assert!(made.status.success(), "no temporary folder: {}", String::from_utf8_lossy(&made.stderr));
    PathBuf::from(String::from_utf8_lossy(&made.stdout).trim())
}

fn answers(port: u16) -> bool {
    let ping = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG")
    };
    ping().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_killed_and_hang_and_nothing_is_left_of_it() {
        let redis = Redis::start();
        redis.pause();
        assert!(!answers(redis.port), "it answers while it hangs");
        redis.resume();
        assert!(answers(redis.port));
        redis.kill();
        assert!(!answers(redis.port), "it answers after kill -9");
        redis.start_again();
        assert!(answers(redis.port));
        let folder = redis.folder.clone();
        drop(redis);
        assert!(!folder.exists());
    }
}
