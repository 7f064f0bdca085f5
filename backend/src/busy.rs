//! How much may be under way at a time. What is beyond is turned away at once, with word of when to try again: who waits
//! in a line that only grows longer is served too late, and everyone after them too.

use crate::app::App;
use crate::backend::Limits;
use crate::error::ApiError;
use crate::metrics::Metrics;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Answered whatever is under way: whoever watches the backend must see that it is busy, not that it is gone.
const ALWAYS: &str = "/v1/health";

/// What is under way.
pub(crate) struct Busy {
    requests: Places,
    searches: Places,
    sockets: Places,
    metrics: Arc<Metrics>,
}

/// Places of one kind.
struct Places {
    of: &'static str,
    most: usize,
    free: Arc<Semaphore>,
}

/// A place, until it is dropped.
pub(crate) struct Place(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Places {
    fn new(of: &'static str, most: usize) -> Self {
        Self { of, most, free: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))) }
    }

    fn taken(&self) -> usize {
        self.most.saturating_sub(self.free.available_permits())
    }
}

impl Busy {
    /// With nothing under way.
    pub(crate) fn new(limits: &Limits, metrics: Arc<Metrics>) -> Self {
        Self {
            requests: Places::new("requests", limits.requests),
            searches: Places::new("searches", limits.searches),
            sockets: Places::new("sockets", limits.sockets),
            metrics,
        }
    }

    /// A place for a search, which costs more than any other read.
    pub(crate) fn search(&self) -> Result<Place, ApiError> {
        self.take(&self.searches)
    }

    /// A place for a client of the socket.
    pub(crate) fn socket(&self) -> Result<Place, ApiError> {
        self.take(&self.sockets)
    }

    /// Requests under way.
    pub(crate) fn requests(&self) -> usize {
        self.requests.taken()
    }

    fn take(&self, places: &Places) -> Result<Place, ApiError> {
        places.free.clone().try_acquire_owned().map(Place).map_err(|_| {
            self.metrics.queues.shed(places.of);
            ApiError::overloaded(places.of)
        })
    }
}

/// Serves a request if there is a place for it.
pub(crate) async fn bounded(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path() == ALWAYS {
        return next.run(request).await;
    }
    match app.busy.take(&app.busy.requests) {
        Ok(_place) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}
