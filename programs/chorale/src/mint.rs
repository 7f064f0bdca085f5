//! Which mints a deployment can use: those whose transfers move what was asked for and need nobody's leave.
//!
//! Read by hand from the account's bytes, as Token-2022's interface lays them out: the interface crate would bring
//! its whole cryptography into the program for a walk over a list.
//!
//! Checking once, when the deployment is set up, is enough. Token-2022 takes the extensions that are refused here
//! only before a mint is initialized; what can be added or can grow later (metadata, group, group member) is
//! permitted. Without `MintCloseAuthority` a mint cannot be closed and come back as another one.
//!
//! A freeze authority is no extension and is permitted: it can freeze the vault or a wallet's account, which stops
//! the transfers of that account until it is thawed, and changes no amount.

use crate::error::ChoraleError;

#[cfg(test)]
mod tests;

/// Bytes of a mint without extensions, and where its decimals and its "initialized" flag stand.
const MINT_BYTES: usize = 82;
const DECIMALS: usize = 44;
const INITIALIZED: usize = 45;

/// Zeros between a mint and its type: types and extensions of all accounts begin where token accounts end (165).
const PADDING_BYTES: usize = 83;
/// The account type of a mint; a token account's is 2.
const MINT_TYPE: u8 = 1;
/// Accounts of this size are multisigs, whatever they contain: Token-2022 makes a mint of this size longer.
const MULTISIG_BYTES: usize = 355;
/// The extension type of unused space: nothing is written after it.
const UNINITIALIZED: u16 = 0;

/// The token program that owns a mint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MintProgram {
    /// SPL Token: no extensions.
    Token,
    /// Token-2022.
    Token2022,
}

/// The decimal places of the mint with these bytes, which `program` owns.
///
/// # Errors
///
/// [`ChoraleError::InvalidMint`] where the bytes are not an initialized mint's; otherwise the error that names the
/// first extension that changes amounts or permissions, or that is not known here.
pub(crate) fn decimals(program: MintProgram, data: &[u8]) -> Result<u8, ChoraleError> {
    let (mint, rest) = data.split_first_chunk::<MINT_BYTES>().ok_or(ChoraleError::InvalidMint)?;
    if mint[INITIALIZED] != 1 || data.len() == MULTISIG_BYTES {
        return Err(ChoraleError::InvalidMint);
    }
    match (program, rest) {
        (_, []) => {}
        (MintProgram::Token, _) => return Err(ChoraleError::InvalidMint),
        (MintProgram::Token2022, rest) => permit_all(extensions(rest)?)?,
    }
    Ok(mint[DECIMALS])
}

/// The entries in what follows a mint's own bytes: padding, the account's type, then the entries.
fn extensions(rest: &[u8]) -> Result<&[u8], ChoraleError> {
    match rest.split_first_chunk::<PADDING_BYTES>() {
        Some((padding, [MINT_TYPE, entries @ ..])) if *padding == [0; PADDING_BYTES] => Ok(entries),
        _ => Err(ChoraleError::InvalidMint),
    }
}

/// Refuses the first entry that is malformed or whose extension is not permitted.
fn permit_all(mut entries: &[u8]) -> Result<(), ChoraleError> {
    while let Some((extension, rest)) = first(entries)? {
        permit(extension)?;
        entries = rest;
    }
    Ok(())
}

/// The first entry's extension type and what follows the entry; `None` at the end, which is an uninitialized entry
/// or too few bytes for another type. An entry is its type and the length of its value, two bytes each, and the value.
fn first(entries: &[u8]) -> Result<Option<(u16, &[u8])>, ChoraleError> {
    let Some((extension, rest)) = entries.split_first_chunk() else { return Ok(None) };
    let extension = u16::from_le_bytes(*extension);
    if extension == UNINITIALIZED {
        return Ok(None);
    }
    let (length, rest) = rest.split_first_chunk().ok_or(ChoraleError::InvalidMint)?;
    let rest = rest.get(usize::from(u16::from_le_bytes(*length))..).ok_or(ChoraleError::InvalidMint)?;
    Ok(Some((extension, rest)))
}

/// Permits the extensions that describe a mint (18 to 23: metadata, group, group member, and the pointers to them).
/// The numbers are Token-2022's `ExtensionType`; those of token accounts never stand in a mint and count as unknown.
fn permit(extension: u16) -> Result<(), ChoraleError> {
    Err(match extension {
        18..=23 => return Ok(()),
        1 => ChoraleError::MintHasTransferFee,
        3 => ChoraleError::MintHasCloseAuthority,
        4 => ChoraleError::MintHasConfidentialTransfer,
        6 => ChoraleError::MintHasDefaultAccountState,
        9 => ChoraleError::MintNonTransferable,
        10 => ChoraleError::MintInterestBearing,
        12 => ChoraleError::MintHasPermanentDelegate,
        14 => ChoraleError::MintHasTransferHook,
        16 => ChoraleError::MintHasConfidentialTransferFee,
        24 => ChoraleError::MintHasConfidentialMintBurn,
        25 => ChoraleError::MintHasScaledUiAmount,
        26 => ChoraleError::MintPausable,
        28 => ChoraleError::MintHasPermissionedBurn,
        _ => ChoraleError::MintHasUnknownExtension,
    })
}
