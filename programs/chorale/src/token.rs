//! The token program's instructions that are needed, built by hand: the generic helpers cost ten times the units.

use anchor_lang::pinocchio::cpi::{Seed, Signer, invoke, invoke_signed};
use anchor_lang::pinocchio::instruction::{InstructionAccount, InstructionView};
use anchor_lang::prelude::*;
use anchor_lang::{address_eq, create_account_signed};

use crate::error::ChoraleError;
use crate::mint::{self, MintProgram};

/// Bytes of a token account, also of Token-2022 where the mint has none of the refused extensions, and where its
/// amount stands.
const ACCOUNT_BYTES: usize = 165;
const AMOUNT: core::ops::Range<usize> = 64..72;

/// Instruction tags of the token program.
const TRANSFER_CHECKED: u8 = 12;
const INITIALIZE_ACCOUNT_3: u8 = 18;

/// Which token program `token_program` is, and the decimal places of its `mint`.
pub(crate) fn mint_decimals(mint: &AccountView, token_program: &AccountView) -> Result<u8> {
    let program = match token_program.address() {
        address if address_eq(address, &Token::id()) => MintProgram::Token,
        address if address_eq(address, &Token2022::id()) => MintProgram::Token2022,
        _ => return Err(ChoraleError::UnsupportedTokenProgram.into()),
    };
    require!(mint.owned_by(token_program.address()), ChoraleError::UnsupportedTokenProgram);
    Ok(mint::decimals(program, &mint.try_borrow()?)?)
}

/// The amount a token account holds, in base units.
pub(crate) fn amount(account: &AccountView) -> Result<u64> {
    let data = account.try_borrow()?;
    let bytes = data.get(AMOUNT).and_then(|bytes| bytes.try_into().ok());
    Ok(bytes.map(u64::from_le_bytes).ok_or(ChoraleError::WrongVault)?)
}

/// Creates the vault at its address: a token account of `mint` that belongs to `owner`.
pub(crate) fn create_vault(
    payer: &AccountView,
    vault: &AccountView,
    mint: &AccountView,
    token_program: &AccountView,
    owner: &Address,
    vault_seeds: &[&[u8]],
) -> Result<()> {
    create_account_signed(payer, vault, ACCOUNT_BYTES, token_program.address(), vault_seeds)?;
    let mut data = [INITIALIZE_ACCOUNT_3; 33];
    data[1..].copy_from_slice(owner.as_ref());
    let accounts =
        [InstructionAccount::writable(vault.address()), InstructionAccount::readonly(mint.address())];
    let instruction =
        InstructionView { program_id: token_program.address(), accounts: &accounts, data: &data };
    invoke(&instruction, &[vault, mint])
}

/// A transfer of the deployment's token.
pub(crate) struct Transfer<'a> {
    pub(crate) token_program: &'a AccountView,
    pub(crate) from: &'a AccountView,
    pub(crate) mint: &'a AccountView,
    pub(crate) to: &'a AccountView,
    pub(crate) authority: &'a AccountView,
    pub(crate) decimals: u8,
}

impl Transfer<'_> {
    /// Moves `amount` base units; `seeds` sign for the authority where it is an address of the program.
    pub(crate) fn invoke(&self, amount: u64, seeds: &[&[u8]]) -> Result<()> {
        let mut data = [TRANSFER_CHECKED; 10];
        data[1..9].copy_from_slice(&amount.to_le_bytes());
        data[9] = self.decimals;
        let accounts = [
            InstructionAccount::writable(self.from.address()),
            InstructionAccount::readonly(self.mint.address()),
            InstructionAccount::writable(self.to.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let instruction =
            InstructionView { program_id: self.token_program.address(), accounts: &accounts, data: &data };
        let views = [self.from, self.mint, self.to, self.authority];
        match *seeds {
            [seed, bump] => {
                let seeds = [Seed::from(seed), Seed::from(bump)];
                invoke_signed(&instruction, &views, &[Signer::from(&seeds)])
            }
            _ => invoke(&instruction, &views),
        }
    }
}
