//! Where Redis is.

use chorale_wire::endpoint::public;
use redis::{Client, IntoConnectionInfo, ProtocolVersion, RedisError};
use std::fmt;
use std::time::Duration;

/// How long Redis may take to answer while others wait: no longer than asking the store instead costs at worst.
const PATIENCE: Duration = Duration::from_millis(100);

/// The Redis that the backends of a deployment share. Its password is shown nowhere.
#[derive(Clone)]
pub struct RedisConfig {
    client: Client,
    public: String,
    patience: Duration,
}

/// An address that names no Redis.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this names no Redis: expected redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], and {0}")]
pub struct RedisConfigError(String);

impl RedisConfig {
    /// The Redis at `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, version 6 or newer. Nothing is asked yet.
    ///
    /// # Errors
    /// [`RedisConfigError`] if it is no such address; it repeats nothing of it.
    pub fn new(url: &str) -> Result<Self, RedisConfigError> {
        let unusable = |error: RedisError| RedisConfigError(error.category().into());
        let info = url.into_connection_info().map_err(unusable)?;
        // What is pushed comes over the same connection as answers, so that losing one is losing both.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).map_err(unusable)?;
        Ok(Self { client, public: public(url), patience: PATIENCE })
    }

    /// How long Redis may take to answer: 100 ms where not said, which is right where readers wait and the store can be
    /// asked instead. Whoever has nobody else to ask may wait longer. Connecting has a limit of its own.
    #[must_use]
    pub fn waiting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("RedisConfig").field(&self.public).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_shown_nowhere() {
        let config = RedisConfig::new("redis://me:SECRET@redis.example:7000/2").unwrap();
        assert_eq!(config.public(), "redis://redis.example:7000");
        assert_eq!(format!("{config:?}"), r#"RedisConfig("redis://redis.example:7000")"#);
        for wrong in ["http://me:SECRET@redis.example", "redis://me:SECRET@host/kitchen", "me:SECRET"] {
            let error = RedisConfig::new(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
        }
    }
}
