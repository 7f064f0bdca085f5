//! What several commands share.

mod bar;
mod content;
mod endpoint;
mod interrupt;
mod lines;
mod store;
mod time;
mod traces;

pub(super) use bar::Bar;
pub(super) use content::{ContentArgs, ModelArgs, ServerArgs};
pub(super) use endpoint::{EndpointArgs, http_url, ws_url};
pub(super) use interrupt::interrupted;
pub(super) use lines::{Lines, finding};
pub(super) use store::StoreArgs;
pub(super) use time::clock;
pub(super) use traces::TraceArgs;
