//! Which texts may be signed for signing in: only ones no chain or other server could make use of.

use chorale_domain::id::Wallet;

const INVITATION: &str = " wants you to sign in with your Solana account:";

/// Why a text is not a sign-in for this wallet at this server.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChallengeError {
    /// Not of the form of Sign-in-with-Solana: it might be a transaction in disguise.
    #[error("the text is not a Sign-in-with-Solana message; a server must not ask to sign anything else")]
    NotASignIn,
    /// A text for another server, which could use the signature there.
    #[error(
        "the text signs in at {theirs:?}, but the server was reached as {ours:?}; use that name if it is the right one"
    )]
    OtherServer {
        /// Whom the text names.
        theirs: String,
        /// Who was asked.
        ours: String,
    },
    /// A text for another wallet.
    #[error("the text signs in wallet {0:?}, which is another one")]
    OtherWallet(String),
}

/// Refuses a text unless it signs `wallet` in at `server` (host and port).
pub(crate) fn check(message: &str, wallet: Wallet, server: &str) -> Result<(), ChallengeError> {
    let printable = message.chars().all(|c| c == '\n' || !c.is_control());
    let mut lines = message.lines();
    let domain = lines.next().and_then(|line| line.strip_suffix(INVITATION));
    let (Some(domain), Some(account), true) = (domain, lines.next(), printable) else {
        return Err(ChallengeError::NotASignIn);
    };
    if domain != server {
        return Err(ChallengeError::OtherServer { theirs: domain.into(), ours: server.into() });
    }
    if account != wallet.to_string() {
        return Err(ChallengeError::OtherWallet(account.into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALLET: Wallet = Wallet([7; 32]);

    fn text(domain: &str, wallet: Wallet) -> String {
        format!("{domain}{INVITATION}\n{wallet}\n\nNonce: abc")
    }

    #[test]
    fn a_sign_in_for_this_wallet_and_server_is_signed() {
        assert_eq!(check(&text("127.0.0.1:8787", WALLET), WALLET, "127.0.0.1:8787"), Ok(()));
    }

    #[test]
    fn a_sign_in_for_another_server_or_wallet_is_not() {
        let elsewhere = check(&text("evil.example", WALLET), WALLET, "127.0.0.1:8787");
        assert!(matches!(elsewhere, Err(ChallengeError::OtherServer { .. })));
        let other = check(&text("here", Wallet([8; 32])), WALLET, "here");
        assert!(matches!(other, Err(ChallengeError::OtherWallet(_))));
    }

    #[test]
    fn anything_else_is_not_signed() {
        let disguised = format!("{}\0\u{1}", text("here", WALLET));
        for message in ["", "\u{1}\u{0}\u{1}", "pay everything", disguised.as_str()] {
            assert_eq!(check(message, WALLET, "here"), Err(ChallengeError::NotASignIn));
        }
    }
}
