//! What is asked of this program.

use chorale_cli::dev::ChainChoice;
use std::time::Duration;

/// Longer than a slot, so that transactions come at any time of one.
const LONGEST_PAUSE_MS: u64 = 150;

pub struct Options {
    /// Messages to publish on each chain.
    pub messages: usize,
    /// A chain that runs already.
    pub chain: Option<ChainChoice>,
}

impl Options {
    pub fn from_arguments() -> Self {
        let arguments: Vec<_> = std::env::args().skip(1).collect();
        let given = |name: &str| {
            let place = arguments.iter().position(|argument| argument == name)?;
            Some(arguments.get(place + 1).unwrap_or_else(|| panic!("{name} takes a value")).clone())
        };
        let messages = given("--messages").map_or(200, |value| value.parse().expect("a number of messages"));
        let chain = given("--rpc-url").map(|rpc_url| {
            let ws_url = given("--ws-url").expect("--ws-url goes with --rpc-url");
            ChainChoice::External { rpc_url, ws_url, payer: given("--payer").map(Into::into) }
        });
        Self { messages, chain }
    }
}

/// Between two transactions.
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(rand::random_range(20..LONGEST_PAUSE_MS))).await;
}
