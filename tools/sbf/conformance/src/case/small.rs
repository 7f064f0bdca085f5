//! Integers narrower than a register, where the upper bits are easily left dirty.

use crate::digest::Digest;
use crate::random::Random;

macro_rules! manners_of {
    ($digest:expr, $random:expr, $($integer:ty),*) => {$({
        let (a, b) = ($random.word() as $integer, $random.word() as $integer);
        $digest.add(a.overflowing_add(b));
        $digest.add(a.overflowing_sub(b));
        $digest.add(a.overflowing_mul(b));
        $digest.add((a.saturating_add(b), a.saturating_sub(b)));
        $digest.add((a.checked_div(b), a.checked_rem(b)));
        $digest.add((a.wrapping_shl(b as u32), a.wrapping_shr(b as u32)));
        $digest.add((a.rotate_left(b as u32 % 64), a.leading_zeros()));
        $digest.add((a < b, a.cmp(&b) as i8));
        $digest.add((a.min(b), a.abs_diff(b)));
        $digest.add((a as i128, a as u128));
    })*};
}

pub(crate) fn integers(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for _ in 0..4 {
        manners_of!(digest, random, u8, i8, u16, i16, u32, i32, u64, i64, u128, i128);
    }
    digest.finish()
}
