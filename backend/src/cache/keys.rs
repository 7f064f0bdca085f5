//! What is cached, and under which names.

use super::generation::Stage;
use super::scope::Scope;
use super::tiered::{Key, Value};
use chorale_domain::content::ContentHash;
use chorale_domain::id::{Hash32, ThreadId, Wallet};
use chorale_domain::state::{Member, Message, Thread};
use chorale_wire::http::{Content, SearchMode};
use serde::{Deserialize, Serialize};

/// About what a record of ids, numbers and times takes.
const RECORD: usize = 200;

/// A thread and who owns it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Ownership {
    pub(crate) thread: Thread,
    /// Everyone who is or was a co-author, by number.
    pub(crate) members: Vec<Member>,
}

impl Ownership {
    /// Whether a wallet is a co-author now.
    pub(crate) fn is_co_author(&self, wallet: Wallet) -> bool {
        self.members.iter().any(|member| member.current && member.wallet == wallet)
    }
}

impl Key for ThreadId {
    fn scope(&self) -> Scope {
        Scope::Thread(*self)
    }

    fn shared(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn of_shared(name: &str) -> Option<Self> {
        name.parse().ok()
    }
}

impl Value for Ownership {
    fn bytes(&self) -> usize {
        4 * RECORD + RECORD * self.members.len()
    }
}

/// The threads that a wallet co-authors, by their ids' text.
pub(crate) type Memberships = Vec<ThreadId>;

impl Key for Wallet {
    fn scope(&self) -> Scope {
        Scope::Wallet(*self)
    }

    fn shared(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn of_shared(name: &str) -> Option<Self> {
        name.parse().ok()
    }
}

impl Value for Memberships {
    fn bytes(&self) -> usize {
        RECORD + size_of::<ThreadId>() * self.len()
    }
}

/// A page of a thread's messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct PageKey {
    pub(crate) thread: ThreadId,
    pub(crate) after: Option<u64>,
    pub(crate) limit: usize,
}

impl Key for PageKey {
    fn scope(&self) -> Scope {
        Scope::Thread(self.thread)
    }

    fn shared(&self) -> Option<String> {
        let Self { thread, after, limit } = self;
        let after = after.map_or_else(|| "-".to_owned(), |after| after.to_string());
        Some(format!("{thread}:{after}:{limit}"))
    }

    fn of_shared(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, ':');
        let (thread, after, limit) =
            (parts.next()?.parse().ok()?, parts.next()?, parts.next()?.parse().ok()?);
        let after = if after == "-" { None } else { Some(after.parse().ok()?) };
        Some(Self { thread, after, limit })
    }
}

impl Value for Vec<Message> {
    fn bytes(&self) -> usize {
        RECORD + RECORD * self.len()
    }
}

/// Those who get the same of a body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ReaderClass {
    /// Whoever does not say who they are.
    Stranger,
    /// Co-authors of its thread.
    CoAuthor,
    /// A wallet that is not one; the body may be its own all the same.
    Wallet(Wallet),
}

/// A body, for one class of readers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct BodyKey {
    /// The generation of content it belongs to.
    pub(crate) generation: u64,
    pub(crate) thread: ThreadId,
    pub(crate) hash: ContentHash,
    pub(crate) class: ReaderClass,
}

impl Key for BodyKey {
    fn scope(&self) -> Scope {
        Scope::Content(self.thread, self.hash)
    }

    fn shared(&self) -> Option<String> {
        None
    }
}

impl Value for Content {
    fn bytes(&self) -> usize {
        RECORD + self.body.as_ref().map_or(0, String::len)
    }
}

/// A search, with what its reader may read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct SearchKey {
    /// The generation of content it belongs to.
    pub(crate) generation: Stage,
    /// Only in this thread.
    pub(crate) thread: Option<ThreadId>,
    /// Of the query and the reader's rights.
    pub(crate) digest: Hash32,
}

impl Key for SearchKey {
    fn scope(&self) -> Scope {
        self.thread.map_or(Scope::AllDecisions, Scope::Decisions)
    }

    fn shared(&self) -> Option<String> {
        self.generation.shared.map(|number| format!("{number}:{}", self.digest))
    }
}

/// A body that a search found.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(crate) score: f32,
    pub(crate) thread: ThreadId,
    pub(crate) hash: ContentHash,
}

/// What a search found; no texts.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Findings {
    /// Best first.
    pub(crate) hits: Vec<Finding>,
    /// How they were found.
    pub(crate) mode: SearchMode,
}

impl Value for Findings {
    fn bytes(&self) -> usize {
        RECORD + size_of::<Finding>() * self.hits.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<K: Key + std::fmt::Debug>(key: K) {
        let name = key.shared().expect("it is kept in Redis");
        assert_eq!(K::of_shared(&name), Some(key), "{name}");
    }

    #[test]
    fn what_is_in_redis_is_known_by_its_name() {
        let thread = ThreadId([7; 32]);
        check(thread);
        check(Wallet([8; 32]));
        check(PageKey { thread, after: None, limit: 50 });
        check(PageKey { thread, after: Some(0), limit: 1 });
        for wrong in ["", ":", "::", "7", &format!("{thread}:x:50"), &format!("{thread}:-")] {
            assert_eq!(PageKey::of_shared(wrong), None, "{wrong}");
        }
    }
}
