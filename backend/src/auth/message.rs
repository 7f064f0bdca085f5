//! The text of a sign-in, as in Sign-in-with-Solana: wallets know its form and show what it says.

use crate::presence::rfc3339;
use crate::public_url::PublicUrl;
use chorale_domain::id::Wallet;
use std::fmt;

const NONCE: &str = "Nonce: ";

/// What is said in a sign-in.
pub(crate) struct SignInMessage<'a> {
    /// Where the server is reached: a signature for one is of no use to another.
    pub(crate) url: &'a PublicUrl,
    pub(crate) chain_id: &'a str,
    pub(crate) wallet: Wallet,
    pub(crate) nonce: &'a str,
    pub(crate) issued_at: i64,
    pub(crate) expires_at: i64,
}

impl fmt::Display for SignInMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, chain_id, wallet, nonce, .. } = self;
        writeln!(f, "{} wants you to sign in with your Solana account:\n{wallet}\n", url.authority())?;
        writeln!(f, "Sign in to Chorale. This moves nothing and costs nothing.\n")?;
        writeln!(f, "URI: {url}\nVersion: 1\nChain ID: {chain_id}\n{NONCE}{nonce}")?;
        writeln!(f, "Issued At: {}", rfc3339(self.issued_at))?;
        write!(f, "Expiration Time: {}", rfc3339(self.expires_at))
    }
}

/// The nonce a text names.
pub(crate) fn nonce_of(message: &str) -> Option<&str> {
    message.lines().find_map(|line| line.strip_prefix(NONCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_documented_one() {
        let message = SignInMessage {
            url: &"https://chorale.example".parse().unwrap(),
            chain_id: "devnet",
            wallet: Wallet([1; 32]),
            nonce: "abc123",
            issued_at: 0,
            expires_at: 300,
        };
        let expected = "chorale.example wants you to sign in with your Solana account:\n\
            4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi\n\n\
            Sign in to Chorale. This moves nothing and costs nothing.\n\n\
            URI: https://chorale.example\nVersion: 1\nChain ID: devnet\nNonce: abc123\n\
            Issued At: 1970-01-01T00:00:00Z\nExpiration Time: 1970-01-01T00:05:00Z";
        assert_eq!(message.to_string(), expected);
        assert_eq!(nonce_of(expected), Some("abc123"));
    }
}
