//! Every case on the host and in LiteSVM, and the manifests of the committed programs.

mod chain;
mod digests;
mod manifests;
