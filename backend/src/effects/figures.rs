//! How balances change, and how amounts are written for people.

use crate::chain::{Held, Watched};
use chorale::address::associated_token;
use chorale_domain::id::{Amount, Wallet};
use chorale_domain::state::Config;
use chorale_wire::http::{Asset, BalanceChange};
use solana_address::Address;

/// Decimal places of a SOL.
pub(super) const SOL_DECIMALS: u8 = 9;

/// What a transaction does to a wallet's balances.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Balances {
    pub(super) changes: Vec<BalanceChange>,
    /// Lamports that other accounts hold more afterwards.
    pub(super) rent: Amount,
}

impl Balances {
    pub(super) fn of(wallet: Wallet, config: Option<&Config>, accounts: &[Watched]) -> Self {
        let (own, tokens) = (Address::from(wallet.0), config.map(|config| token_account(wallet, config)));
        let others = accounts.iter().filter(|account| account.address != own);
        let rent = others.map(|account| account.after.lamports.saturating_sub(account.before.lamports)).sum();
        let change = |account: &Watched| {
            if account.address == own {
                changed(account, Asset::Lamports, |held| Some(held.lamports))
            } else if Some(account.address) == tokens {
                changed(account, Asset::Tokens, |held| held.tokens)
            } else {
                None
            }
        };
        Self { changes: accounts.iter().filter_map(change).collect(), rent: Amount(rent) }
    }
}

fn token_account(wallet: Wallet, config: &Config) -> Address {
    let (mint, program) = (Address::from(config.mint.0), Address::from(config.token_program.0));
    associated_token(wallet, &mint, &program)
}

fn changed(account: &Watched, asset: Asset, of: impl Fn(&Held) -> Option<u64>) -> Option<BalanceChange> {
    let [before, after] = [&account.before, &account.after].map(|held| of(held).unwrap_or(0));
    let holder = Wallet(account.address.to_bytes());
    (before != after).then_some(BalanceChange {
        account: holder,
        asset,
        before: Amount(before),
        after: Amount(after),
    })
}

/// An amount of base units as people write it, without trailing zeros.
pub(super) fn decimal(amount: u64, decimals: u8) -> String {
    let digits = format!("{amount:0>width$}", width = usize::from(decimals) + 1);
    let (whole, rest) = digits.split_at(digits.len() - usize::from(decimals));
    match rest.trim_end_matches('0') {
        "" => whole.to_owned(),
        rest => format!("{whole}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_do() {
        for (amount, decimals, text) in [
            (0, 6, "0"),
            (2_000_001, 6, "2.000001"),
            (5_000_000, 6, "5"),
            (10, 6, "0.00001"),
            (7, 0, "7"),
            (u64::MAX, 9, "18446744073.709551615"),
        ] {
            assert_eq!(decimal(amount, decimals), text);
        }
    }

    #[test]
    fn rent_is_what_others_hold_more_and_only_own_balances_are_told() {
        let held = |lamports| Held { lamports, tokens: None };
        let watched = |byte, before, after| Watched {
            address: Address::from([byte; 32]),
            before: held(before),
            after: held(after),
        };
        let accounts = [watched(1, 100, 60), watched(2, 0, 30), watched(3, 9, 5)];
        let found = Balances::of(Wallet([1; 32]), None, &accounts);
        assert_eq!(found.rent, Amount(30));
        let (account, asset) = (Wallet([1; 32]), Asset::Lamports);
        let expected = BalanceChange { account, asset, before: Amount(100), after: Amount(60) };
        assert_eq!(found.changes, [expected]);
    }
}
