//! `newshound init`: writes a starter config directory. Overwrites nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use crate::config::{self, check_opml, embedded};

use super::{Exit, counted};

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  newshound init\n  newshound --config ~/watch init --opml feeds-of-my-reader.opml")]
pub(super) struct InitArgs {
    /// Take the feeds of this file, as a feed reader exports them, in place of the starter feeds
    #[arg(long, value_name = "FILE")]
    opml: Option<PathBuf>,
}

pub(super) fn main(path: Option<&Path>, args: &InitArgs) -> anyhow::Result<Exit> {
    let directory = config::home(path).context("there is no home directory: say where with --config")?;
    let mut out = io::stdout().lock();
    init(&directory, args.opml.as_deref(), &mut out)?;
    if config::home(None).as_ref() != Some(&directory) {
        writeln!(out, "Outside the usual place, add `--config {}` to both.", directory.display())?;
    }
    Ok(Exit::Done)
}

/// The line of the default config below which its starter feeds stand, to the end of the file.
const FEEDS: &str = "\n# feeds\n";

/// Writes the starter config into `directory`, with the feeds of the file at `opml` in place of the starter
/// feeds when there is one, and tells `out` what was written and what to do next.
///
/// # Errors
/// Fails when there is a config already, when `opml` cannot be used, or when the files cannot be written.
fn init(directory: &Path, opml: Option<&Path>, out: &mut impl Write) -> anyhow::Result<()> {
    let main = directory.join("newshound.toml");
    if main.symlink_metadata().is_ok() {
        bail!(
            "there is a config at {} already, and it stays as it is: edit it, or name another directory",
            main.display()
        );
    }
    let feeds = opml.map(check_opml).transpose()?;
    fs::create_dir_all(directory.join("watchlists")).with_context(|| format!("cannot make {}", directory.display()))?;
    for (name, text) in embedded::WATCHLISTS {
        write_new(&directory.join("watchlists").join(name), text.as_bytes(), out)?;
    }
    if let Some(opml) = opml {
        let text = fs::read(opml).with_context(|| format!("cannot read {}", opml.display()))?;
        write_new(&directory.join("feeds.opml"), &text, out)?;
    }
    // The file that makes it a config comes last: a run that fails before can be repeated.
    let text = if opml.is_some() { without_feeds(embedded::MAIN) } else { embedded::MAIN.to_owned() };
    write_new(&main, text.as_bytes(), out)?;
    if let Some(feeds) = feeds {
        writeln!(out, "\n{} of feeds.opml in place of the starter feeds.", counted(feeds, "feed", "feeds"))?;
    }
    let directory = directory.display();
    writeln!(
        out,
        "\nNext: say what to watch for in {directory}/watchlists, see with `newshound check` that it holds,"
    )?;
    writeln!(out, "and start `newshound run`.")?;
    Ok(())
}

/// Writes a file that is not there yet; one that is stays as it is.
fn write_new(path: &Path, text: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
    let shown = path.display();
    match File::create_new(path) {
        Ok(mut file) => {
            file.write_all(text).with_context(|| format!("cannot write {shown}"))?;
            writeln!(out, "wrote {shown}")?;
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => writeln!(out, "kept {shown} as it is")?,
        Err(error) => return Err(error).with_context(|| format!("cannot write {shown}")),
    }
    Ok(())
}

/// The default config with its starter feeds commented out.
fn without_feeds(config: &str) -> String {
    let Some((before, feeds)) = config.split_once(FEEDS) else {
        return config.to_owned();
    };
    let comment = |line: &str| match line {
        "" => "\n".to_owned(),
        line if line.starts_with('#') => format!("{line}\n"),
        line => format!("#{line}\n"),
    };
    let feeds: String = feeds.lines().map(comment).collect();
    format!("{before}{FEEDS}{feeds}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn run(directory: &Path, opml: Option<&Path>) -> Result<String, String> {
        let mut out = Vec::new();
        let result = init(directory, opml, &mut out).map_err(|error| format!("{error:#}"));
        result.map(|()| String::from_utf8(out).expect("it prints text"))
    }

    #[test]
    fn what_init_writes_is_the_embedded_default_and_holds() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("deep/newshound");
        let said = run(&target, None).unwrap();
        assert!(said.contains("newshound.toml") && said.contains("newshound check"), "{said}");
        let loaded = config::load(Some(&target)).unwrap();
        assert!(loaded.config.feeds.len() >= 2 && !loaded.config.watches.is_empty());
        assert_eq!(fs::read_to_string(target.join("newshound.toml")).unwrap(), embedded::MAIN);
    }

    #[test]
    fn a_config_that_is_there_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let main = directory.path().join("newshound.toml");
        fs::write(&main, "mine").unwrap();
        assert!(run(directory.path(), None).unwrap_err().contains("already"));
        assert_eq!(fs::read_to_string(&main).unwrap(), "mine");
        assert!(!directory.path().join("watchlists").exists());
    }

    #[test]
    fn a_watchlist_that_is_there_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("watchlists")).unwrap();
        let mine = directory.path().join("watchlists/arms.toml");
        fs::write(&mine, "# mine\n").unwrap();
        let said = run(directory.path(), None).unwrap();
        assert!(said.contains("kept") && said.contains("arms.toml"), "{said}");
        assert_eq!(fs::read_to_string(&mine).unwrap(), "# mine\n");
    }

    #[test]
    fn opml_stands_in_place_of_the_starter_feeds() {
        let directory = tempfile::tempdir().unwrap();
        let opml = directory.path().join("mine.opml");
        fs::write(&opml, "<opml><body><outline xmlUrl='https://a.example/f'/></body></opml>").unwrap();
        let target = directory.path().join("new");
        assert!(run(&target, Some(&opml)).unwrap().contains("1 feed of"));
        let feeds = config::load(Some(&target)).unwrap().config.feeds;
        let urls: Vec<_> = feeds.iter().map(|feed| feed.url.as_str()).collect();
        assert_eq!(urls, ["https://a.example/f"]);
    }

    #[test]
    fn broken_opml_is_refused_before_anything_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let opml = directory.path().join("mine.opml");
        fs::write(&opml, "<opml><body>").unwrap();
        let target = directory.path().join("new");
        let error = run(&target, Some(&opml)).unwrap_err();
        assert!(error.contains("broken OPML") && error.contains("mine.opml:1"), "{error}");
        assert!(!target.exists());
    }
}
