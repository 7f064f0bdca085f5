//! Nonces that were issued and not used yet.

use super::{Sessions, SessionsError, hashed};
use crate::database::Row;
use chorale_domain::id::{Hash32, Wallet};
use sqlx::Row as _;

const TABLE: &str = "nonces";

/// What a nonce was issued for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IssuedNonce {
    /// Who is to sign.
    pub wallet: Wallet,
    /// SHA-256 of the text to sign: the text itself holds the nonce.
    pub message: Hash32,
    /// When it stops being accepted, Unix seconds of the backend's clock.
    pub expires_at: i64,
}

impl Sessions {
    /// Keeps a nonce until it is taken or purged.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub async fn issue_nonce(&self, nonce: &str, issued: &IssuedNonce) -> Result<(), SessionsError> {
        const INSERT: &str = "INSERT INTO nonces (id, wallet, message, expires_at) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(INSERT).bind(hashed(nonce).to_string()).bind(issued.wallet.to_string());
        self.change(query.bind(issued.message.to_string()).bind(issued.expires_at)).await.map(drop)
    }

    /// Uses a nonce up, expired or not. Of all that ask for it, at whatever backend, one gets it.
    ///
    /// # Errors
    /// [`SessionsError`]; it may be used up all the same.
    pub async fn take_nonce(&self, nonce: &str) -> Result<Option<IssuedNonce>, SessionsError> {
        const TAKE: &str = "DELETE FROM nonces WHERE id = $1 RETURNING id, wallet, message, expires_at";
        let taken = self.change_returning(sqlx::query(TAKE).bind(hashed(nonce).to_string())).await?;
        taken.first().map(issued).transpose()
    }
}

fn issued(row: &Row) -> Result<IssuedNonce, SessionsError> {
    let id: String = row.try_get("id")?;
    let (wallet, message): (String, String) = (row.try_get("wallet")?, row.try_get("message")?);
    Ok(IssuedNonce {
        wallet: wallet.parse().map_err(|error| SessionsError::unreadable(TABLE, &id, &error))?,
        message: message.parse().map_err(|error| SessionsError::unreadable(TABLE, &id, &error))?,
        expires_at: row.try_get("expires_at")?,
    })
}
