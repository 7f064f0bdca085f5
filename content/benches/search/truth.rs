//! What is found by comparing with everything.

use crate::TOP;
use crate::messages::{Message, Messages};

/// Places of the nearest of the messages that are asked for.
pub fn nearest(messages: &Messages, query: &Message, is_asked: impl Fn(usize) -> bool) -> Vec<usize> {
    let places = (0..messages.all.len()).filter(|place| is_asked(*place));
    let mut all: Vec<_> =
        places.map(|place| (dot(&query.vector, &messages.all[place].vector), place)).collect();
    all.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
    all.into_iter().take(TOP).map(|(_, place)| place).collect()
}

/// In eight sums, which the compiler does at once.
pub fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    for (a, b) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}
