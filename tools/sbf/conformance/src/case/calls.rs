//! Direct calls that need more than five argument registers or more than one for the result.

use crate::digest::Digest;
use crate::random::Random;

#[inline(never)]
fn seven(a: u64, b: u32, c: u8, d: i64, e: u64, f: bool, g: u64) -> u64 {
    let mut digest = Digest::new(a);
    digest.add((b, c));
    digest.add((d, e));
    digest.add((f, g));
    digest.finish()
}

/// Narrow and signed arguments on both sides of the register limit.
#[expect(clippy::too_many_arguments, reason = "that is what is compared")]
#[inline(never)]
fn narrow(a: i8, b: i16, c: i32, d: bool, e: i8, f: i16, g: i32, h: u16) -> i64 {
    let kept = i64::from(a) * 3 + i64::from(b) * 5 + i64::from(c) * 7 + i64::from(d);
    kept ^ (i64::from(e) * 11 + i64::from(f) * 13 + i64::from(g) * 17 + i64::from(h))
}

/// A wide argument that does not fit the last register, between narrow ones.
#[inline(never)]
fn straddling(a: u64, b: u64, c: u64, d: u64, wide: u128, e: u8) -> u64 {
    let mut digest = Digest::new(a ^ b.rotate_left(1) ^ c.rotate_left(2) ^ d.rotate_left(3));
    digest.add((wide, e));
    digest.finish()
}

/// Slices take two registers each.
#[inline(never)]
fn slices(a: &[u64], b: &[u8], c: &str, d: &mut [u64]) -> usize {
    d[0] ^= a.iter().fold(0, |sum, word| sum ^ word);
    d[1] = d[1].wrapping_add(b.len() as u64 * 1000 + c.len() as u64);
    a.len() + b.len() + c.len() + d.len()
}

pub(crate) fn many_arguments(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let mut state = [seed, !seed];
    // In a loop: each call's stack slot must be one of the function, not one of each round.
    for _ in 0..12 {
        let [a, b, c, d] = [random.word(), random.word(), random.word(), random.word()];
        digest.add(seven(a, b as u32, c as u8, d as i64, !a, b & 1 == 1, !c));
        digest.add(narrow(a as i8, b as i16, c as i32, d & 1 == 1, b as i8, c as i16, d as i32, a as u16));
        digest.add(straddling(a, b, c, d, random.wide(), a as u8));
        digest.add(slices(&[a, b], &c.to_le_bytes()[..(d % 9) as usize], "text", &mut state));
    }
    digest.add((state[0], state[1]));
    digest.finish()
}

#[inline(never)]
fn pair(a: u64, b: u64) -> (u64, u64) {
    (a.rotate_left(7) ^ b, a.wrapping_sub(b))
}

#[inline(never)]
fn wide(a: u128, b: u128, c: u64, d: u64) -> u128 {
    (a ^ b.rotate_left(17)).wrapping_add(u128::from(c) << 64 | u128::from(d))
}

#[inline(never)]
fn perhaps(a: u64, b: u64) -> Option<u64> {
    a.checked_sub(b)
}

#[inline(never)]
fn either(a: u64, b: u128) -> Result<u128, u64> {
    if a.is_multiple_of(3) { Err(a) } else { Ok(b ^ u128::from(a)) }
}

struct Record {
    words: [u64; 5],
    wide: u128,
    flag: bool,
}

#[inline(never)]
fn record(a: u64, b: u128, c: bool, d: u64, e: u64, f: u64) -> Record {
    Record { words: [a, d, e, f, a ^ d], wide: b, flag: c }
}

pub(crate) fn wide_results(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for _ in 0..12 {
        let [a, b] = [random.word(), random.word()];
        let big = random.wide();
        digest.add(pair(a, b));
        digest.add(wide(big, u128::from(a), a, b));
        digest.add(perhaps(a, b));
        digest.add(either(a, big).map_err(|error| error ^ 5).unwrap_or_else(u128::from));
        let made = record(a, big, b & 1 == 1, b, !a, !b);
        made.words.iter().for_each(|word| digest.add(*word));
        digest.add((made.wide, made.flag));
    }
    digest.finish()
}

/// Each level has its own slots for the arguments and the result of the next.
#[inline(never)]
fn descend(level: u64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> (u64, u128) {
    if level == 0 {
        return (a ^ b ^ c, u128::from(d) << 64 | u128::from(e ^ f));
    }
    let (left, right) = descend(level - 1, b, c, d, e, f, a.wrapping_add(level));
    (left.rotate_left(5) ^ a, right.wrapping_add(u128::from(b) << (level % 64)) ^ u128::from(f))
}

pub(crate) fn recursion(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for depth in [0, 1, 7, 30] {
        let [a, b, c] = [random.word(), random.word(), random.word()];
        digest.add(descend(depth, a, b, c, !a, !b, !c));
    }
    digest.finish()
}
