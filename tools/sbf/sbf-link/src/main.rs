//! `sbf-link OBJECT OUTPUT` turns one BPF ELF object into an SBFv0 program.

use std::process::ExitCode;
use std::{env, fs};

use sbpf_linker::{OptimizationConfig, ProgramOptions, SbpfArch, SbpfLinkerError, link_program};

/// Bytes of one stack frame in SBFv0.
const STACK_FRAME: i32 = 4096;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [object, output] = arguments.as_slice() else {
        eprintln!("usage: sbf-link OBJECT OUTPUT");
        return ExitCode::from(2);
    };
    match link(object, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sbf-link: {message}");
            ExitCode::FAILURE
        }
    }
}

fn link(object: &str, output: &str) -> Result<(), String> {
    let bytes = fs::read(object).map_err(|error| format!("cannot read {object}: {error}"))?;
    let options = ProgramOptions::new(OptimizationConfig::default(), SbpfArch::V0, STACK_FRAME);
    let program = link_program(&bytes, options).map_err(|errors| SbpfLinkerError::format_errors(&errors))?;
    fs::write(output, program).map_err(|error| format!("cannot write {output}: {error}"))
}
