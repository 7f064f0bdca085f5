//! A cached value with what is known of its age.

use super::followed::Moment;
use chorale_wire::socket::Mark;
use serde::{Deserialize, Serialize};

/// A value as both levels hold it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Entry<V> {
    /// Everything up to this event is in it.
    pub(crate) as_of: Mark,
    /// When it has to be read anew at the latest, Unix seconds.
    pub(crate) until: i64,
    /// The value.
    pub(crate) value: V,
    /// When this process began to fetch it: whoever had not begun to wait later may have it.
    #[serde(skip)]
    pub(crate) begun: Moment,
}

/// What was read from where the truth is.
pub(crate) struct Loaded<V> {
    pub(crate) value: V,
    /// Where the value may lack events that were followed before it was read: up to which one it does not.
    pub(crate) as_of: Option<Mark>,
    /// How long it may be kept, where that is shorter than for others of its kind.
    pub(crate) seconds: Option<i64>,
}

impl<V> From<V> for Loaded<V> {
    fn from(value: V) -> Self {
        Self { value, as_of: None, seconds: None }
    }
}
