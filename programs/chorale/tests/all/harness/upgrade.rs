//! Who may upgrade the program.

use super::Chain;
use chorale::address;
use solana_address::Address;

/// Where the loader's account says whether there is an upgrade authority, and which.
const FLAG: usize = 12;
const AUTHORITY: core::ops::Range<usize> = 13..45;

impl Chain {
    /// Writes the upgrade authority where the loader keeps it.
    pub fn set_upgrade_authority(&mut self, authority: Option<Address>) {
        let mut account = self.svm.get_account(&address::program_data()).expect("the loader's account");
        account.data[FLAG] = u8::from(authority.is_some());
        account.data[AUTHORITY].copy_from_slice(authority.unwrap_or_default().as_ref());
        self.svm.set_account(address::program_data(), account).expect("the loader's account");
    }
}
