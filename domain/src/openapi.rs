//! How ids, amounts and keys look in JSON, for OpenAPI documents. What is made of them derives its schema where it is.

use crate::id::{Amount, Hash32, Signature, ThreadId, Wallet};
use crate::state::EntityKey;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// Text of one form. The format names what a pattern cannot say: that it decodes to so many bytes.
macro_rules! text {
    ($($name:ident: $format:literal, $pattern:literal, $example:literal, $about:literal;)*) => {
        $(
            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .format(Some(SchemaFormat::Custom($format.into())))
                        .pattern(Some($pattern))
                        .examples([$example])
                        .description(Some($about))
                        .into()
                }
            }

            impl ToSchema for $name {}
        )*
    };
}

text! {
    Wallet: "wallet", "^[1-9A-HJ-NP-Za-km-z]{32,44}$", "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T",
        "A 32-byte address of the chain in base58: a wallet, a mint, a program.";
    ThreadId: "thread-id", "^[1-9A-HJ-NP-Za-km-z]{32,44}$", "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi",
        "A thread's 32 bytes in base58.";
    Signature: "signature", "^[1-9A-HJ-NP-Za-km-z]{64,88}$",
        "2AXDGYSE4f2sz7tvMMzyHvUfcoJmxudvdhBcmiUSo6ijwfYmfZYsKRxboQMPh3R4kUhXRVdtSXFXMheka4Rc4P2",
        "An ed25519 signature's 64 bytes in base58. It names a transaction.";
    Hash32: "hash", "^[0-9a-fA-F]{64}$", "1d4e53412f09856f316f50502b9eea03e756ece146a3ae0e9a7682f63a478a08",
        "A SHA-256 in hex; lower-case in answers.";
    Amount: "amount", "^[0-9]{1,20}$", "2000001",
        "Base units below 2^64, as a decimal string: JSON's numbers are exact only up to 2^53.";
    EntityKey: "entity-key",
        "^(config|treasury|roots|thread/[1-9A-HJ-NP-Za-km-z]{32,44}|member/[1-9A-HJ-NP-Za-km-z]{32,44}/[0-9]{1,10}|(proposal|message)/[1-9A-HJ-NP-Za-km-z]{32,44}/[0-9a-fA-F]{64})$",
        "thread/4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi",
        "Names an entity: config, treasury, roots, thread/ID, member/ID/NUMBER, proposal/ID/HASH or message/ID/HASH.";
}
