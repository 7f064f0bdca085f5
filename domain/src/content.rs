//! What is hashed when someone writes something.

use crate::id::{Hash32, sha256};

/// The SHA-256 that stands for a body on the chain.
pub type ContentHash = Hash32;

/// Bytes of salt kept beside every body.
pub const SALT_BYTES: usize = 16;

/// Random bytes that keep a body's hash from being guessed; kept with the body and erased with it.
pub type Salt = [u8; SALT_BYTES];

/// The largest body that is accepted, in bytes of UTF-8.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

const DOMAIN: &[u8] = b"chorale:content:v1";

/// `SHA-256("chorale:content:v1" ‖ salt ‖ body)`.
#[must_use]
pub fn content_hash(salt: &Salt, body: &str) -> ContentHash {
    Hash32(sha256(&[DOMAIN, salt, body.as_bytes()]))
}

/// Why a body was refused.
#[cfg(feature = "host")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Nothing but white space.
    #[error("the body is empty: write something before uploading it")]
    Empty,
    /// Longer than [`MAX_BODY_BYTES`].
    #[error(
        "the body has {bytes} bytes, at most {MAX_BODY_BYTES} are accepted: split it into several messages"
    )]
    TooLarge {
        /// Bytes of UTF-8 received.
        bytes: usize,
    },
    /// The hash that came with the body is another one's.
    #[error("the body's hash is {actual}, not {claimed}: hash salt and body as documented and upload again")]
    HashMismatch {
        /// What the uploader said.
        claimed: ContentHash,
        /// What salt and body hash to.
        actual: ContentHash,
    },
}

/// Checks a body against the limits and against the hash it is said to have.
///
/// # Errors
/// The first [`BodyError`] that applies.
#[cfg(feature = "host")]
pub fn check_body(claimed: ContentHash, salt: &Salt, body: &str) -> Result<(), BodyError> {
    if body.trim().is_empty() {
        return Err(BodyError::Empty);
    }
    if body.len() > MAX_BODY_BYTES {
        return Err(BodyError::TooLarge { bytes: body.len() });
    }
    let actual = content_hash(salt, body);
    if actual != claimed {
        return Err(BodyError::HashMismatch { claimed, actual });
    }
    Ok(())
}

#[cfg(all(test, feature = "host"))]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_documented_one() {
        // python3 -c 'import hashlib; print(hashlib.sha256(b"chorale:content:v1"+bytes(16)+b"hello").hexdigest())'
        let expected = "1d4e53412f09856f316f50502b9eea03e756ece146a3ae0e9a7682f63a478a08";
        assert_eq!(content_hash(&[0; 16], "hello").to_string(), expected);
    }

    #[test]
    fn salt_and_body_both_matter() {
        let hash = content_hash(&[0; 16], "hello");
        assert_ne!(content_hash(&[1; 16], "hello"), hash);
        assert_ne!(content_hash(&[0; 16], "hello "), hash);
    }

    #[test]
    fn bodies_outside_the_limits_are_refused() {
        let salt = [3; 16];
        let check = |body: &str| check_body(content_hash(&salt, body), &salt, body);
        assert_eq!(check(" \n\t"), Err(BodyError::Empty));
        assert_eq!(check(&"x".repeat(MAX_BODY_BYTES)), Ok(()));
        let bytes = MAX_BODY_BYTES + 1;
        assert_eq!(check(&"x".repeat(bytes)), Err(BodyError::TooLarge { bytes }));
        let other = content_hash(&salt, "other");
        assert!(
            matches!(check_body(other, &salt, "text"), Err(BodyError::HashMismatch { claimed, .. }) if claimed == other)
        );
    }
}
