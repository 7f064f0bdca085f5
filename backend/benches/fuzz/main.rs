//! Damaged requests and frames, by the million: see `tests/all/damaged.rs`, which tries some thousands.
//!
//! `cargo bench -p chorale-backend --bench fuzz -- --cases 1000000 --seed 1`

#[path = "../../tests/all/damaged.rs"]
mod damaged;
#[path = "../../tests/all/story.rs"]
#[expect(dead_code, reason = "the tests tell longer stories")]
mod story;
#[path = "../../tests/all/wallet.rs"]
mod wallet;
#[path = "../../tests/all/world.rs"]
#[expect(dead_code, reason = "the tests ask more of a world")]
mod world;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// One of so many cases goes over the socket.
const SOCKET_SHARE: u64 = 5;

static PANICS: AtomicUsize = AtomicUsize::new(0);

#[tokio::main]
async fn main() {
    count_panics();
    let (cases, seed) = (number("--cases", 1_000_000), number("--seed", 1));
    let (begun, over_sockets) = (Instant::now(), cases / SOCKET_SHARE);
    println!("{cases} cases from seed {seed} on");
    let world = damaged::patient().await;
    let answers = damaged::requests::fuzz(&world, seed, cases - over_sockets).await;
    let closed = damaged::sockets::fuzz(&world, seed, over_sockets).await;
    let panics = PANICS.load(Ordering::Relaxed);
    println!("{answers}sockets: {over_sockets} frames, {closed} connections ended by one");
    println!("{cases} cases in {} s, {panics} panics", begun.elapsed().as_secs());
    assert_eq!(panics, 0, "see above for where");
}

/// Also of tasks that nobody waits for.
fn count_panics() {
    let shown = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        shown(panic);
    }));
}

fn number(name: &str, default: u64) -> u64 {
    let arguments: Vec<_> = std::env::args().collect();
    let given = arguments.iter().position(|argument| argument == name);
    let value = given.and_then(|index| arguments.get(index + 1));
    value.map_or(default, |value| {
        value.parse().unwrap_or_else(|_| panic!("{name} takes a number, not {value}"))
    })
}
