//! Who plays: new wallets, funded, signed in, and watching.

use super::watch::Watch;
use anyhow::{Context, Result};
use chorale_client::{Client, SignedIn, Socket, wallet_of};
use chorale_wire::Code;
use chorale_wire::http::Funded;
use chorale_wire::socket::Room;
use rand::Rng;
use rand::rngs::StdRng;
use solana_keypair::Keypair;

/// A wallet with a name, and a client of its own.
pub struct Player {
    /// What the demo calls it.
    pub name: &'static str,
    /// Its session.
    pub me: SignedIn,
    /// What its socket brought.
    pub watch: Watch,
    /// What the faucet gave.
    pub funded: Funded,
}

impl Player {
    /// A new wallet from `random`, funded by the backend's faucet, signed in and in the lobby.
    ///
    /// # Errors
    /// If there is no faucet, or a call fails.
    pub async fn join(client: &Client, name: &'static str, random: &mut StdRng) -> Result<Self> {
        let keypair = Keypair::new_from_array(random.random());
        let funded = fund(client, &keypair).await?;
        let me = client.sign_in(&keypair).await.with_context(|| format!("{name} cannot sign in"))?;
        let watch = Watch::new(Socket::open(me.socket([Room::Lobby])));
        watch.enter(Room::Lobby).await?;
        Ok(Self { name, me, watch, funded })
    }
}

async fn fund(client: &Client, keypair: &Keypair) -> Result<Funded> {
    let funded = client.fund(wallet_of(keypair)).await;
    let closed = |error: &chorale_client::ClientError| {
        error.problem().is_some_and(|problem| problem.code == Code::NoFaucet)
    };
    match funded {
        Err(error) if closed(&error) => {
            Err(error).context("the demo needs the faucet of `chorale dev` to fund its wallets")
        }
        funded => funded.context("the faucet gave nothing"),
    }
}
