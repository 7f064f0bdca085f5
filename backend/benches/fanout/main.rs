//! Fan-out of one room to many clients: messages delivered per second by Chorale, by nats-server's WebSocket and by
//! a bare loop over npm's `ws`, one after the other in one run, with the same clients and messages of the same size.
//!
//! Server and clients are processes of their own. Chorale's server is this program called with `serve`: the whole
//! backend over a store in a file, into which an indexer's writer puts the messages. A peer that is not installed is
//! left out, which the last lines say. `scripts/bench-fanout` installs both.
//!
//! `cargo bench -p chorale-backend --bench fanout -- --clients 1000 --messages 500 --rounds 3`

mod chorale;
mod crowd;
mod nats;
mod options;
mod peer;
#[path = "../../tests/all/story.rs"]
#[expect(dead_code, reason = "the tests tell longer stories")]
mod story;
#[path = "../../tests/all/wallet.rs"]
mod wallet;
mod ws;

use crowd::Crowd;
use options::{Asked, Options};
use peer::{Peer, Running};
use std::io::Write as _;

#[tokio::main]
async fn main() {
    raise_file_limit();
    match Asked::from_arguments() {
        Asked::Serve => chorale::serve().await,
        Asked::Measure(options) => measure(&options).await,
    }
}

/// A socket is a file.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    setrlimit(Resource::Nofile, raised).expect("the soft limit may be raised to the hard one");
}

async fn measure(options: &Options) {
    println!(
        "one room, {} clients, {} messages, {} rounds each\n",
        options.clients, options.messages, options.rounds
    );
    let mut size = None;
    let mut results = Vec::new();
    for peer in [Peer::Chorale, Peer::Nats, Peer::Ws] {
        match peer.start(size).await {
            Ok(running) => {
                let (rates, bytes) = rounds(running, options).await;
                // Chorale comes first, and the others send messages as long as its.
                size.get_or_insert(bytes);
                results.push((peer, median(rates)));
            }
            Err(missing) => println!("{peer:?}: left out: {missing}"),
        }
    }
    summarize(&results);
}

/// Messages delivered per second in each round, and a message's bytes.
async fn rounds(running: Running, options: &Options) -> (Vec<f64>, usize) {
    let mut running = running;
    let mut crowd = Crowd::gather(&running, options.clients).await;
    let mut rates = Vec::new();
    for round in 1..=options.rounds {
        let seconds = crowd.time(&mut running, options.messages).await;
        let rate = (options.clients * options.messages) as f64 / seconds;
        println!("{:<8} round {round}: {rate:>10.0} messages/s of {} bytes", running.name(), crowd.bytes());
        let _ = std::io::stdout().flush();
        rates.push(rate);
    }
    (rates, crowd.bytes())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn summarize(results: &[(Peer, f64)]) {
    println!();
    let Some((_, own)) = results.iter().find(|(peer, _)| *peer == Peer::Chorale) else { return };
    for (peer, rate) in results {
        println!("{peer:?}: {rate:.0} messages/s, Chorale's is {:.2} of it", own / rate);
    }
}
