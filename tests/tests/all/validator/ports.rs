//! Ports for a validator, which cannot be told to take any that are free.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Where to look: below the ports that systems give to outgoing connections, so that few come and go there.
const RANGE: std::ops::Range<u16> = 10_000..32_000;
/// What one validator gets: gossip, its dynamic range, RPC, WebSocket and faucet.
const BLOCK: u16 = 64;
const DYNAMIC: u16 = 48;

/// A block of ports that were all free a moment ago.
pub struct Ports {
    first: u16,
}

impl Ports {
    /// Looks for one, at another place each time.
    pub fn free() -> Self {
        let blocks = (RANGE.end - RANGE.start) / BLOCK;
        let begin = rand::random_range(0..blocks);
        let firsts = (0..blocks).map(|n| RANGE.start + (begin + n) % blocks * BLOCK);
        let first = firsts.into_iter().find(|first| (*first..first + BLOCK).all(is_free));
        Self { first: first.unwrap_or_else(|| panic!("no {BLOCK} free ports in a row in {RANGE:?}")) }
    }

    pub fn rpc(&self) -> u16 {
        self.first + DYNAMIC + 1
    }

    /// Always the one after it.
    pub fn web_socket(&self) -> u16 {
        self.rpc() + 1
    }

    pub fn arguments(&self) -> [String; 8] {
        let (gossip, faucet) = (self.first, self.web_socket() + 1);
        let dynamic = format!("{}-{}", gossip + 1, gossip + 1 + DYNAMIC);
        [
            "--gossip-port".into(),
            gossip.to_string(),
            "--dynamic-port-range".into(),
            dynamic,
            "--rpc-port".into(),
            self.rpc().to_string(),
            "--faucet-port".into(),
            faucet.to_string(),
        ]
    }
}

/// Tried on every address: whatever it is told, the validator binds RPC and faucet on all of them.
fn is_free(port: u16) -> bool {
    let everywhere = (Ipv4Addr::UNSPECIFIED, port);
    TcpListener::bind(everywhere).is_ok() && UdpSocket::bind(everywhere).is_ok()
}
