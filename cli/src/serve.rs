//! The backend alone, for production: it reads a store that an indexer writes elsewhere.

mod chain_check;
mod renewal;

use crate::service::Service;
use anyhow::{Context, Result};
use axum::Router;
use chain_check::ChainCheck;
use chorale_backend::boundaries::Check;
use chorale_backend::{
    Backend, ChainConfig, Clock, Front, Limits, Origins, Parts, Proxies, PublicUrl, Random, RedisConfig, Tls,
    TlsFiles,
};
use chorale_content::ContentStore;
use chorale_domain::id::Wallet;
use chorale_domain::state::Config;
use chorale_store::{Sessions, Store};
use renewal::renew;
use serde::Serialize;
use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether an indexer has brought in the configuration.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What to serve, and how.
pub struct ServeOptions {
    /// RPC endpoint that transactions are simulated at and sent to.
    pub rpc_url: String,
    /// The WebSocket endpoint that clients are told of.
    pub ws_url: String,
    /// How sign-in texts name the chain.
    pub chain_id: String,
    /// Where clients come in.
    pub listen: SocketAddr,
    /// Where clients reach it; as listened at where `None`.
    pub public_url: Option<PublicUrl>,
    /// Which pages' scripts may call.
    pub origins: Origins,
    /// What this backend shares with others of the same store, if anything.
    pub redis: Option<RedisConfig>,
    /// Who is believed about whom they speak for.
    pub proxies: Proxies,
    /// Where metrics and health are served.
    pub metrics_listen: SocketAddr,
    /// How often the boundaries are compared.
    pub verify_every: Option<Duration>,
    /// The certificate, where this encrypts by itself.
    pub tls: Option<TlsFiles>,
    /// What bounds clients.
    pub limits: Limits,
    /// Tells the time in Unix seconds.
    pub clock: Clock,
    /// Draws what nobody may guess.
    pub random: Random,
}

/// Where a backend that serves can be reached.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ServeFacts {
    /// For clients.
    pub url: String,
    /// For Prometheus.
    pub metrics_url: String,
}

/// What it keeps and reads; closed with it.
#[derive(Clone)]
pub struct Stores {
    /// What the chain confirmed.
    pub store: Store,
    /// Who is signed in.
    pub sessions: Sessions,
    /// The bodies.
    pub content: ContentStore,
}

/// A backend that serves.
pub struct Serve {
    facts: ServeFacts,
    stores: Stores,
    backend: Service,
    monitor: Service,
    renewal: Option<Service>,
}

impl Serve {
    /// Starts it, once the store has the deployment's configuration.
    ///
    /// # Errors
    /// If an address is in use, or the certificate is of no use.
    pub async fn start(options: ServeOptions, stores: Stores) -> Result<Self> {
        // First, so that what is wrong with the command line is known before anything is waited for.
        let (listener, metrics_listener) =
            (listen(options.listen).await?, listen(options.metrics_listen).await?);
        let tls = options.tls.clone().map(|files| Tls::load(files, (options.clock)())).transpose()?;
        let config = config(&stores.store).await?;
        let facts = facts(&listener, &metrics_listener, tls.is_some())?;
        let renewal = tls.clone().map(|tls| {
            let clock = options.clock.clone();
            Service::start("renewal of the certificate", |stop| renew(tls, clock, stop))
        });
        let url = options.public_url.clone().map_or_else(|| facts.url.parse(), Ok)?;
        let backend = backend(options, stores.clone(), &config, url);
        let monitor = Service::start("monitor", |stop| watch(metrics_listener, backend.monitor(), stop));
        let front = match tls {
            Some(tls) => Front::secured(listener, tls),
            None => Front::from(listener),
        };
        let backend = Service::start("backend", |stop| backend.run(front, stop));
        Ok(Self { facts, stores, backend, monitor, renewal })
    }

    /// Where it is.
    #[must_use]
    pub fn facts(&self) -> &ServeFacts {
        &self.facts
    }

    /// Waits until a part ends that should not: always an error.
    pub async fn failure(&mut self) -> anyhow::Error {
        tokio::select! {
            error = self.backend.ended() => error,
            error = self.monitor.ended() => error,
            error = ended(self.renewal.as_mut()) => error,
        }
    }

    /// Lets what is under way end, and closes everything. The monitor is last: how it ends is worth watching.
    ///
    /// # Errors
    /// The first that occurs; the rest is stopped all the same.
    pub async fn stop(self) -> Result<()> {
        let backend = self.backend.stop().await;
        let renewal = match self.renewal {
            Some(renewal) => renewal.stop().await,
            None => Ok(()),
        };
        let monitor = self.monitor.stop().await;
        let content = self.stores.content.close().await.context("the content store");
        self.stores.store.close().await;
        self.stores.sessions.close().await;
        backend.and(renewal).and(monitor).and(content)
    }
}

async fn ended(service: Option<&mut Service>) -> anyhow::Error {
    match service {
        Some(service) => service.ended().await,
        None => pending().await,
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen at {address}: is it in use, and is it this machine's?"))
}

fn facts(listener: &TcpListener, metrics: &TcpListener, secured: bool) -> Result<ServeFacts> {
    let scheme = if secured { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr()?);
    Ok(ServeFacts { url, metrics_url: format!("http://{}/v1/metrics", metrics.local_addr()?) })
}

/// The deployment's configuration, as soon as an indexer has brought it in.
async fn config(store: &Store) -> Result<Config> {
    let mut told = false;
    loop {
        if let Some(config) = store.config().await? {
            return Ok(config);
        }
        if !told {
            eprintln!("Waiting until an indexer has brought the deployment's configuration into the store.");
            told = true;
        }
        sleep(LOOK_EVERY).await;
    }
}

fn backend(options: ServeOptions, stores: Stores, config: &Config, url: PublicUrl) -> Backend {
    let Stores { store, sessions, content } = stores;
    let check = ChainCheck::new(&options.rpc_url, store.clone());
    let verify_every = options.verify_every;
    let backend = Backend::new(Parts {
        store,
        sessions,
        content,
        chain: ChainConfig {
            rpc_url: options.rpc_url,
            ws_url: options.ws_url,
            chain_id: options.chain_id,
            program: Wallet(chorale::ID.to_bytes()),
            token_program: config.token_program,
        },
        redis: options.redis,
        faucet: None,
        clock: options.clock,
        random: options.random,
        url,
        origins: options.origins,
        limits: options.limits,
    });
    let backend = backend.behind(options.proxies).keeping_statuses();
    match verify_every {
        Some(every) => backend.verifying(every, [Box::new(check) as Box<dyn Check>]),
        None => backend,
    }
}

async fn watch(listener: TcpListener, routes: Router, stop: CancellationToken) -> std::io::Result<()> {
    axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await
}
