use solana_address::Address;

/// What can go wrong while bringing up a chain or a deployment.
#[derive(Debug, thiserror::Error)]
pub enum LocalnetError {
    /// surfpool did not start or refused a command.
    #[error("the embedded chain failed: {0}")]
    Embedded(#[from] surfpool_sdk::SurfnetError),
    /// The thread that starts the chain died.
    #[error("the embedded chain's start was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
    /// The endpoint did not answer, or refused a transaction.
    #[error("RPC {url}: {reason}")]
    Rpc {
        /// The endpoint.
        url: String,
        /// What happened, in words that may be said.
        reason: String,
        /// What the client says, which may hold the whole of the endpoint's URL: not a source, so that nobody prints it.
        error: Box<solana_client::client_error::ClientError>,
    },
    /// The chain has no such program.
    #[error(
        "program {program} is not deployed at {url}: deploy programs/chorale/chorale.so there first \
         (solana-test-validator --bpf-program {program} chorale.so)"
    )]
    NotDeployed {
        /// The endpoint.
        url: String,
        /// The program's address.
        program: Address,
    },
    /// The configuration's account is there but is not one this software knows.
    #[error("the configuration at {url} cannot be read: {reason}")]
    UnreadableConfig {
        /// The endpoint.
        url: String,
        /// Why.
        reason: String,
    },
    /// The payer has no lamports and the chain gives none.
    #[error("payer {payer} has {lamports} lamports at {url}, {needed} are needed: send it some SOL")]
    PoorPayer {
        /// The endpoint.
        url: String,
        /// Who pays.
        payer: Address,
        /// What it has.
        lamports: u64,
        /// What setting up takes.
        needed: u64,
    },
    /// The payer may not set the deployment up.
    #[error(
        "{payer} cannot set the deployment at {url} up: it is not the program's upgrade authority. Give that \
         authority's keypair as the payer (--payer)"
    )]
    NotUpgradeAuthority {
        /// The endpoint.
        url: String,
        /// Who tried.
        payer: Address,
    },
    /// An instruction could not be built.
    #[error("a token instruction could not be built: {0}")]
    Instruction(String),
}
