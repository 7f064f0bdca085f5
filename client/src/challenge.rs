//! Which texts may be signed for signing in: only ones no chain or other server could make use of.

use chorale_domain::id::Wallet;

const INVITATION: &str = " wants you to sign in with your Solana account:";
const URI: &str = "URI: ";

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

/// How this client reaches the server that asks.
#[derive(Clone, Copy)]
pub(crate) struct Server<'a> {
    /// Host and port.
    pub(crate) authority: &'a str,
    /// Scheme, host and port: what was asked for by TLS is signed for TLS only.
    pub(crate) origin: &'a str,
}

/// Refuses a text unless it signs `wallet` in at `server`.
pub(crate) fn check(message: &str, wallet: Wallet, server: Server<'_>) -> Result<(), ChallengeError> {
    let printable = message.chars().all(|c| c == '\n' || !c.is_control());
    let mut lines = message.lines();
    let domain = lines.next().and_then(|line| line.strip_suffix(INVITATION));
    let (Some(domain), Some(account), true) = (domain, lines.next(), printable) else {
        return Err(ChallengeError::NotASignIn);
    };
    let mut uris = lines.filter_map(|line| line.strip_prefix(URI));
    let (Some(uri), None) = (uris.next(), uris.next()) else {
        return Err(ChallengeError::NotASignIn);
    };
    for (theirs, ours) in [(domain, server.authority), (uri, server.origin)] {
        if theirs != ours {
            return Err(ChallengeError::OtherServer { theirs: theirs.into(), ours: ours.into() });
        }
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

    const HERE: Server<'_> = Server { authority: "here:8787", origin: "https://here:8787" };

    fn text(domain: &str, uri: &str, wallet: Wallet) -> String {
        format!("{domain}{INVITATION}\n{wallet}\n\nSign in.\n\nURI: {uri}\nVersion: 1\nNonce: abc")
    }

    fn refused(message: &str) -> ChallengeError {
        check(message, WALLET, HERE).expect_err("it was accepted")
    }

    #[test]
    fn a_sign_in_for_this_wallet_and_server_is_signed() {
        assert_eq!(check(&text(HERE.authority, HERE.origin, WALLET), WALLET, HERE), Ok(()));
    }

    #[test]
    fn a_sign_in_for_another_server_or_wallet_is_not() {
        for (domain, uri) in [
            ("evil.example", HERE.origin),
            (HERE.authority, "https://evil.example"),
            (HERE.authority, "http://here:8787"),
            (HERE.authority, "https://here:8787/elsewhere"),
        ] {
            let elsewhere = refused(&text(domain, uri, WALLET));
            assert!(matches!(elsewhere, ChallengeError::OtherServer { .. }), "{domain} {uri}");
        }
        let other = refused(&text(HERE.authority, HERE.origin, Wallet([8; 32])));
        assert!(matches!(other, ChallengeError::OtherWallet(_)));
    }

    #[test]
    fn anything_else_is_not_signed() {
        let good = text(HERE.authority, HERE.origin, WALLET);
        let (disguised, nowhere) = (format!("{good}\0\u{1}"), good.replace("URI: ", "URL: "));
        let twice = format!("{good}\nURI: https://evil.example");
        for message in ["", "\u{1}\u{0}\u{1}", "pay everything", &disguised, &nowhere, &twice] {
            assert_eq!(refused(message), ChallengeError::NotASignIn, "{message:?}");
        }
    }
}
