//! Proxies between clients and the backend, and what is believed of what they say.

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Where proxies write whom they speak for, each at the end of the list.
const FORWARDED: &str = "x-forwarded-for";

/// The proxies that are believed. By default there are none: anyone may send the header.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl FromIterator<IpNet> for Proxies {
    fn from_iter<T: IntoIterator<Item = IpNet>>(networks: T) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl Proxies {
    fn are(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Who is behind `peer`: the last address in the list that is no proxy of ours. What is before it in the list may be
    /// made up.
    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lists = headers.get_all(FORWARDED).iter().rev();
        let texts = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
        let mut client = peer;
        for text in texts {
            match address(text.trim()) {
                Some(next) if self.are(client) => client = next,
                _ => break,
            }
        }
        client
    }
}

/// Some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

/// The routes, for which a request comes from whoever is behind the proxies.
pub(crate) fn behind(router: Router, proxies: &Proxies) -> Router {
    if proxies.0.is_empty() {
        return router;
    }
    router.layer(from_fn_with_state(proxies.clone(), see_through))
}

async fn see_through(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = proxies.behind(peer.ip(), request.headers());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(peer: &str, lists: &[&str]) -> String {
        let proxies: Proxies =
            ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap()).into_iter().collect();
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(FORWARDED, list.parse().unwrap());
        }
        proxies.behind(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_proxy_is_believed_and_nobody_else() {
        assert_eq!(behind("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(behind("203.0.113.9", &["203.0.113.7"]), "203.0.113.9", "that is no proxy");
        assert_eq!(behind("10.0.0.1", &[]), "10.0.0.1", "it says nothing");
    }

    #[test]
    fn what_a_client_wrote_into_the_list_itself_does_not_count() {
        assert_eq!(behind("10.0.0.1", &["198.51.100.1, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(behind("10.0.0.1", &["198.51.100.1", "203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn proxies_may_stand_behind_each_other_and_name_ports() {
        assert_eq!(behind("10.0.0.1", &["203.0.113.7, 10.0.0.2"]), "203.0.113.7");
        assert_eq!(behind("::ffff:10.0.0.1", &["[2001:db8::1]:4711, fd00::2"]), "2001:db8::1");
        assert_eq!(behind("10.0.0.1", &["203.0.113.7:5000"]), "203.0.113.7");
        assert_eq!(behind("10.0.0.1", &["nonsense"]), "10.0.0.1");
    }
}
