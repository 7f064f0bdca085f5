//! Notices from a socket that speaks, is silent or dies, as a test tells it to.

use super::encoded::PROGRAM;
use crate::RpcSource;
use crate::source::ChainSource;
use crate::time::{RealTime, Time};
use crate::wake::{CONNECT, STEADY};
use async_trait::async_trait;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

const LIMIT: Duration = Duration::from_secs(20);
const A_WHILE: Duration = Duration::from_millis(300);

/// Waits only a moment where it is to wait for so long; all else has the time that it needs.
struct Impatient {
    time: RealTime,
    shortened: Duration,
}

impl Impatient {
    fn of(shortened: Duration) -> Self {
        Self { time: RealTime::new(), shortened }
    }
}

#[async_trait]
impl Time for Impatient {
    fn elapsed(&self) -> Duration {
        self.time.elapsed()
    }

    fn unix(&self) -> i64 {
        self.time.unix()
    }

    async fn sleep(&self, duration: Duration) {
        self.time.sleep(if duration == self.shortened { A_WHILE } else { duration }).await;
    }
}

/// Remembers for how long it was to wait.
#[derive(Clone)]
struct Noting {
    time: Arc<RealTime>,
    waits: Arc<Mutex<Vec<Duration>>>,
}

#[async_trait]
impl Time for Noting {
    fn elapsed(&self) -> Duration {
        self.time.elapsed()
    }

    fn unix(&self) -> i64 {
        self.time.unix()
    }

    async fn sleep(&self, duration: Duration) {
        self.waits.lock().unwrap().push(duration);
        self.time.sleep(duration).await;
    }
}

struct Site {
    listener: TcpListener,
    source: RpcSource,
    wake: Notify,
}

impl Site {
    async fn new(time: impl Time + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let source = RpcSource::new("http://127.0.0.1:1".into(), url, PROGRAM, Arc::new(time));
        Self { listener, source, wake: Notify::new() }
    }

    /// Runs a test while the source listens for notices.
    async fn run(&self, test: impl Future<Output = ()>) {
        tokio::select! {
            never = self.source.wake_ups(&self.wake) => match never {},
            outcome = timeout(LIMIT, test) => assert!(outcome.is_ok(), "nothing happens any more"),
        }
    }

    /// The next connection, with its subscription answered.
    async fn subscribed(&self) -> Connection {
        let mut connection = self.connected().await;
        let request = connection.next().await.unwrap().unwrap().into_text().unwrap();
        let request: Value = serde_json::from_str(&request).unwrap();
        assert_eq!(request["params"][0], json!({ "mentions": [PROGRAM.to_string()] }));
        let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": 5 });
        connection.send(Message::text(answer.to_string())).await.unwrap();
        self.wake.notified().await;
        connection
    }

    async fn connected(&self) -> Connection {
        accept_async(self.listener.accept().await.unwrap().0).await.unwrap()
    }
}

type Connection = WebSocketStream<TcpStream>;

async fn notify(connection: &mut Connection) {
    let value = json!({ "signature": "x", "err": null, "logs": [] });
    let result = json!({ "context": { "slot": 1 }, "value": value });
    let params = json!({ "result": result, "subscription": 5 });
    let notice = json!({ "jsonrpc": "2.0", "method": "logsNotification", "params": params });
    connection.send(Message::text(notice.to_string())).await.unwrap();
}

#[tokio::test]
async fn every_notice_wakes_and_so_does_their_beginning() {
    let site = Site::new(RealTime::new()).await;
    site.run(async {
        let mut connection = site.subscribed().await;
        for _ in 0..3 {
            notify(&mut connection).await;
            site.wake.notified().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_ends_is_made_anew() {
    let site = Site::new(RealTime::new()).await;
    site.run(async {
        drop(site.subscribed().await);
        let mut second = site.subscribed().await;
        notify(&mut second).await;
        site.wake.notified().await;
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_accepts_only_to_close_is_tried_later_and_later() {
    let time = Noting { time: Arc::new(RealTime::new()), waits: Arc::default() };
    let site = Site::new(time.clone()).await;
    site.run(async {
        for _ in 0..5 {
            drop(site.subscribed().await);
        }
    })
    .await;
    let mut waits = time.waits.lock().unwrap().clone();
    waits.retain(|wait| *wait < STEADY);
    assert_eq!(waits.iter().map(Duration::as_millis).collect::<Vec<_>>(), [100, 200, 400, 800]);
}

#[tokio::test]
async fn a_connection_that_is_open_but_silent_while_polls_find_news_is_made_anew() {
    let site = Site::new(RealTime::new()).await;
    site.run(async {
        let _silent = site.subscribed().await;
        (0..3).for_each(|_| site.source.unannounced());
        let mut second = site.subscribed().await;
        notify(&mut second).await;
        site.wake.notified().await;
    })
    .await;
}

#[tokio::test]
async fn a_silent_connection_is_not_taken_for_a_dead_one_while_nothing_happens() {
    let site = Site::new(Impatient::of(STEADY)).await;
    site.run(async {
        let mut connection = site.subscribed().await;
        (0..2).for_each(|_| site.source.unannounced());
        let other = timeout(A_WHILE * 2, site.listener.accept()).await;
        assert!(other.is_err(), "it connected anew");
        notify(&mut connection).await;
        site.wake.notified().await;
    })
    .await;
}

#[tokio::test]
async fn notices_that_are_only_late_are_no_silence() {
    let site = Site::new(RealTime::new()).await;
    site.run(async {
        let mut connection = site.subscribed().await;
        for _ in 0..3 {
            (0..2).for_each(|_| site.source.unannounced());
            notify(&mut connection).await;
            site.wake.notified().await;
        }
        assert!(timeout(A_WHILE, site.listener.accept()).await.is_err(), "it connected anew");
    })
    .await;
}

#[tokio::test]
async fn what_was_found_before_there_was_a_connection_says_nothing_about_it() {
    let site = Site::new(RealTime::new()).await;
    (0..9).for_each(|_| site.source.unannounced());
    site.run(async {
        let _connection = site.subscribed().await;
        assert!(timeout(A_WHILE, site.listener.accept()).await.is_err(), "it connected anew");
    })
    .await;
}

#[tokio::test]
async fn a_subscription_that_is_never_answered_is_given_up() {
    let site = Site::new(Impatient::of(CONNECT)).await;
    site.run(async {
        let _deaf = site.connected().await;
        let _other = site.connected().await;
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_cannot_be_reached_is_tried_again_without_end() {
    let site = Site::new(RealTime::new()).await;
    site.run(async {
        for _ in 0..3 {
            drop(site.listener.accept().await.unwrap());
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
