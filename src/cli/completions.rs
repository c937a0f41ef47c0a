//! `newshound completions`: a shell's completion script.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  newshound completions bash > ~/.local/share/bash-completion/completions/newshound")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[expect(clippy::unnecessary_wraps, reason = "every command has one shape")]
pub(super) fn main(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    clap_complete::generate(args.shell, &mut Cli::command(), "newshound", &mut io::stdout());
    Ok(Exit::Done)
}
