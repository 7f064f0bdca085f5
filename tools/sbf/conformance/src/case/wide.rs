//! Other arithmetic over 64 bits.

use crate::digest::Digest;
use crate::random::Random;
use std::hint::black_box;

pub(crate) fn division(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for _ in 0..5 {
        let (a, b) = (random.wide(), random.wide() >> (random.next() % 120) | 1);
        digest.add((a / b, a % b));
        let (c, d) = (a as i128, if random.next() & 1 == 0 { b as i128 } else { (b as i128).wrapping_neg() });
        digest.add(c.checked_div(d));
        digest.add(c.checked_rem_euclid(d));
        digest.add((a as u64).checked_div(b as u64));
        digest.add((a as i64).checked_rem(b as i64));
    }
    digest.add((i128::MIN.checked_div(black_box(-1)), black_box(a_wide(seed)) / 1_000_000_007));
    digest.finish()
}

fn a_wide(seed: u64) -> u128 {
    u128::from(seed) << 64 | u128::from(!seed)
}

pub(crate) fn bits(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    let value = a_wide(seed) ^ random.wide();
    for amount in (0..128).step_by(9).chain([63, 64, 65, 127]) {
        let amount = black_box(amount);
        digest.add((value << amount, value >> amount));
        digest.add(value as i128 >> amount);
        digest.add((value.rotate_left(amount), value.wrapping_shl(amount + 128)));
        digest.add((seed.rotate_right(amount), (seed as i64).wrapping_shr(amount)));
    }
    digest.add((value.leading_zeros(), value.trailing_zeros()));
    digest.add((value.count_ones(), value.swap_bytes()));
    digest.add((value.reverse_bits(), (value as i128).unsigned_abs()));
    digest.add((value.is_power_of_two(), value.checked_ilog2()));
    digest.finish()
}

/// Loops that the optimiser replaces by formulas with products of 65 bits and the like.
pub(crate) fn sums(seed: u64) -> u64 {
    let mut digest = Digest::new(seed);
    let end = black_box(seed % 1000);
    digest.add((0..end).fold(0u64, u64::wrapping_add));
    digest.add((0..end).map(|x| x.wrapping_mul(x)).fold(seed, u64::wrapping_add));
    digest.add((0..end).map(u128::from).sum::<u128>());
    digest.add((0..end as i64).map(|x| x - 3).fold(0i64, i64::wrapping_add));
    digest.add((0..black_box(seed as u32 % 900)).fold(1u32, |sum, x| sum.wrapping_mul(3).wrapping_add(x)));
    digest.finish()
}
