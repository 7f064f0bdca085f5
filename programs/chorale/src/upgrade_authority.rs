//! Who may set the deployment up: whoever may upgrade the program, so that nobody gets in between deploying and
//! initializing.

use anchor_lang::prelude::*;
use anchor_lang::{address_eq, find_program_address};

use crate::error::ChoraleError;

/// Solana's upgradeable loader.
pub const LOADER: Address = Address::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");

/// The loader's tag of an account that holds a program's code.
const PROGRAM_DATA_TAG: [u8; 4] = 3_u32.to_le_bytes();
/// Where the tag, the flag "there is an authority" and the authority stand; the slot of deployment is in between.
const TAG: core::ops::Range<usize> = 0..4;
const FLAG: usize = 12;
const AUTHORITY: core::ops::Range<usize> = 13..45;

/// Refuses `signer` where the program has another upgrade authority. `program_data` must be the account where the
/// loader keeps it; programs of other loaders have none.
pub(crate) fn require(program_data: &AccountView, signer: &Address) -> Result<()> {
    let (address, _) = find_program_address(&[crate::ID.as_ref()], &LOADER);
    require!(address_eq(program_data.address(), &address), ChoraleError::NotUpgradeAuthority);
    if !program_data.owned_by(&LOADER) {
        return Ok(());
    }
    let authority = upgrade_authority(&program_data.try_borrow()?);
    require!(authority.is_none_or(|authority| authority == *signer), ChoraleError::NotUpgradeAuthority);
    Ok(())
}

/// The authority in the loader's account; an all-zero one, which local chains write, cannot sign and is none.
fn upgrade_authority(data: &[u8]) -> Option<Address> {
    let tagged = data.get(TAG) == Some(&PROGRAM_DATA_TAG);
    let given = data.get(FLAG) == Some(&1);
    let bytes = data.get(AUTHORITY).and_then(|bytes| bytes.try_into().ok());
    let authority = bytes.filter(|_| tagged && given).map(Address::new_from_array)?;
    (authority != Address::default()).then_some(authority)
}
