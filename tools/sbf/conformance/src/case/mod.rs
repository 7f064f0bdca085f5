//! The cases, by subject. Functions are kept out of line where the call itself is what a case is about.

pub(crate) mod calls;
pub(crate) mod dynamic;
pub(crate) mod map;
pub(crate) mod memory;
pub(crate) mod multiply;
pub(crate) mod order;
pub(crate) mod small;
pub(crate) mod text;
pub(crate) mod wide;
