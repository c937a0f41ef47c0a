//! The command line: what may be said, which command it calls, and what the exit code means. One file a command.

mod alerts;
mod check;
mod completions;
mod demo;
mod exit;
mod fetch;
mod init;
mod lines;
mod match_items;
mod replay;
mod run;
mod send;
mod status;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use exit::Exit;

use crate::telemetry::{self, LogFormat};
use crate::text::{Clean, shown_json};

/// Watches the world's news feeds and tells you, once and at once, when something you watch for happens.
#[derive(Debug, Parser)]
#[command(name = "newshound", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  newshound demo                     see it work, without network
  newshound init && newshound run    write a starter configuration, then watch
  newshound fetch --json https://www.tagesschau.de/xml/rss2/ | newshound match

Exit codes:
   0  done
   1  something could not be done (it is named on stderr), or `check`
      found a problem
   2  wrong arguments
   3  the configuration is wrong
   4  the store cannot be used
   5  another newshound runs on the same store
  70  newshound itself failed: please report it";

/// Where help lists what every command understands: behind the command's own.
const GLOBAL: &str = "Global options";

/// What every command understands.
#[derive(Debug, Args)]
struct Global {
    /// The configuration: a directory, or its `newshound.toml` [default: `$NEWSHOUND_CONFIG`, else the user's
    /// configuration directory, else the built-in one]
    #[arg(long, short, global = true, help_heading = GLOBAL, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Log more: -v each poll and decision, -vv everything
    #[arg(long, short, global = true, help_heading = GLOBAL, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Log only what a person must act upon
    #[arg(long, global = true, help_heading = GLOBAL, conflicts_with = "verbose")]
    quiet: bool,
    /// How log lines look: `human`, or `json` for one object a line
    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        value_name = "FORMAT",
        default_value = "human",
        hide_possible_values = true
    )]
    log: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch: poll the feeds, match, alert; in the foreground until stopped
    Run(run::RunArgs),
    /// Show the whole pipeline at work on a bundled wire: no network, no configuration
    Demo(demo::DemoArgs),
    /// Write a starter configuration directory
    Init(init::InitArgs),
    /// Check the configuration and try its watches on their own examples
    Check(check::CheckArgs),
    /// Fetch or read feeds and print their items
    Fetch(fetch::FetchArgs),
    /// Read items (JSON Lines) and print what they hit, with the proof
    Match(match_items::MatchArgs),
    /// Read items (JSON Lines) in their own time and print the alerts they would have made
    Replay(replay::ReplayArgs),
    /// Print the alerts that were made, newest first, and where they went
    Alerts(alerts::AlertsArgs),
    /// Print how feeds, store and sinks are
    Status(status::StatusArgs),
    /// Print a shell's completion script
    Completions(completions::CompletionsArgs),
    /// Read alerts (JSON Lines) and hand each to one sink
    #[command(hide = true)]
    Send(send::SendArgs),
}

/// Reads the arguments, does what they say, and returns how it ended.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::of_usage(&error),
    };
    // The demo shows its alerts itself.
    let quiet = cli.global.quiet || (cli.global.verbose == 0 && matches!(cli.command, Command::Demo(_)));
    telemetry::init(cli.global.verbose, quiet, cli.global.log);
    // A panic has been logged where it happened.
    std::panic::catch_unwind(|| exit::of_result(dispatch(cli))).unwrap_or(Exit::Failed)
}

fn dispatch(cli: Cli) -> anyhow::Result<Exit> {
    let config = cli.global.config.as_deref();
    match cli.command {
        Command::Run(args) => run::main(config, &args, Voice::of(&cli.global)),
        Command::Demo(args) => demo::main(&args),
        Command::Init(args) => init::main(config, &args),
        Command::Check(args) => check::main(config, &args),
        Command::Fetch(args) => fetch::main(config, &args),
        Command::Match(args) => match_items::main(config, &args),
        Command::Replay(args) => replay::main(config, &args),
        Command::Alerts(args) => alerts::main(config, &args),
        Command::Status(args) => status::main(config, &args),
        Command::Completions(args) => completions::main(&args),
        Command::Send(args) => send::main(config, &args),
    }
}

/// Text that came from outside, as one line that cannot command a terminal.
fn printable(text: &str) -> String {
    Clean::line(text).to_string()
}

/// A value as JSON in one line that cannot command a terminal.
fn json_line(value: &impl serde::Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(shown_json)
}

/// How a command that also logs speaks beside its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// Plain lines.
    Plain,
    /// Plain lines, of what could not be done only.
    Quiet,
    /// Log lines, for those who read nothing else.
    Log,
}

impl Voice {
    fn of(global: &Global) -> Self {
        match global.log {
            LogFormat::Json => Self::Log,
            LogFormat::Human if global.quiet => Self::Quiet,
            LogFormat::Human => Self::Plain,
        }
    }

    /// Says what is good to know.
    fn note(self, text: &str) -> io::Result<()> {
        match self {
            Self::Plain => writeln!(io::stderr(), "{text}"),
            Self::Quiet => Ok(()),
            Self::Log => {
                tracing::info!("{text}");
                Ok(())
            }
        }
    }

    /// Says what could not be done.
    fn complain(self, text: &str) -> io::Result<()> {
        match self {
            Self::Plain | Self::Quiet => writeln!(io::stderr(), "newshound: {}", printable(text)),
            Self::Log => {
                tracing::error!("{}", Clean::line(text));
                Ok(())
            }
        }
    }
}

/// A number of things, in words.
fn counted<N: Copy + fmt::Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    format!("{count} {}", if count == N::from(1) { one } else { many })
}

/// Does `work` on a runtime of its own. What still blocks a thread when it is done (a name server that is silent, a
/// pipe that nobody reads) is left behind: it holds nobody up.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}
