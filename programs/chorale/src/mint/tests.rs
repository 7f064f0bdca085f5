//! What Token-2022's own interface crate builds and reads is what these tests compare with.

use spl_token_2022_interface::extension::metadata_pointer::MetadataPointer;
use spl_token_2022_interface::extension::mint_close_authority::MintCloseAuthority;
use spl_token_2022_interface::extension::transfer_fee::TransferFeeConfig;
use spl_token_2022_interface::extension::{
    BaseStateWithExtensions, BaseStateWithExtensionsMut, ExtensionType, StateWithExtensions,
    StateWithExtensionsMut,
};
use spl_token_2022_interface::state::Mint;

use super::MintProgram::{Token, Token2022};
use super::*;

const PERMITTED: [ExtensionType; 6] = [
    ExtensionType::MetadataPointer,
    ExtensionType::TokenMetadata,
    ExtensionType::GroupPointer,
    ExtensionType::TokenGroup,
    ExtensionType::GroupMemberPointer,
    ExtensionType::TokenGroupMember,
];

const REFUSED: [(ExtensionType, ChoraleError); 13] = [
    (ExtensionType::TransferFeeConfig, ChoraleError::MintHasTransferFee),
    (ExtensionType::MintCloseAuthority, ChoraleError::MintHasCloseAuthority),
    (ExtensionType::ConfidentialTransferMint, ChoraleError::MintHasConfidentialTransfer),
    (ExtensionType::DefaultAccountState, ChoraleError::MintHasDefaultAccountState),
    (ExtensionType::NonTransferable, ChoraleError::MintNonTransferable),
    (ExtensionType::InterestBearingConfig, ChoraleError::MintInterestBearing),
    (ExtensionType::PermanentDelegate, ChoraleError::MintHasPermanentDelegate),
    (ExtensionType::TransferHook, ChoraleError::MintHasTransferHook),
    (ExtensionType::ConfidentialTransferFeeConfig, ChoraleError::MintHasConfidentialTransferFee),
    (ExtensionType::ConfidentialMintBurn, ChoraleError::MintHasConfidentialMintBurn),
    (ExtensionType::ScaledUiAmount, ChoraleError::MintHasScaledUiAmount),
    (ExtensionType::Pausable, ChoraleError::MintPausable),
    (ExtensionType::PermissionedBurn, ChoraleError::MintHasPermissionedBurn),
];

/// An initialized mint of 6 decimals without extensions.
fn plain() -> Vec<u8> {
    let mut data = vec![0; MINT_BYTES];
    data[DECIMALS] = 6;
    data[INITIALIZED] = 1;
    data
}

/// A mint with these bytes where its extensions stand.
fn with_tail(tail: &[u8]) -> Vec<u8> {
    let mut data = plain();
    data.extend([0; PADDING_BYTES]);
    data.push(MINT_TYPE);
    data.extend(tail);
    data
}

/// An extension's entry with a value of `length` bytes.
fn entry(extension: u16, length: u16) -> Vec<u8> {
    let mut bytes = [extension.to_le_bytes(), length.to_le_bytes()].concat();
    bytes.resize(4 + usize::from(length), 0xff);
    bytes
}

/// What is expected of a mint whose only extension has this number.
fn expected(number: u16) -> Result<u8, ChoraleError> {
    let Ok(extension) = ExtensionType::try_from(number) else {
        return Err(ChoraleError::MintHasUnknownExtension);
    };
    if number == UNINITIALIZED || PERMITTED.contains(&extension) {
        return Ok(6);
    }
    let named = REFUSED.iter().find(|(refused, _)| *refused == extension);
    Err(named.map_or(ChoraleError::MintHasUnknownExtension, |(_, error)| *error))
}

#[test]
fn a_mint_without_extensions_gives_its_decimals_under_both_programs() {
    for program in [Token, Token2022] {
        assert_eq!(decimals(program, &plain()), Ok(6), "{program:?}");
    }
}

#[test]
fn every_extension_number_is_permitted_or_refused_by_its_name() {
    for number in (0..=40).chain([255, 256, u16::MAX - 2, u16::MAX]) {
        for length in [0, 1, 40] {
            let data = with_tail(&entry(number, length));
            assert_eq!(decimals(Token2022, &data), expected(number), "extension {number}, {length} bytes");
        }
    }
}

#[test]
fn every_refusal_says_the_extension_as_token_2022_calls_it() {
    for (extension, error) in REFUSED {
        let named = format!("the mint has the Token-2022 extension {extension:?}, ");
        assert!(error.to_string().starts_with(&named), "{error:?} says \"{error}\"");
    }
}

#[test]
fn a_refused_extension_is_found_behind_permitted_ones() {
    let permitted: Vec<u8> = PERMITTED.into_iter().flat_map(|extension| entry(extension.into(), 9)).collect();
    assert_eq!(decimals(Token2022, &with_tail(&permitted)), Ok(6));
    for (extension, error) in REFUSED {
        let tail = [permitted.clone(), entry(extension.into(), 0)].concat();
        assert_eq!(decimals(Token2022, &with_tail(&tail)), Err(error), "{extension:?} comes last");
    }
}

#[test]
fn of_several_refused_extensions_the_first_is_named() {
    let tail = [entry(14, 64), entry(1, 108)].concat();
    assert_eq!(decimals(Token2022, &with_tail(&tail)), Err(ChoraleError::MintHasTransferHook));
}

#[test]
fn the_list_ends_at_an_uninitialized_entry_or_without_room_for_another_type() {
    let tails: [&[u8]; 7] = [&[], &[7], &[0, 0], &[0, 0, 9], &[0; 4], &[0; 200], &[0, 0, 0, 0, 1, 0, 0, 0]];
    for tail in tails {
        assert_eq!(decimals(Token2022, &with_tail(tail)), Ok(6), "{tail:?}");
        let behind_metadata = [&entry(19, 30), tail].concat();
        assert_eq!(decimals(Token2022, &with_tail(&behind_metadata)), Ok(6), "metadata, then {tail:?}");
    }
}

#[test]
fn an_entry_cut_short_is_no_mint() {
    let tails: [&[u8]; 6] =
        [&[18, 0], &[18, 0, 1], &[18, 0, 1, 0], &[18, 0, 0, 1, 0], &[19, 0, 255, 255], &[1, 0]];
    for tail in tails {
        assert_eq!(decimals(Token2022, &with_tail(tail)), Err(ChoraleError::InvalidMint), "{tail:?}");
    }
}

#[test]
fn only_82_bytes_or_at_least_166_can_be_a_token_2022_mint() {
    let longest = with_tail(&[0; 300]);
    for length in 0..=longest.len() {
        let is_mint = length == 82 || (length >= 166 && length != MULTISIG_BYTES);
        assert_eq!(decimals(Token2022, &longest[..length]).is_ok(), is_mint, "{length} bytes");
        assert_eq!(decimals(Token, &longest[..length]).is_ok(), length == 82, "{length} bytes, SPL Token");
    }
}

#[test]
fn an_uninitialized_mint_is_refused() {
    for flag in [0, 2, 255] {
        for mut data in [plain(), with_tail(&[])] {
            data[INITIALIZED] = flag;
            assert_eq!(decimals(Token2022, &data), Err(ChoraleError::InvalidMint), "flag {flag}");
        }
    }
}

#[test]
fn another_account_type_is_no_mint() {
    for account_type in (0..=u8::MAX).filter(|account_type| *account_type != MINT_TYPE) {
        let mut data = with_tail(&[]);
        data[165] = account_type;
        assert_eq!(decimals(Token2022, &data), Err(ChoraleError::InvalidMint), "type {account_type}");
    }
}

#[test]
fn anything_in_the_padding_is_no_mint() {
    for at in MINT_BYTES..165 {
        let mut data = with_tail(&[]);
        data[at] = 1;
        assert_eq!(decimals(Token2022, &data), Err(ChoraleError::InvalidMint), "byte {at}");
    }
}

/// A mint as Token-2022 initializes one: extensions first, the mint itself after them.
fn real(extensions: &[ExtensionType], spare: usize) -> Vec<u8> {
    let length = ExtensionType::try_calculate_account_len::<Mint>(extensions).unwrap();
    let mut data = vec![0; length + spare];
    let mut mint = StateWithExtensionsMut::<Mint>::unpack_uninitialized(&mut data).unwrap();
    for extension in extensions {
        let added = match extension {
            ExtensionType::MetadataPointer => mint.init_extension::<MetadataPointer>(false).map(|_| ()),
            ExtensionType::MintCloseAuthority => mint.init_extension::<MintCloseAuthority>(false).map(|_| ()),
            ExtensionType::TransferFeeConfig => mint.init_extension::<TransferFeeConfig>(false).map(|_| ()),
            other => panic!("these tests build no {other:?}"),
        };
        added.unwrap();
    }
    mint.base = Mint { decimals: 9, is_initialized: true, ..Mint::default() };
    mint.pack_base();
    mint.init_account_type().unwrap();
    data
}

#[test]
fn mints_as_token_2022_builds_them_are_read() {
    use ExtensionType::{MetadataPointer, MintCloseAuthority, TransferFeeConfig};
    let check = |extensions: &[ExtensionType], expected| {
        assert_eq!(decimals(Token2022, &real(extensions, 0)), expected, "{extensions:?}");
    };
    check(&[], Ok(9));
    check(&[MetadataPointer], Ok(9));
    check(&[MetadataPointer, TransferFeeConfig], Err(ChoraleError::MintHasTransferFee));
    check(&[MintCloseAuthority, TransferFeeConfig], Err(ChoraleError::MintHasCloseAuthority));
}

/// What Token-2022's interface makes of these bytes: a mint with permitted extensions only?
fn interface_permits(data: &[u8]) -> bool {
    let Ok(mint) = StateWithExtensions::<Mint>::unpack(data) else { return false };
    let types = mint.get_extension_types();
    types.is_ok_and(|types| types.iter().all(|extension| PERMITTED.contains(extension)))
}

#[test]
fn whatever_one_byte_behind_the_mint_becomes_the_interface_agrees() {
    let mint = real(&[ExtensionType::MetadataPointer], 40);
    assert!(interface_permits(&mint), "the mint before any change");
    for at in MINT_BYTES..mint.len() {
        for value in 0..=u8::MAX {
            let mut data = mint.clone();
            data[at] = value;
            let permitted = decimals(Token2022, &data).is_ok();
            assert_eq!(permitted, interface_permits(&data), "byte {at} set to {value}");
        }
    }
}

#[test]
fn wherever_a_mint_is_cut_the_interface_agrees() {
    let mut mint = real(&[ExtensionType::MetadataPointer], 240);
    mint[234..238].copy_from_slice(&entry(19, 200)[..4]);
    assert!(interface_permits(&mint), "the whole mint");
    for length in 0..mint.len() {
        let data = &mint[..length];
        assert_eq!(decimals(Token2022, data).is_ok(), interface_permits(data), "cut to {length} bytes");
    }
}
