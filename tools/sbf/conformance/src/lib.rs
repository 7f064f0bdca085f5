//! Shows that `tools/sbf` compiles rightly: every case computes a digest of a seed by means that the SBF build rewrites
//! or that are easy to get wrong, and the digest must be the same on the host and on the chain.
//!
//! On the chain the program takes 16 bytes of instruction data, the index of a case in [`CASES`] and a seed (both
//! little-endian `u64`), and returns the digest as return data.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what casts cut off and reinterpret is part of what is compared"
)]

mod case;
mod digest;
#[cfg(target_os = "solana")]
mod entrypoint;
mod random;

/// One thing that must come out the same everywhere.
#[derive(Clone, Copy)]
pub struct Case {
    /// What the case is about, for messages.
    pub name: &'static str,
    /// The digest of a seed.
    pub digest: fn(u64) -> u64,
}

/// All cases; a case's place here is its number in instruction data.
pub const CASES: &[Case] = &[
    Case { name: "calls with many arguments", digest: case::calls::many_arguments },
    Case { name: "calls with wide results", digest: case::calls::wide_results },
    Case { name: "calls through dyn", digest: case::dynamic::trait_objects },
    Case { name: "calls through function pointers", digest: case::dynamic::function_pointers },
    Case { name: "closures", digest: case::dynamic::closures },
    Case { name: "recursion with stack slots", digest: case::calls::recursion },
    Case { name: "u64 and i64 multiplication", digest: case::multiply::words },
    Case { name: "u128 and i128 multiplication", digest: case::multiply::wide },
    Case { name: "128-bit division", digest: case::wide::division },
    Case { name: "128-bit shifts and bits", digest: case::wide::bits },
    Case { name: "sums in closed form", digest: case::wide::sums },
    Case { name: "small integers", digest: case::small::integers },
    Case { name: "copies of every length", digest: case::memory::copies },
    Case { name: "overlapping moves", digest: case::memory::moves },
    Case { name: "comparisons of every length", digest: case::memory::comparisons },
    Case { name: "large values", digest: case::memory::large_values },
    Case { name: "unaligned loads and stores", digest: case::memory::unaligned },
    Case { name: "sorting", digest: case::order::sorting },
    Case { name: "heaps and deques", digest: case::order::queues },
    Case { name: "BTreeMap", digest: case::map::tree },
    Case { name: "HashMap", digest: case::map::hash },
    Case { name: "formatting integers", digest: case::text::integers },
    Case { name: "formatting structures", digest: case::text::structures },
    Case { name: "parsing", digest: case::text::parsing },
    Case { name: "Unicode text", digest: case::text::unicode },
    Case { name: "shared ownership", digest: case::dynamic::shared_ownership },
];
