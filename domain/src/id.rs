//! 32-byte identities. Wallets and threads are written in base58, hashes in lower-case hex.

/// SHA-256 of the concatenation of `parts`: the syscall on the chain, the `sha2` crate elsewhere.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    solana_sha256_hasher::hashv(parts).to_bytes()
}

macro_rules! bytes32 {
    ($(#[$doc:meta])* $name:ident, $encode:path, $decode:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl From<[u8; 32]> for $name {
            fn from(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        #[cfg(feature = "host")]
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&$encode(&self.0))
            }
        }

        #[cfg(feature = "host")]
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        #[cfg(feature = "host")]
        impl core::str::FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $decode(text).map(Self).ok_or_else(|| ParseIdError::new(stringify!($name), text))
            }
        }

        #[cfg(feature = "host")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "host")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

bytes32!(
    /// An ed25519 public key that owns tokens and signs transactions.
    Wallet,
    base58,
    from_base58
);
bytes32!(
    /// 32 random bytes that name a thread for ever; its account's address derives from them.
    ThreadId,
    base58,
    from_base58
);
bytes32!(
    /// A SHA-256: of content, of a row, of a node of a tree.
    Hash32,
    hex_text,
    from_hex
);

/// An ed25519 signature: names a transaction. Written in base58.
#[cfg(feature = "host")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature(pub [u8; 64]);

#[cfg(feature = "host")]
impl core::fmt::Display for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut text = [0; five8::BASE58_ENCODED_64_MAX_LEN];
        let length = five8::encode_64(&self.0, &mut text);
        f.write_str(&String::from_utf8_lossy(&text[..usize::from(length)]))
    }
}

#[cfg(feature = "host")]
impl core::fmt::Debug for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Signature({self})")
    }
}

#[cfg(feature = "host")]
impl core::str::FromStr for Signature {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 64];
        let decoded = five8::decode_64(text, &mut bytes);
        decoded.map(|()| Self(bytes)).map_err(|_| ParseIdError::new("Signature (64 bytes)", text))
    }
}

#[cfg(feature = "host")]
impl serde::Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "host")]
impl<'de> serde::Deserialize<'de> for Signature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Base units of the deployment's token. JSON carries it as a decimal string, since JSON's numbers
/// (and RFC 8785's canonical form) are exact only up to 2^53.
#[cfg(feature = "host")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Amount(pub u64);

#[cfg(feature = "host")]
impl core::fmt::Display for Amount {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "host")]
impl serde::Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(feature = "host")]
impl<'de> serde::Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl Hash32 {
    /// The hash the program refuses, because it marks "nothing".
    pub const ZERO: Self = Self([0; 32]);
}

/// Text that is not a 32-byte id in the form its kind is written in.
#[cfg(feature = "host")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}: wallets and threads are 32 bytes in base58, hashes 32 bytes in hex")]
pub struct ParseIdError {
    kind: &'static str,
    text: String,
}

#[cfg(feature = "host")]
impl ParseIdError {
    /// Keeps the beginning of the text: whoever sent a long one needs no echo.
    fn new(kind: &'static str, text: &str) -> Self {
        Self { kind, text: text.chars().take(100).collect() }
    }
}

#[cfg(feature = "host")]
fn base58(bytes: &[u8; 32]) -> String {
    let mut text = [0; five8::BASE58_ENCODED_32_MAX_LEN];
    let length = five8::encode_32(bytes, &mut text);
    String::from_utf8_lossy(&text[..usize::from(length)]).into_owned()
}

#[cfg(feature = "host")]
fn from_base58(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    five8::decode_32(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(feature = "host")]
fn hex_text(bytes: &[u8; 32]) -> String {
    hex::encode(bytes)
}

#[cfg(feature = "host")]
fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(all(test, feature = "host"))]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_their_text_form() {
        let wallet = Wallet([7; 32]);
        let hash = Hash32([0xab; 32]);
        assert_eq!(wallet.to_string().parse(), Ok(wallet));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(serde_json::to_string(&hash).unwrap(), format!("\"{hash}\""));
        assert_eq!(serde_json::from_str::<Wallet>(&format!("\"{wallet}\"")).unwrap(), wallet);
    }

    #[test]
    fn text_of_the_wrong_length_or_alphabet_is_refused() {
        for text in ["", "abc", "0OIl", &"a".repeat(65), &"1".repeat(33)] {
            assert!(text.parse::<Wallet>().is_err(), "{text}");
            assert!(text.parse::<Hash32>().is_err(), "{text}");
            assert!(text.parse::<Signature>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_smallest_and_the_largest_ids_survive_too() {
        for bytes in [[0; 32], [255; 32]] {
            assert_eq!(Wallet(bytes).to_string().parse(), Ok(Wallet(bytes)));
        }
        for bytes in [[0; 64], [255; 64]] {
            assert_eq!(Signature(bytes).to_string().parse(), Ok(Signature(bytes)));
        }
    }

    #[test]
    fn text_that_is_far_too_long_is_refused_at_once_and_not_echoed() {
        let text = "z".repeat(10_000_000);
        let refusal = text.parse::<Wallet>().unwrap_err().to_string();
        assert!(refusal.len() < 500, "{} bytes of refusal", refusal.len());
        assert!(text.parse::<Signature>().is_err() && text.parse::<Hash32>().is_err());
    }
}
