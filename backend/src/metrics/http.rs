//! Requests: how many, how long, and how they ended.

use super::seconds;
use crate::app::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::{Duration, Instant};

/// What a request that no route takes is counted under.
const NO_ROUTE: &str = "none";

/// See the module.
pub(crate) struct HttpNumbers {
    requests: Family<Answered, Counter>,
    took: Family<Asked, Histogram, fn() -> Histogram>,
    rate_limited: Family<Asked, Counter>,
    sign_ins: Family<Outcome, Counter>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Asked {
    /// As in the router, with its parameters' names.
    route: String,
    method: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl HttpNumbers {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let numbers = Self {
            requests: Family::default(),
            took: Family::new_with_constructor(seconds),
            rate_limited: Family::default(),
            sign_ins: Family::default(),
        };
        registry.register("requests", "Requests that were answered", numbers.requests.clone());
        let help = "From a request's head to its answer's";
        registry.register_with_unit("request", help, Unit::Seconds, numbers.took.clone());
        registry.register(
            "rate_limited",
            "Requests refused for being too many",
            numbers.rate_limited.clone(),
        );
        registry.register("sign_ins", "Answers to sign-in challenges", numbers.sign_ins.clone());
        for outcome in ["good", "refused"] {
            numbers.sign_ins.get_or_create(&Outcome { outcome }).inc_by(0);
        }
        numbers
    }

    /// Somebody answered a challenge.
    pub(crate) fn sign_in(&self, good: bool) {
        let outcome = if good { "good" } else { "refused" };
        self.sign_ins.get_or_create(&Outcome { outcome }).inc();
    }

    fn answered(&self, asked: Asked, status: StatusCode, took: Duration) {
        self.took.get_or_create(&asked).observe(took.as_secs_f64());
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.rate_limited.get_or_create(&asked).inc();
        }
        let Asked { route, method } = asked;
        self.requests.get_or_create(&Answered { route, method, status: status.as_u16() }).inc();
    }
}

/// Counts a request, whatever becomes of it.
pub(crate) async fn measured(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = Asked { route: route(&request), method: method(request.method()) };
    let begun = Instant::now();
    let answer = next.run(request).await;
    app.metrics.http.answered(asked, answer.status(), begun.elapsed());
    answer
}

fn route(request: &Request) -> String {
    request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned()
}

/// Clients may make methods up.
fn method(method: &Method) -> &'static str {
    let known = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"];
    known.into_iter().find(|known| method == known).unwrap_or("other")
}
