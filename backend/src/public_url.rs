//! Where clients reach a backend, as they write it: sign-ins are bound to that.

use std::fmt;
use std::str::FromStr;
use url::Url;

/// Scheme, host and perhaps port. Written in one way only, so that a client which writes it in another still finds its
/// own in the text it signs: lower case, and without the port that goes with the scheme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicUrl(Url);

/// Why a text does not say where a backend is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected scheme, host and perhaps port only, such as https://chorale.example")]
pub struct PublicUrlError;

impl PublicUrl {
    /// Whether clients come by TLS, here or at a proxy before this.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Host, and port where it is not the scheme's own.
    pub(crate) fn authority(&self) -> &str {
        self.0.authority()
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let url: Url = text.parse().map_err(|_| PublicUrlError)?;
        let spoken = matches!(url.scheme(), "http" | "https");
        // Whoever is named, and whatever is asked for, a backend is only reached by scheme, host and port.
        let bare = url.as_str().strip_suffix('/') == Some(url.origin().ascii_serialization().as_str());
        if spoken && bare { Ok(Self(url)) } else { Err(PublicUrlError) }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_in_one_way_only() {
        for (text, written, authority) in [
            ("https://chorale.example", "https://chorale.example", "chorale.example"),
            ("HTTPS://Chorale.Example:443/", "https://chorale.example", "chorale.example"),
            ("https://chorale.example:8443", "https://chorale.example:8443", "chorale.example:8443"),
            ("http://127.0.0.1:80", "http://127.0.0.1", "127.0.0.1"),
            ("http://[::1]:8787", "http://[::1]:8787", "[::1]:8787"),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), url.authority()), (written, authority), "{text}");
        }
    }

    #[test]
    fn anything_but_scheme_host_and_port_is_refused() {
        for text in [
            "",
            "chorale.example",
            "chorale.example:443",
            "wss://chorale.example",
            "https://chorale.example/path",
            "https://chorale.example/?query",
            "https://chorale.example/#part",
            "https://me@chorale.example",
            "file:///etc",
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(PublicUrlError), "{text:?} was accepted");
        }
    }
}
