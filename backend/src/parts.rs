//! The parts that the backend depends on, and what clients can do while some of them are away.

use crate::app::AppState;
use crate::presence::Presence;
use chorale_wire::http::{Abilities, Ability};

/// A part that may be away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// What the chain confirmed.
    Store,
    /// Who is signed in.
    Sessions,
    /// The RPC endpoint.
    Chain,
    /// The Qdrant server.
    Content,
    /// What backends share.
    Redis,
    /// Whoever follows the chain.
    Indexer,
}

impl Part {
    /// What it is called in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Sessions => "sessions",
            Self::Chain => "chain",
            Self::Content => "content",
            Self::Redis => "redis",
            Self::Indexer => "indexer",
        }
    }
}

impl AppState {
    /// Every part there is here, with what is known of it.
    pub(crate) fn parts(&self) -> Vec<(Part, &Presence)> {
        let mut parts = vec![
            (Part::Store, &*self.store_presence),
            (Part::Sessions, self.auth.presence()),
            (Part::Chain, self.chain.presence()),
            (Part::Content, &self.content_presence),
        ];
        parts.extend(self.link.as_ref().map(|link| (Part::Redis, link.presence())));
        parts
    }

    /// Takes in whether the Qdrant server answers, until the backend closes.
    pub(crate) async fn watch_content(&self) {
        let mut absence = self.content.duties().absence();
        loop {
            let now = absence.borrow_and_update().clone();
            self.content_presence.note(now.map_or(Ok(()), Err));
            // A folder is never away, and says so by ending this.
            if !matches!(self.closing.run_until_cancelled(absence.changed()).await, Some(Ok(()))) {
                return;
            }
        }
    }
}

/// How far behind the chain the store may be before it is said, in seconds.
const BEHIND: i64 = 60;

impl AppState {
    /// What is not as it should be, in words, and the parts of which that says that they are away.
    pub(crate) fn troubles(&self) -> (Vec<Part>, Vec<String>) {
        let reported = |(part, presence): (Part, &Presence)| Some((part, presence.report()?));
        let (mut parts, mut troubles): (Vec<_>, Vec<_>) =
            self.parts().into_iter().filter_map(reported).unzip();
        // While either is away nobody can say more of the indexer.
        let explained = parts.contains(&Part::Store) || parts.contains(&Part::Chain);
        if let Some(age) = self.age().filter(|age| *age > BEHIND && !explained) {
            parts.push(Part::Indexer);
            troubles.push(format!(
                "the indexer, or the chain, stands still: the store has had nothing new for {age} s"
            ));
        }
        let stopped = self.known_stopped().unwrap_or_default();
        if !stopped.is_empty() {
            let threads = stopped.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            troubles.push(format!(
                "what the chain says contradicts the store, which is to be rebuilt (chorale rebuild); until then these \
                 threads stay as they were, and nobody has a co-author's rights there: {threads}"
            ));
        }
        (parts, troubles)
    }
}

/// What clients can do while these parts are away. Without Redis everything is done, by each backend for itself.
pub(crate) fn abilities(away: &[Part], queues_uploads: bool) -> Abilities {
    use Ability::{Away, Queued, Stale, Works};
    let missing = |parts: &[Part]| parts.iter().any(|part| away.contains(part));
    let where_missing = |parts: &[Part], otherwise| if missing(parts) { otherwise } else { Works };
    let uploads = match (missing(&[Part::Store, Part::Sessions]), missing(&[Part::Content])) {
        (true, _) => Away,
        (false, true) if queues_uploads => Queued,
        (false, true) => Away,
        (false, false) => Works,
    };
    Abilities {
        reads: where_missing(&[Part::Store, Part::Chain, Part::Indexer], Stale),
        bodies: where_missing(&[Part::Store, Part::Content], Stale),
        search: where_missing(&[Part::Store, Part::Content], Away),
        events: where_missing(&[Part::Store, Part::Chain, Part::Indexer], Stale),
        uploads,
        transactions: where_missing(&[Part::Store, Part::Sessions, Part::Chain], Away),
        sign_in: where_missing(&[Part::Sessions], Away),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(away: &[Part], queues: bool, expected: [Ability; 7]) {
        let Abilities { reads, bodies, search, events, uploads, transactions, sign_in } =
            abilities(away, queues);
        assert_eq!(
            [reads, bodies, search, events, uploads, transactions, sign_in],
            expected,
            "{away:?} away"
        );
    }

    #[test]
    fn what_works_is_what_does_not_need_what_is_away() {
        use Ability::{Away, Queued, Stale, Works};
        check(&[], false, [Works; 7]);
        check(&[Part::Redis], false, [Works; 7]);
        check(&[Part::Indexer], false, [Stale, Works, Works, Stale, Works, Works, Works]);
        check(&[Part::Chain], false, [Stale, Works, Works, Stale, Works, Away, Works]);
        check(&[Part::Content], true, [Works, Stale, Away, Works, Queued, Works, Works]);
        check(&[Part::Content], false, [Works, Stale, Away, Works, Away, Works, Works]);
        check(&[Part::Sessions], false, [Works, Works, Works, Works, Away, Away, Away]);
        check(&[Part::Store, Part::Sessions], true, [Stale, Stale, Away, Stale, Away, Away, Away]);
    }
}
