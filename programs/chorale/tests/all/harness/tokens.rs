//! Mints and token accounts.

use super::{Chain, Refused, Sent, wallet};
use bytemuck::Pod;
use chorale::address;
use chorale::build::Deployment;
use chorale_domain::id::Wallet;
use solana_account::Account;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_2022_interface::extension::{
    BaseStateWithExtensionsMut, Extension, ExtensionType, StateWithExtensionsMut,
};
use spl_token_2022_interface::instruction as token;
use spl_token_2022_interface::state::Mint;

impl Chain {
    pub fn token_address(&self, keypair: &Keypair) -> Address {
        address::associated_token(wallet(keypair), &self.deployment.mint, &self.deployment.token_program)
    }

    /// Makes a wallet's token account, which holds `amount`.
    pub fn give_tokens(&mut self, keypair: &Keypair, amount: u64) {
        let account = token_account(&self.deployment, wallet(keypair), amount);
        self.svm.set_account(self.token_address(keypair), account).expect("token account");
    }

    /// Base units in a wallet's token account.
    pub fn tokens(&self, keypair: &Keypair) -> u64 {
        self.token_amount(&self.token_address(keypair))
    }

    pub fn token_amount(&self, address: &Address) -> u64 {
        let account = self.svm.get_account(address).expect("token account");
        u64::from_le_bytes(account.data[64..72].try_into().expect("8 bytes"))
    }

    /// Sends tokens to the vault without being asked to.
    pub fn donate(&mut self, donor: &Keypair, amount: u64) {
        let Deployment { mint, token_program } = self.deployment;
        let (from, donor_address) = (self.token_address(donor), donor.pubkey());
        let decimals = self.config().decimals;
        self.donated += amount;
        let transfer = token::transfer_checked(
            &token_program,
            &from,
            &mint,
            &address::vault(),
            &donor_address,
            &[],
            amount,
            decimals,
        );
        self.send(&[transfer.expect("a token program")], donor).expect("anyone can send to the vault");
    }

    /// The mint's freeze authority freezes a token account.
    pub fn freeze(&mut self, account: &Address, freezer: &Keypair) -> Result<Sent, Refused> {
        let Deployment { mint, token_program } = self.deployment;
        let freeze = token::freeze_account(&token_program, account, &mint, &freezer.pubkey(), &[]);
        self.send(&[freeze.expect("a token program")], freezer)
    }

    /// The mint's freeze authority thaws a token account.
    pub fn thaw(&mut self, account: &Address, freezer: &Keypair) -> Result<Sent, Refused> {
        let Deployment { mint, token_program } = self.deployment;
        let thaw = token::thaw_account(&token_program, account, &mint, &freezer.pubkey(), &[]);
        self.send(&[thaw.expect("a token program")], freezer)
    }
}

/// A mint with 6 decimals.
pub fn mint_account(owner: Address) -> Account {
    mint_of(owner, Mint { decimals: 6, ..Mint::default() })
}

/// A mint of all tokens there can be, without extensions.
pub fn mint_of(owner: Address, mint: Mint) -> Account {
    packed(owner, mint, &[], |_| {})
}

/// A mint of Token-2022 with 6 decimals and one extension.
pub fn mint_with<V: Extension + Pod + Default>() -> Account {
    let mint = Mint { decimals: 6, ..Mint::default() };
    packed(address::TOKEN_2022_PROGRAM, mint, &[V::TYPE], |mint| {
        mint.init_extension::<V>(false).expect("the extension fits");
    })
}

/// A mint as the token programs lay it out: extensions first, the mint itself after them.
fn packed(
    owner: Address,
    mint: Mint,
    extensions: &[ExtensionType],
    extend: impl FnOnce(&mut StateWithExtensionsMut<'_, Mint>),
) -> Account {
    let length = ExtensionType::try_calculate_account_len::<Mint>(extensions).expect("sized extensions");
    let mut data = vec![0; length];
    let mut state = StateWithExtensionsMut::<Mint>::unpack_uninitialized(&mut data).expect("a fresh account");
    extend(&mut state);
    state.base = Mint { supply: u64::MAX, is_initialized: true, ..mint };
    state.pack_base();
    state.init_account_type().expect("a mint");
    Account { lamports: 10_000_000, data, owner, ..Account::default() }
}

/// A token account that holds `amount`.
pub fn token_account(deployment: &Deployment, owner: Wallet, amount: u64) -> Account {
    let mut data = vec![0; 165];
    data[..32].copy_from_slice(deployment.mint.as_ref());
    data[32..64].copy_from_slice(&owner.0);
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    Account { lamports: 2_039_280, data, owner: deployment.token_program, ..Account::default() }
}
