//! The `chorale` command.
fn main() {}
