//! Long lists, a page at a time.

use crate::error::ApiError;
use serde::Deserialize;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// `?after=&limit=`.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) after: Option<T>,
    limit: Option<usize>,
}

impl<T> Page<T> {
    /// How many to show: 50 where not said, 200 at most.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if (1..=MAX_LIMIT).contains(&limit) {
            return Ok(limit);
        }
        Err(ApiError::malformed(format!("the limit is {limit}: ask for 1 to {MAX_LIMIT}")))
    }
}

/// Cuts a list that was fetched with one more than `limit`; what is left over means that there is more, after
/// the last that is shown.
pub(crate) fn cut<T, C>(items: &mut Vec<T>, limit: usize, cursor: impl Fn(&T) -> C) -> Option<C> {
    let more = items.len() > limit;
    items.truncate(limit);
    items.last().filter(|_| more).map(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_next_page_only_if_something_is_left() {
        for (found, next) in [(0, None), (2, None), (3, Some(1))] {
            let mut items: Vec<_> = (0..found).collect();
            assert_eq!(cut(&mut items, 2, |item| *item), next, "{found} found");
            assert!(items.len() <= 2);
        }
    }
}
