//! The append-only Merkle log of a thread's content, as in RFC 6962, kept as count and compact range.
//!
//! A compact range holds one peak for every bit set in `count`, the largest subtree first. Appending
//! merges equal-sized subtrees from the right, so it costs one hash on average and never more than
//! [`MAX_PEAKS`].

use crate::id::{Hash32, sha256};

/// Peaks a log may have: room for 2^20 - 1 messages in one thread.
pub const MAX_PEAKS: usize = 20;

/// Messages a log can hold.
pub const MAX_COUNT: u64 = (1 << MAX_PEAKS) - 1;

/// The log of one thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContentLog {
    count: u64,
    peaks: [[u8; 32]; MAX_PEAKS],
}

/// The log already holds [`MAX_COUNT`] messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogFull;

impl Default for ContentLog {
    fn default() -> Self {
        Self { count: 0, peaks: [[0; 32]; MAX_PEAKS] }
    }
}

/// Appends one leaf to a log of `count` leaves with these `peaks`, in place; the new count is `count + 1`.
/// This is the one place where a log grows: [`ContentLog`] and the program's account both come here.
///
/// # Errors
/// [`LogFull`] once [`MAX_COUNT`] leaves are in.
pub fn push_leaf(count: u64, peaks: &mut [[u8; 32]; MAX_PEAKS], leaf: [u8; 32]) -> Result<(), LogFull> {
    if count >= MAX_COUNT {
        return Err(LogFull);
    }
    let mut node = leaf;
    let mut top = count.count_ones() as usize;
    for _ in 0..count.trailing_ones() {
        top -= 1;
        node = node_hash(&peaks[top], &node);
        // Nothing stale stays behind the last peak: equal logs are equal bytes.
        peaks[top] = [0; 32];
    }
    peaks[top] = node;
    Ok(())
}

/// `SHA-256(0x00 ‖ hash ‖ author)`.
#[must_use]
pub fn leaf_hash(hash: &[u8; 32], author: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[0], hash, author])
}

/// `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[1], left, right])
}

impl ContentLog {
    /// Rebuilds a log from its parts, as read from an account.
    #[must_use]
    pub fn from_parts(count: u64, peaks: [[u8; 32]; MAX_PEAKS]) -> Self {
        Self { count, peaks }
    }

    /// Messages in the log.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The subtree roots, largest first: one for every bit set in [`count`](Self::count).
    #[must_use]
    pub fn peaks(&self) -> &[[u8; 32]] {
        &self.peaks[..(self.count().count_ones() as usize).min(MAX_PEAKS)]
    }

    /// Appends one message and returns its sequence number, which starts at 0.
    ///
    /// # Errors
    /// [`LogFull`] once [`MAX_COUNT`] messages are in.
    pub fn append(&mut self, hash: &[u8; 32], author: &[u8; 32]) -> Result<u64, LogFull> {
        let sequence = self.count();
        push_leaf(sequence, &mut self.peaks, leaf_hash(hash, author))?;
        self.count = sequence + 1;
        Ok(sequence)
    }

    /// The root of the tree; SHA-256 of nothing for an empty log, as RFC 6962 says.
    #[must_use]
    pub fn root(&self) -> Hash32 {
        let Some((last, larger)) = self.peaks().split_last() else {
            return Hash32(sha256(&[]));
        };
        Hash32(larger.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962, section 2.1, word for word: the reference the compact range is held against.
    fn rfc6962(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] => sha256(&[]),
            [leaf] => *leaf,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(k);
                node_hash(&rfc6962(left), &rfc6962(right))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_rfc_6962_after_every_append() {
        let mut log = ContentLog::default();
        let mut leaves = Vec::new();
        assert_eq!(log.root().0, rfc6962(&leaves));
        for n in 0..130_u8 {
            let (hash, author) = ([n; 32], [n ^ 0x55; 32]);
            assert_eq!(log.append(&hash, &author), Ok(u64::from(n)));
            leaves.push(leaf_hash(&hash, &author));
            assert_eq!(log.root().0, rfc6962(&leaves), "after {} leaves", leaves.len());
            assert_eq!(log.peaks().len(), leaves.len().count_ones() as usize);
            let mut peaks = [[0; 32]; MAX_PEAKS];
            peaks[..log.peaks().len()].copy_from_slice(log.peaks());
            assert_eq!(log, ContentLog::from_parts(log.count(), peaks), "equal logs have equal bytes");
        }
    }

    /// The values are cited where they stand, in `proof::vectors`; the log's own leaves have another content.
    #[cfg(feature = "host")]
    #[test]
    fn peaks_and_roots_are_the_published_ones_after_every_append() {
        use crate::proof::vectors::{PEAKS, ROOTS, leaves};
        let mut log = ContentLog::default();
        for (leaf, (peaks, root)) in leaves().iter().zip(PEAKS.iter().zip(&ROOTS).skip(1)) {
            push_leaf(log.count, &mut log.peaks, leaf.0).unwrap();
            log.count += 1;
            let held: Vec<_> = log.peaks().iter().map(|peak| Hash32(*peak).to_string()).collect();
            assert_eq!(held, *peaks, "{} leaves", log.count());
            assert_eq!(log.root().to_string(), *root, "{} leaves", log.count());
        }
        assert_eq!(log.count(), 8);
    }

    // python3 -c 'from hashlib import sha256; print(sha256(bytes([0]) + b"\1" * 32 + b"\2" * 32).hexdigest())'
    #[cfg(feature = "host")]
    #[test]
    fn leaves_and_nodes_are_hashed_as_documented_and_apart() {
        let leaf = "32fb2d4416067c5bff06423e18714ad3884365d7b816d34a77b33527d8438624";
        let node = "b331da6ec49d4547d9942a6727e5123f69bed5a0b97ac171cfbfd6201431fcfa";
        assert_eq!(Hash32(leaf_hash(&[1; 32], &[2; 32])).to_string(), leaf);
        assert_eq!(Hash32(node_hash(&[1; 32], &[2; 32])).to_string(), node);
    }

    #[test]
    fn a_log_has_room_for_a_peak_of_every_size() {
        assert_eq!(MAX_COUNT, 1_048_575);
        assert_eq!(MAX_COUNT.count_ones() as usize, MAX_PEAKS);
    }

    #[test]
    fn a_count_with_more_peaks_than_there_are_is_read_as_all_of_them() {
        let peaks = [[9; 32]; MAX_PEAKS];
        assert_eq!(ContentLog::from_parts(u64::MAX, peaks).peaks(), peaks);
    }

    #[test]
    fn a_full_log_takes_nothing_more() {
        let mut log = ContentLog::from_parts(MAX_COUNT - 1, [[9; 32]; MAX_PEAKS]);
        assert_eq!(log.append(&[1; 32], &[1; 32]), Ok(MAX_COUNT - 1));
        let full = log;
        assert_eq!(log.append(&[2; 32], &[2; 32]), Err(LogFull));
        assert_eq!(log, full);
    }
}
