//! `newshound completions`: a shell's completion script.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  newshound completions bash \\\n    > ~/.local/share/bash-completion/completions/newshound"
)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn main(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "newshound", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Exit::Done)
}
