//! Wallets with lamports and tokens.

use super::Node;
use crate::chain::Chain;
use chorale::address::{TOKEN_PROGRAM, associated_token};
use chorale::build::Deployment;
use chorale_domain::id::Wallet;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use spl_associated_token_account_interface::instruction::create_associated_token_account_idempotent;
use spl_token_interface::instruction::mint_to;
use std::sync::Arc;

const LAMPORTS: u64 = 100_000_000_000;
const TOKENS: u64 = 1_000_000_000_000;

/// Funds wallets out of the deployment's payer.
pub struct Bank {
    pub deployment: Deployment,
    node: Arc<Node>,
    payer: Keypair,
}

impl Bank {
    pub fn new(chain: &Chain, node: Arc<Node>) -> Self {
        let mint = chain.facts.mint.parse().expect("an address");
        let deployment = Deployment { mint, token_program: TOKEN_PROGRAM };
        Self { deployment, node, payer: chain.payer() }
    }

    /// Two new ones.
    pub async fn wallets(&self) -> [Keypair; 2] {
        let wallets = [Keypair::new(), Keypair::new()];
        let instructions: Vec<_> = wallets.iter().flat_map(|wallet| self.fund(&wallet.pubkey())).collect();
        self.node.send(&instructions, &self.payer).await;
        wallets
    }

    fn fund(&self, owner: &Address) -> [Instruction; 3] {
        let Deployment { mint, token_program } = self.deployment;
        let payer = self.payer.pubkey();
        let account = associated_token(Wallet(owner.to_bytes()), &mint, &token_program);
        let tokens = mint_to(&token_program, &mint, &account, &payer, &[], TOKENS);
        [
            transfer(&payer, owner, LAMPORTS),
            create_associated_token_account_idempotent(&payer, owner, &mint, &token_program),
            tokens.expect("a token program"),
        ]
    }
}
