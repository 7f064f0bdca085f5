//! Writes that a client may send twice: the first one is claimed and runs, later ones get its answer.

use super::{Sessions, SessionsError};
use crate::database::Row;
use chorale_domain::id::{Hash32, Wallet};
use sqlx::Row as _;

const TABLE: &str = "idempotency";

/// What became of a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// Nobody else runs the request or ran it: it is the claimer's to run.
    Mine(Claimed),
    /// The same request runs.
    Running,
    /// The same request was answered.
    Answered(KeptAnswer),
    /// The key stands for another request.
    OtherRequest,
}

/// The right to run a request; others are kept from it until it is [answered](Sessions::keep_answer) or
/// [released](Sessions::release), or until it expires, should neither happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimed {
    wallet: Wallet,
    key: String,
    until: i64,
}

/// An answer as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// What was answered, in the form that the backend keeps it in. No secret may be in it.
    pub body: String,
}

impl Sessions {
    /// Claims the request that `wallet` calls `key`. `request` is the hash of all that makes it what it is; times are
    /// Unix seconds. Of all that claim it at once, at whatever backend, one gets it.
    ///
    /// # Errors
    /// [`SessionsError`]; it may be claimed all the same.
    pub async fn claim(
        &self,
        (wallet, key): (Wallet, &str),
        request: Hash32,
        now: i64,
        until: i64,
    ) -> Result<Claim, SessionsError> {
        const CLAIM: &str = "INSERT INTO idempotency (wallet, name, request, status, answer, expires_at) \
             VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (wallet, name) DO UPDATE SET request = excluded.request, \
             status = 0, answer = '', expires_at = excluded.expires_at WHERE idempotency.expires_at <= $5";
        let query = sqlx::query(CLAIM).bind(wallet.to_string()).bind(key).bind(request.to_string());
        if self.change(query.bind(until).bind(now)).await? == 1 {
            return Ok(Claim::Mine(Claimed { wallet, key: key.into(), until }));
        }
        self.claimed_before((wallet, key), request).await
    }

    async fn claimed_before(
        &self,
        (wallet, key): (Wallet, &str),
        request: Hash32,
    ) -> Result<Claim, SessionsError> {
        const BY_KEY: &str =
            "SELECT name, request, status, answer FROM idempotency WHERE wallet = $1 AND name = $2";
        let found = self.read(sqlx::query(BY_KEY).bind(wallet.to_string()).bind(key)).await?;
        // Released this moment: whoever asks again gets it.
        let Some(row) = found.first() else { return Ok(Claim::Running) };
        if row.try_get::<String, _>("request")? != request.to_string() {
            return Ok(Claim::OtherRequest);
        }
        Ok(answer(row)?.map_or(Claim::Running, Claim::Answered))
    }

    /// Keeps the answer to what was claimed until `until`, Unix seconds.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub async fn keep_answer(
        &self,
        claimed: &Claimed,
        answer: &KeptAnswer,
        until: i64,
    ) -> Result<(), SessionsError> {
        const KEEP: &str = "UPDATE idempotency SET status = $1, answer = $2, expires_at = $3 \
             WHERE wallet = $4 AND name = $5 AND status = 0 AND expires_at = $6";
        let query = sqlx::query(KEEP).bind(i64::from(answer.status)).bind(&*answer.body).bind(until);
        let query = query.bind(claimed.wallet.to_string()).bind(&*claimed.key).bind(claimed.until);
        self.change(query).await.map(drop)
    }

    /// Gives back what was claimed: nothing was done, and the same request may be made again.
    ///
    /// # Errors
    /// [`SessionsError`].
    pub async fn release(&self, claimed: &Claimed) -> Result<(), SessionsError> {
        const RELEASE: &str =
            "DELETE FROM idempotency WHERE wallet = $1 AND name = $2 AND status = 0 AND expires_at = $3";
        let query = sqlx::query(RELEASE).bind(claimed.wallet.to_string()).bind(&*claimed.key);
        self.change(query.bind(claimed.until)).await.map(drop)
    }
}

/// `None` while there is none.
fn answer(row: &Row) -> Result<Option<KeptAnswer>, SessionsError> {
    let (key, status): (String, i64) = (row.try_get("name")?, row.try_get("status")?);
    let status = u16::try_from(status).map_err(|error| SessionsError::unreadable(TABLE, &key, &error))?;
    let body = row.try_get("answer")?;
    Ok((status != 0).then_some(KeptAnswer { status, body }))
}
