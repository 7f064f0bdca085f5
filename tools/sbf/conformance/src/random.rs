//! Inputs that follow from a seed, with the awkward ones more often than chance would have them.

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`, which must be above zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Any word: half of the time one near zero, near a power of two or near the largest.
    pub(crate) fn word(&mut self) -> u64 {
        let plain = self.next();
        let near = self.next() % 5;
        match plain % 8 {
            0 => near,
            1 => u64::MAX - near,
            2 => (1 << (near * 13 % 64)) - near % 2,
            3 => (1 << 63) + near - 2,
            _ => plain,
        }
    }

    /// Any wide word, in the same way.
    pub(crate) fn wide(&mut self) -> u128 {
        match self.next() % 4 {
            0 => u128::from(self.word()),
            1 => u128::from(self.word()) << (self.next() % 65),
            _ => u128::from(self.word()) << 64 | u128::from(self.word()),
        }
    }

    pub(crate) fn words(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.next()).collect()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[3]).collect()
    }
}
