use clap::Args;

/// Which Solana node to ask.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct RpcArgs {
    /// JSON-RPC endpoint of a Solana node that keeps the program's whole history
    #[arg(long, value_name = "URL", env = "CHORALE_RPC_URL")]
    pub(in crate::command) rpc_url: String,
}

/// Which Solana node to follow.
#[derive(Args, Clone, Debug)]
pub(in crate::command) struct EndpointArgs {
    #[command(flatten)]
    pub(in crate::command) rpc: RpcArgs,
    /// The WebSocket endpoint that goes with it
    #[arg(long, value_name = "URL", env = "CHORALE_WS_URL")]
    pub(in crate::command) ws_url: String,
}
