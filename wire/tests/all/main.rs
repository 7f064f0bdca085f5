//! What is on the wire, held against what is written about it.

mod asyncapi;
mod examples;
