//! A stand-in for a Qdrant server.
//!
//! It stands in where no Qdrant server is given, so that being cut off can be tried: it speaks Qdrant's gRPC, as far as
//! Chorale's content crate does, keeps what it is told in memory, and can be cut, brought back, made to hang, to fail and to
//! forget. What it answers follows Qdrant's documentation and sources; what it does not know it refuses as unimplemented.
//! It is not the proof that a real server agrees: that is the content crate's contract suite with `CHORALE_QDRANT_URL`.
//!
//! `service` lists every call and who answers it; `schema`, `writing`, `reading` and `query` are those answers, on the
//! `memory`; `filter` and `id` are Qdrant's words for points.

mod filter;
mod id;
mod memory;
mod query;
mod reading;
mod schema;
mod service;
mod snapshots;
mod writing;

use crate::postgres::free_port;
use service::Service;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tonic::transport::server::TcpIncoming;

/// The version that it says it is.
const VERSION: &str = "1.20.0";

/// How long the port may be taken by someone who looks for a free one.
const TAKEN: Duration = Duration::from_secs(5);

/// A server in this process, listening on a free port of 127.0.0.1, on a thread of its own. It ends when it is dropped.
pub struct QdrantStandIn {
    port: u16,
    service: Service,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl QdrantStandIn {
    /// One without any collection, for whoever asks.
    ///
    /// # Panics
    /// If it cannot listen.
    #[must_use]
    pub fn start() -> Self {
        Self::serving(Service::new(None, VERSION))
    }

    /// One that says it is of this version.
    ///
    /// # Panics
    /// If it cannot listen.
    #[must_use]
    pub fn of_version(version: &str) -> Self {
        Self::serving(Service::new(None, version))
    }

    /// One that refuses everybody without this API key.
    ///
    /// # Panics
    /// If it cannot listen.
    #[must_use]
    pub fn wanting(key: &str) -> Self {
        Self::serving(Service::new(Some(key.to_owned()), VERSION))
    }

    fn serving(service: Service) -> Self {
        // The port may be taken between looking for it and listening.
        let listening = (0..5).find_map(|_| {
            let port = free_port();
            Some((port, listen(port).ok()?))
        });
        let (port, listener) = listening.expect("every free port is taken as soon as it is found");
        let running = Mutex::new(Some(Running::start(listener, service.clone())));
        Self { port, service, running }
    }

    /// Its gRPC endpoint, the same all its life.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops listening and breaks every connection at once, whatever is under way on it. What it holds stays.
    pub fn cut(&self) {
        if let Some(running) = self.running().take() {
            running.end();
        }
    }

    /// Listens again on the same port after a [`cut`](Self::cut).
    ///
    /// # Panics
    /// If the port was taken meanwhile.
    pub fn restore(&self) {
        let mut running = self.running();
        if running.is_none() {
            let listener = listen_again(self.port).expect("its port is still free");
            *running = Some(Running::start(listener, self.service.clone()));
        }
    }

    /// Lets it hang: it takes connections and calls and answers none, until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.service.pause(true);
    }

    /// Lets it go on, also with the calls that wait.
    pub fn resume(&self) {
        self.service.pause(false);
    }

    /// Answers every call with the error of this number in gRPC, until [`recover`](Self::recover). What it holds stays.
    pub fn fail(&self, code: i32) {
        self.service.fail(None, code);
    }

    /// Answers one call alone with the error, until [`recover`](Self::recover). It is named as in
    /// [`calls`](Self::calls).
    pub fn fail_at(&self, call: &'static str, code: i32) {
        self.service.fail(Some(call), code);
    }

    /// Answers as it should.
    pub fn recover(&self) {
        self.service.recover();
    }

    /// Drops every collection, as a server does that starts without its disk. Snapshots stay.
    pub fn forget(&self) {
        self.service.forget();
    }

    /// How often a call came, by its service and name in Qdrant's protocol, `Points.upsert` for example. Counted as it
    /// comes, whatever is answered.
    #[must_use]
    pub fn calls(&self, name: &str) -> usize {
        self.service.calls(name)
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for QdrantStandIn {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Running {
    fn start(listener: TcpListener, service: Service) -> Self {
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || serve(listener, &service, stopped));
        Self { stop, thread }
    }

    /// Its runtime ends with the thread, and with it every connection.
    fn end(self) {
        drop(self.stop);
        // It panics only where it could not serve, which every test notices.
        let _ = self.thread.join();
    }
}

fn serve(listener: TcpListener, service: &Service, stopped: oneshot::Receiver<()>) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("it listens already");
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        tokio::select! {
            served = service.router().serve_with_incoming(incoming) => served.expect("it serves"),
            _ = stopped => {}
        }
    });
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn listen_again(port: u16) -> io::Result<TcpListener> {
    let end = Instant::now() + TAKEN;
    loop {
        match listen(port) {
            Err(_) if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
            listening => return listening,
        }
    }
}

#[cfg(test)]
mod tests;
