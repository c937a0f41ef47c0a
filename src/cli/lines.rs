//! Items as JSON Lines, read and matched on all cores, handed on in their order: what `match` and `replay` share.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use rayon::prelude::*;

use crate::item::Item;
use crate::matcher::{Hit, Matcher};

use super::{Exit, counted, printable};

/// Lines matched at a time: enough to keep all cores busy.
const BATCH: usize = 4096;

/// Bytes matched at a time, the last line of them aside: few enough to keep memory small.
const BATCH_BYTES: usize = 16 << 20;

/// Lines that cannot be read are named up to this many, the rest counted: a wrong file has nothing else.
const MOST_NAMED: usize = 10;

/// A longer line is no item: articles are far shorter.
const LONGEST_LINE: u64 = 8 << 20;

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Lines that were items.
    pub(super) items: usize,
    /// Lines that could not be read; the first were named on stderr.
    pub(super) skipped: usize,
}

impl Tally {
    /// Whether every line could be read, as an exit code.
    pub(super) fn exit(self) -> Exit {
        if self.skipped == 0 { Exit::Done } else { Exit::Problems }
    }
}

/// Items to be read, and the progress bar that what is said meanwhile must not run into.
pub(super) struct Input {
    reader: Box<dyn BufRead>,
    bar: ProgressBar,
}

/// Opens `file`, `-` for standard input; `bar` shows how far it has been read.
pub(super) fn open(file: &str, bar: &ProgressBar) -> anyhow::Result<Input> {
    let mut reader: Box<dyn BufRead> = if file == "-" {
        Box::new(io::stdin().lock())
    } else {
        let opened = File::open(file).with_context(|| format!("cannot open {file}"))?;
        let metadata = opened.metadata()?;
        ensure!(!metadata.is_dir(), "{file} is a directory, not a file of JSON Lines");
        bar.set_length(metadata.len());
        Box::new(BufReader::with_capacity(1 << 16, bar.wrap_read(opened)))
    };
    let named = if file == "-" { "FILE" } else { file };
    let is_feed = is_feed(reader.fill_buf()?);
    ensure!(!is_feed, "this is a feed, not JSON Lines: `newshound fetch --json {named} | newshound match`");
    Ok(Input { reader, bar: bar.clone() })
}

/// Whether what begins with `bytes` is a whole document rather than lines.
fn is_feed(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') || (text.starts_with('{') && text.contains("jsonfeed.org/version"))
}

/// Reads items from `input` and hands each that hits something to `on_match`, in order.
pub(super) fn match_lines(
    input: Input,
    matcher: &Matcher,
    on_match: impl FnMut(Item, Vec<Hit>) -> anyhow::Result<()>,
) -> anyhow::Result<Tally> {
    let look = |item: &Item| Some(matcher.hits(item)).filter(|hits| !hits.is_empty());
    look_through(input, look, on_match)
}

/// Reads items from `input`, looks at them on all cores, and hands each with what was found to `on_found`, in order.
pub(super) fn look_through<T: Send>(
    mut input: Input,
    look: impl Fn(&Item) -> Option<T> + Sync,
    mut on_found: impl FnMut(Item, T) -> anyhow::Result<()>,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut number = 0;
    loop {
        let batch = read_batch(&mut input.reader)?;
        if batch.is_empty() {
            if let Some(more @ 1..) = tally.skipped.checked_sub(MOST_NAMED) {
                input.say(&format!("{} skipped", counted(more, "more line was", "more lines were")))?;
            }
            return Ok(tally);
        }
        let results: Vec<_> = batch.par_iter().map(|line| read_line(line, &look)).collect();
        for result in results {
            number += 1;
            match result {
                Ok(None) => {}
                Ok(Some((item, found))) => {
                    tally.items += 1;
                    if let Some(found) = found {
                        on_found(item, found)?;
                    }
                }
                Err(reason) => {
                    tally.skipped += 1;
                    if tally.skipped <= MOST_NAMED {
                        input.say(&format!("line {number} was skipped: {reason}"))?;
                    }
                }
            }
        }
    }
}

impl Input {
    fn say(&self, text: &str) -> io::Result<()> {
        self.bar.suspend(|| writeln!(io::stderr(), "newshound: {}", printable(text)))
    }
}

/// The next lines, without their ends; a line that is too long comes cut, and so cannot be read as an item.
fn read_batch(reader: &mut impl BufRead) -> io::Result<Vec<Vec<u8>>> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    while batch.len() < BATCH && bytes < BATCH_BYTES {
        let mut line = Vec::new();
        if reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.last() != Some(&b'\n') && line.len() as u64 == LONGEST_LINE {
            reader.skip_until(b'\n')?;
        }
        bytes += line.len();
        batch.push(line);
    }
    Ok(batch)
}

/// The item on `line` and what `look` finds in it; None for a blank line.
fn read_line<T>(line: &[u8], look: &impl Fn(&Item) -> Option<T>) -> Result<Option<(Item, Option<T>)>, String> {
    if line.len() as u64 == LONGEST_LINE {
        return Err(format!("it is longer than {} MB", LONGEST_LINE >> 20));
    }
    let text = str::from_utf8(line).map_err(|error| format!("it is not UTF-8: {error}"))?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let item = Item::read_json(text).map_err(|error| error.to_string().replace(" at line 1 column ", " at column "))?;
    let found = look(&item);
    Ok(Some((item, found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_bounded_in_lines_and_in_bytes() {
        let lines = |length: usize, count: usize| format!("{}\n", "x".repeat(length)).repeat(count);
        let sizes = |text: String| {
            let mut reader = text.as_bytes();
            [(); 3].map(|()| read_batch(&mut reader).unwrap().len())
        };
        assert_eq!(sizes(lines(1, BATCH + 1)), [BATCH, 1, 0]);
        assert_eq!(sizes(lines(BATCH_BYTES / 4, 5)), [4, 1, 0]);
    }

    #[test]
    fn a_feed_is_told_from_lines() {
        for feed in
            ["<?xml version=\"1.0\"?>", "\u{feff}\n <rss>", r#"{"version": "https://jsonfeed.org/version/1.1"}"#]
        {
            assert!(is_feed(feed.as_bytes()), "{feed}");
        }
        for lines in ["", "nonsense", r#"{"title":"<rss>"}"#] {
            assert!(!is_feed(lines.as_bytes()), "{lines}");
        }
    }
}
