//! Multiplication in all its manners: the build has no wide multiplication and no overflow flag to start from.

use crate::digest::Digest;
use crate::random::Random;

macro_rules! all_manners {
    ($digest:expr, $a:expr, $b:expr) => {{
        let (a, b) = ($a, $b);
        $digest.add(a.wrapping_mul(b));
        $digest.add(a.overflowing_mul(b));
        $digest.add(a.checked_mul(b));
        $digest.add(a.saturating_mul(b));
    }};
}

pub(crate) fn words(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for _ in 0..15 {
        let (a, b) = (random.word(), random.word());
        all_manners!(digest, a, b);
        all_manners!(digest, a as i64, b as i64);
        // Around the limit, where the flag changes.
        all_manners!(digest, a, (u64::MAX / a.max(1)).wrapping_add(b % 3));
        all_manners!(digest, a as i64, i64::MIN.wrapping_div(a as i64 | 1).wrapping_sub((b % 3) as i64));
        digest.add(a.checked_pow((b % 5) as u32));
    }
    digest.finish()
}

pub(crate) fn wide(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut digest = Digest::new(seed);
    for _ in 0..8 {
        let (a, b) = (random.wide(), random.wide());
        digest.add(u128::from(a as u64) * u128::from(b as u64));
        digest.add(i128::from(a as i64) * i128::from(b as i64));
        all_manners!(digest, a, b);
        all_manners!(digest, a as i128, b as i128);
        all_manners!(digest, a, u128::from(b as u64));
    }
    extremes(&mut digest);
    digest.finish()
}

/// The products at which the signed flag is easiest to get wrong.
fn extremes(digest: &mut Digest) {
    let edges =
        std::hint::black_box([i128::MIN, i128::MIN + 1, -(1 << 64), -1, 0, 1, 1 << 63, 1 << 64, i128::MAX]);
    for a in edges {
        for b in edges {
            digest.add(a.overflowing_mul(b));
        }
    }
}
