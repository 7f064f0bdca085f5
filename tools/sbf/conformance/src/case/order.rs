//! Sorting, searching and queues.

use crate::digest::Digest;
use crate::random::Random;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Both kinds on short and long slices: they choose their algorithms and buffers by length.
pub(crate) fn sorting(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut words = random.words(90);
    words.extend_from_within(..20);
    words.sort_unstable();
    digest.add(words.binary_search(&random.next()).unwrap_or_else(|place| place));
    words.dedup();
    words.sort_unstable_by_key(|word| Reverse(word.rotate_left(32)));
    words.iter().for_each(|word| digest.add(*word));
    let (_, middle, _) = words.select_nth_unstable(31);
    digest.add(*middle);
    let text = |word: &u64| (format!("{:x}", word >> 50), u128::from(*word) << 9);
    let mut texts: Vec<(String, u128)> = words.iter().take(20).map(text).collect();
    texts.sort_unstable();
    texts.iter().for_each(|(text, wide)| digest.add((text.as_str(), *wide)));
    for length in [2, 15, 45, 90] {
        let mut records: Vec<(u8, u64)> =
            random.words(length).iter().map(|word| (*word as u8 % 8, *word)).collect();
        records.sort_by_key(|(key, _)| *key);
        records.iter().for_each(|record| digest.add(*record));
    }
    digest.finish()
}

pub(crate) fn queues(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut heap: BinaryHeap<(u64, Reverse<i64>)> = BinaryHeap::new();
    let mut deque = VecDeque::new();
    for _ in 0..40 {
        let word = random.word();
        heap.push((word % 16, Reverse(word as i64)));
        if word & 1 == 0 {
            deque.push_front(word);
        } else {
            deque.push_back(word);
        }
        if word.is_multiple_of(5) {
            digest.add((heap.pop().map(|(key, Reverse(value))| (key, value)), deque.pop_back()));
        }
    }
    deque.rotate_right(7);
    deque.make_contiguous().iter().for_each(|word| digest.add(*word));
    heap.into_sorted_vec().iter().for_each(|(key, Reverse(value))| digest.add((*key, *value)));
    digest.finish()
}
