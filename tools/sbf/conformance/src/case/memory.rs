//! Copies, moves, fills and comparisons, which become loads and stores or syscalls by their length.

use crate::digest::Digest;
use crate::random::Random;
use std::hint::black_box;

/// Past every length at which the build changes its mind.
const LENGTHS: [usize; 19] = [0, 1, 2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 95, 96, 97, 160];

/// Copies a number of bytes that the compiler knows, from and to any alignment.
#[inline(never)]
fn copy_known<const N: usize>(from: &[u8], to: &mut [u8]) {
    let (Some(from), Some(to)) = (from.first_chunk::<N>(), to.first_chunk_mut::<N>()) else { return };
    *to = *from;
}

pub(crate) fn copies(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let (from, mut to) = (random.bytes(200), vec![0; 200]);
    for length in LENGTHS {
        let (source, target) = (random.below(8), random.below(8));
        to[target..][..length].copy_from_slice(&from[source..][..length]);
        to[..black_box(length) / 2].fill(random.next() as u8);
        copy_known::<24>(&from[source..], &mut to[target + 100..]);
        digest.add(to.as_slice());
    }
    copy_known::<64>(&from[3..], &mut to[1..]);
    copy_known::<65>(&from[1..], &mut to[70..]);
    copy_known::<130>(&from[5..], &mut to[2..]);
    to.extend_from_slice(black_box(&[]));
    digest.add(to.as_slice());
    digest.finish()
}

pub(crate) fn moves(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut bytes = random.bytes(400);
    for length in LENGTHS {
        let (from, to) = (random.below(200), random.below(200));
        bytes.copy_within(from..from + length, to);
        bytes.copy_within(0..32, to % 40);
        bytes.rotate_left(length % 13);
    }
    digest.add(bytes.as_slice());
    assign_to_itself(&mut bytes[..200].try_into().unwrap_or([0; 200]), &mut digest);
    bytes.drain(5..70);
    bytes.insert(3, 77);
    bytes.splice(10..20, [1, 2, 3]);
    digest.add(bytes.as_slice());
    digest.finish()
}

/// Copies whose source is their target, which `memcpy` of C leaves undefined and that of LLVM does not.
fn assign_to_itself(array: &mut [u8; 200], digest: &mut Digest) {
    let array: *mut [u8; 200] = array;
    let (from, to) = (black_box(array), black_box(array));
    // SAFETY: both are the array, borrowed by this function alone.
    unsafe {
        *to = *from;
        digest.add((*to).as_slice());
    }
}

/// Compares a number of bytes that the compiler knows, at any alignment: short ones become loads.
#[inline(never)]
fn compare_known<const N: usize>(left: &[u8], right: &[u8], digest: &mut Digest) {
    let (Some(left), Some(right)) = (left.first_chunk::<N>(), right.first_chunk::<N>()) else { return };
    digest.add((left == right, left.cmp(right) as i8));
}

pub(crate) fn comparisons(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let left = random.bytes(168);
    for length in LENGTHS {
        let mut right = left.clone();
        let changed = random.below(168);
        right[changed] = right[changed].wrapping_add((random.next() % 3) as u8);
        let (a, b) = (&left[..length], &right[..length]);
        digest.add((a == b, a.cmp(b) as i8));
        digest.add((a < &right[..], left.starts_with(b)));
        digest.add((left.first_chunk::<32>() == right.first_chunk::<32>(), left[..64] == right[..64]));
        let at = changed.saturating_sub(random.below(70));
        compare_known::<8>(&left[at..], &right[at..], &mut digest);
        compare_known::<13>(&left[at..], &right[at..], &mut digest);
        compare_known::<32>(&left[at..], &right[at..], &mut digest);
        compare_known::<64>(&left[at..], &right[at..], &mut digest);
        compare_known::<97>(&left[at..], &right[at..], &mut digest);
    }
    digest.finish()
}

#[derive(Clone, PartialEq, PartialOrd)]
struct Large {
    words: [u64; 40],
    tail: [u8; 13],
    wide: u128,
}

#[inline(never)]
fn make(random: &mut Random) -> Large {
    Large {
        words: std::array::from_fn(|_| random.next()),
        tail: std::array::from_fn(|_| random.next() as u8),
        wide: random.wide(),
    }
}

pub(crate) fn large_values(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut values: Vec<Large> = (0..4).map(|_| make(&mut random)).collect();
    for _ in 0..4 {
        let (a, b) = (random.below(4), random.below(4));
        values.swap(a, b);
        values[b] = values[a].clone();
        values[b].words[random.below(40)] ^= 1 << random.below(64);
        digest.add((values[a] == values[b], values[a].partial_cmp(&values[b]).map(|order| order as i8)));
        let taken = std::mem::replace(&mut values[a], make(&mut random));
        digest.add((taken.words[7], taken.tail.as_slice()));
        digest.add(taken.wide);
    }
    digest.finish()
}

pub(crate) fn unaligned(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut bytes = random.bytes(64);
    for at in 0..40 {
        let chunk: [u8; 16] = std::array::from_fn(|index| bytes[at + index]);
        let value = u128::from_le_bytes(chunk);
        digest.add((value, u128::from_be_bytes(chunk)));
        let word = bytes[at + 1..].first_chunk().map_or(0, |chunk| u64::from_be_bytes(*chunk));
        bytes[at..at + 8].copy_from_slice(&word.wrapping_mul(3).to_le_bytes());
        bytes[at + 9..at + 13].copy_from_slice(&(value as u32).to_be_bytes());
    }
    digest.add(bytes.as_slice());
    digest.finish()
}
