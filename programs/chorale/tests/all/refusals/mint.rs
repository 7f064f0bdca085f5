//! Refused: Token-2022 mints whose extensions change amounts or permissions, each by its name.

use crate::harness::*;
use chorale::address;
use chorale::build;
use solana_account::Account;
use spl_token_2022_interface::extension::confidential_mint_burn::ConfidentialMintBurn;
use spl_token_2022_interface::extension::confidential_transfer::ConfidentialTransferMint;
use spl_token_2022_interface::extension::confidential_transfer_fee::ConfidentialTransferFeeConfig;
use spl_token_2022_interface::extension::default_account_state::DefaultAccountState;
use spl_token_2022_interface::extension::interest_bearing_mint::InterestBearingConfig;
use spl_token_2022_interface::extension::mint_close_authority::MintCloseAuthority;
use spl_token_2022_interface::extension::non_transferable::NonTransferable;
use spl_token_2022_interface::extension::pausable::PausableConfig;
use spl_token_2022_interface::extension::permanent_delegate::PermanentDelegate;
use spl_token_2022_interface::extension::permissioned_burn::PermissionedBurnConfig;
use spl_token_2022_interface::extension::scaled_ui_amount::ScaledUiAmountConfig;
use spl_token_2022_interface::extension::transfer_fee::TransferFeeConfig;
use spl_token_2022_interface::extension::transfer_hook::TransferHook;

/// Tries to set a deployment up with this mint.
fn initialize(mint: Account) -> Refused {
    let mut chain = Chain::deployed_beside(mint);
    let deployment = chain.deployment;
    refused(&mut chain, |chain| chain.govern(|authority| build::initialize(&deployment, authority, SETTINGS)))
}

#[test]
fn a_mint_whose_extensions_change_amounts_or_permissions() {
    for (mint, error) in [
        (mint_with::<TransferFeeConfig>(), "MintHasTransferFee"),
        (mint_with::<MintCloseAuthority>(), "MintHasCloseAuthority"),
        (mint_with::<ConfidentialTransferMint>(), "MintHasConfidentialTransfer"),
        (mint_with::<DefaultAccountState>(), "MintHasDefaultAccountState"),
        (mint_with::<NonTransferable>(), "MintNonTransferable"),
        (mint_with::<InterestBearingConfig>(), "MintInterestBearing"),
        (mint_with::<PermanentDelegate>(), "MintHasPermanentDelegate"),
        (mint_with::<TransferHook>(), "MintHasTransferHook"),
        (mint_with::<ConfidentialTransferFeeConfig>(), "MintHasConfidentialTransferFee"),
        (mint_with::<ConfidentialMintBurn>(), "MintHasConfidentialMintBurn"),
        (mint_with::<ScaledUiAmountConfig>(), "MintHasScaledUiAmount"),
        (mint_with::<PausableConfig>(), "MintPausable"),
        (mint_with::<PermissionedBurnConfig>(), "MintHasPermissionedBurn"),
    ] {
        assert_eq!(initialize(mint), error);
    }
}

#[test]
fn a_mint_with_an_extension_that_did_not_exist_when_the_program_was_written() {
    let mut mint = mint_with::<PermissionedBurnConfig>();
    mint.data[166..168].copy_from_slice(&1_000_u16.to_le_bytes());
    assert_eq!(initialize(mint), "MintHasUnknownExtension");
}

#[test]
fn a_mint_that_is_not_initialized_or_cut_short_or_a_token_account() {
    let good = mint_account(address::TOKEN_2022_PROGRAM);
    let mut uninitialized = good.clone();
    uninitialized.data[45] = 0;
    assert_eq!(initialize(uninitialized), "InvalidMint");
    let mut short = good.clone();
    short.data.truncate(81);
    assert_eq!(initialize(short), "InvalidMint");
    assert_eq!(initialize(Account { data: vec![1; 165], ..good }), "InvalidMint");
}
