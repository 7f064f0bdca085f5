//! The store against a file in a throw-away folder.

mod reading;
mod story;
mod writing;
