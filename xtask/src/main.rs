//! The build helper: `cargo run -p xtask -- bundle` turns the web app into `target/dist`, the
//! folder that the relay serves; `… -- bench` builds what `./bench crypto` runs.

mod bundle;
mod pack;
mod sealing;
mod shell_files;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- bundle | bench";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["bundle"] => report(bundle::bundle()),
        ["bench"] => report(sealing::build()),
        _ => report(Err(anyhow::anyhow!(USAGE))),
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks to its user")]
fn report(result: anyhow::Result<String>) -> ExitCode {
    match result {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
