//! Facts about the proofs, each file one kind. The reference is RFC 6962's own text, in `rfc`.

mod agreement;
mod corruption;
mod refusal;
mod rfc;
pub(crate) mod vectors;

use super::*;
use crate::content_log::leaf_hash;

/// `count` messages that differ in hash and author.
fn messages(count: u8) -> Vec<(ContentHash, Wallet)> {
    (0..count).map(|n| (Hash32([n; 32]), Wallet([!n; 32]))).collect()
}

fn leaf((hash, author): &(ContentHash, Wallet)) -> Hash32 {
    Hash32(leaf_hash(&hash.0, &author.0))
}
