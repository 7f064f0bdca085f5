//! The scopes as types, to be written into the signatures of handlers.

use chorale_wire::http::Scope;

/// A type that stands for a scope.
pub(crate) trait Scoped: Send + Sync + 'static {
    /// The scope it stands for.
    const SCOPE: Scope;
}

/// [`Scope::Read`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Read;

/// [`Scope::Upload`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Upload;

/// [`Scope::Relay`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Relay;

impl Scoped for Read {
    const SCOPE: Scope = Scope::Read;
}

impl Scoped for Upload {
    const SCOPE: Scope = Scope::Upload;
}

impl Scoped for Relay {
    const SCOPE: Scope = Scope::Relay;
}
