//! Traces, as a collector of them receives them.

use crate::process::until;
use crate::serving::{Serving, THREAD};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use chorale_domain::id::Wallet;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use reqwest::Client;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// Of the caller's trace.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Takes what is sent to `/v1/traces`.
struct Collector {
    url: String,
    received: Arc<Mutex<Vec<Bytes>>>,
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<Bytes>>> = Arc::default();
        let kept = received.clone();
        let take = move |body: Bytes| async move { kept.lock().unwrap().push(body) };
        let routes = Router::new().route("/v1/traces", post(take));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, received }
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        let sent = received.iter().map(|body| ExportTraceServiceRequest::decode(body.clone()).unwrap());
        let resources = sent.flat_map(|request| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_request_is_a_span_of_its_callers_trace_and_says_nothing_of_what_was_in_it() {
    let collector = Collector::start().await;
    let serving = Serving::start(Wallet([7; 32]), &["--otlp-endpoint", &collector.url]).await;
    let url = format!("{}/v1/search?q=aquestionofmine&thread={THREAD}", serving.url);
    let request = Client::builder().no_proxy().build().unwrap().get(url).bearer_auth("atokenofmine");
    request.header("traceparent", format!("00-{TRACE}-{PARENT}-01")).send().await.expect("it answers");
    let is_ours = |span: &Span| hex(&span.trace_id) == TRACE;
    let span = until("the span arrives", async || collector.spans().into_iter().find(is_ours)).await;
    assert_eq!((span.name.as_str(), hex(&span.parent_span_id).as_str()), ("GET /v1/search", PARENT));
    until("calls of the chain arrive", async || {
        collector.spans().iter().find(|span| span.name == "chain slot").cloned()
    })
    .await;
    let (said, ended) = serving.stop().await;
    assert!(ended.success(), "{said}");
    let received = collector.received.lock().unwrap();
    for body in &*received {
        let text = String::from_utf8_lossy(body);
        assert!(!text.contains("aquestionofmine") && !text.contains("atokenofmine"), "{text}");
    }
}
