//! `sqlx::migrate!` embeds the folder, but cargo does not see a new file in it by itself.
fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
