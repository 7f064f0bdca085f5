//! A simulated chain, and the proof on it that the indexer loses nothing.
//!
//! A seed decides everything: how the chain grows and forks ([`grow`]), what its transactions do ([`act`], by the
//! domain's own rules in [`life`]), what nodes know and answer ([`node`]), what fails, stalls and dies ([`plan`],
//! [`source`]), and when. An indexer with the product's own code and a real store is run through it ([`drive`]), and in
//! the end the store must say what the chain says ([`oracle`]). Time is virtual ([`world`]): it passes only while the
//! indexer waits for it, so that a run takes milliseconds and a seed always gives the same one. Only where a run dies
//! at the n-th poll, inside the database's own calls, does the database have a say in where that is.
//!
//! Shared by the unit tests, with [`chorale_indexer`]'s public interface alone, and `benches/simulation.rs`.

pub mod account;
pub mod act;
pub mod arena;
pub mod block;
pub mod chain;
pub mod decision;
pub mod drive;
pub mod encode;
pub mod grow;
pub mod life;
pub mod mood;
pub mod node;
pub mod oracle;
pub mod plan;
pub mod run;
pub mod source;
pub mod tally;
pub mod world;
