//! Arguments → a call → an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    newshound::cli::main().into()
}
