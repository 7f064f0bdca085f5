//! The `chorale` command.

use chorale_cli::command::Command;
use chorale_cli::exit;
use chorale_cli::telemetry::Telemetry;
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Command::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("chorale: {}", words(&error));
            exit::code(&error)
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let telemetry = Telemetry::start(command.otlp_endpoint())?;
    let outcome = command.run().await;
    telemetry.end().await;
    outcome
}

/// The error with its causes, but for what an error has said of its cause already.
fn words(error: &anyhow::Error) -> String {
    let mut words = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words
}
