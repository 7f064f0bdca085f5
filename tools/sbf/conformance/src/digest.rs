//! A number that depends on everything fed to it, and on the order.

/// Collects values into one number.
#[derive(Clone, Copy)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0xcbf2_9ce4_8422_2325)
    }

    /// Mixes with shifts and a 64-bit multiplication only, so that a fault in what a case examines is not hidden by
    /// the same fault here.
    pub(crate) fn add(&mut self, value: impl Feed) {
        value.feed(self);
    }

    fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 29;
    }

    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}

/// What can go into a [`Digest`].
pub(crate) trait Feed {
    fn feed(&self, digest: &mut Digest);
}

macro_rules! feed_integers {
    ($($integer:ty),*) => {$(
        impl Feed for $integer {
            fn feed(&self, digest: &mut Digest) {
                self.to_le_bytes().as_slice().feed(digest);
            }
        }
    )*};
}
feed_integers!(u8, u16, u32, u128, i8, i16, i32, i64, i128, usize);

impl Feed for u64 {
    fn feed(&self, digest: &mut Digest) {
        digest.word(*self);
    }
}

impl Feed for bool {
    fn feed(&self, digest: &mut Digest) {
        digest.word(u64::from(*self));
    }
}

impl Feed for [u8] {
    fn feed(&self, digest: &mut Digest) {
        let mut chunks = self.chunks_exact(8);
        for chunk in &mut chunks {
            digest.word(chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
        let rest = chunks.remainder().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        digest.word(rest);
        digest.word(self.len() as u64);
    }
}

impl Feed for str {
    fn feed(&self, digest: &mut Digest) {
        self.as_bytes().feed(digest);
    }
}

impl<T: Feed> Feed for Option<T> {
    fn feed(&self, digest: &mut Digest) {
        digest.word(u64::from(self.is_some()));
        if let Some(value) = self {
            value.feed(digest);
        }
    }
}

impl<A: Feed, B: Feed> Feed for (A, B) {
    fn feed(&self, digest: &mut Digest) {
        self.0.feed(digest);
        self.1.feed(digest);
    }
}

impl<T: Feed + ?Sized> Feed for &T {
    fn feed(&self, digest: &mut Digest) {
        (**self).feed(digest);
    }
}
