//! The figures, and what they are made of.

use crate::alone::Alone;
use crate::scene::Sample;
use std::time::Duration;

/// Prints everything that was measured on one chain.
pub fn print(name: &str, samples: &[Sample], alone: &Alone) {
    println!("\n{name}: {} messages, in ms", samples.len());
    println!("{:<58}{:>8}{:>8}{:>8}", "", "median", "p90", "most");
    let of = |pick: fn(&Sample) -> Duration| -> Vec<_> { samples.iter().map(pick).collect() };
    let notice = line("from sending to the chain's own notice", of(|sample| sample.confirmed));
    let pushed = line("from sending to the event at another client", of(|sample| sample.pushed));
    println!("the event's median is {:.2} times the notice's\n", pushed / notice);
    println!("what is added:");
    line(
        "from the notice to the event at another client",
        of(|one| one.pushed.saturating_sub(one.confirmed)),
    );
    line("  from the notice to the commit", of(|one| one.committed.saturating_sub(one.confirmed)));
    line("  from the commit to the event", of(|one| one.pushed.saturating_sub(one.committed)));
    println!("where the backend is a process of its own and the store is a file:");
    line("  from the commit to the event", of(|one| one.pushed_apart.saturating_sub(one.committed)));
    let apart = line("  from sending to the event", of(|one| one.pushed_apart));
    println!("  the event's median is {:.2} times the notice's", apart / notice);
    println!("who asks the node alone upon the notice:");
    line("  from sending to the notice", alone.confirmed.clone());
    line("  from the notice until it lists the transaction", alone.listed.clone());
    line("  from the notice until it gives it, too", alone.given.clone());
    line("  one question: how far the chain is (two calls)", alone.tip.clone());
    line("  one question: the list", alone.list.clone());
    line("  one question: the transaction", alone.transaction.clone());
}

/// Prints a line; its median, in milliseconds.
fn line(words: &str, mut durations: Vec<Duration>) -> f64 {
    durations.sort();
    let last = durations.len().saturating_sub(1);
    let at = |percent: usize| {
        durations.get(last * percent / 100).map_or(f64::NAN, |duration| duration.as_secs_f64() * 1000.0)
    };
    println!("{words:<58}{:>8.1}{:>8.1}{:>8.1}", at(50), at(90), at(100));
    at(50)
}
