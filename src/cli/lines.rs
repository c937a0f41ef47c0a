//! Items as JSON Lines, read and matched on all cores, handed on in their order: what `match` and `replay` share.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use anyhow::Context;
use rayon::prelude::*;

use crate::item::Item;
use crate::matcher::{Hit, Matcher};

use super::Exit;

/// Lines matched at a time: enough to keep all cores busy.
const BATCH: usize = 4096;

/// Bytes matched at a time, the last line of them aside: few enough to keep memory small.
const BATCH_BYTES: usize = 16 << 20;

/// A longer line is no item: articles are far shorter.
const LONGEST_LINE: u64 = 8 << 20;

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Lines that were items.
    pub(super) items: usize,
    /// Lines that could not be read; each was named on stderr.
    pub(super) skipped: usize,
}

impl Tally {
    /// Whether every line could be read, as an exit code.
    pub(super) fn exit(self) -> Exit {
        if self.skipped == 0 { Exit::Done } else { Exit::Problems }
    }
}

/// Opens `file`, `-` for standard input; `progress` wraps it so that reading can be watched.
pub(super) fn open(file: &str, progress: &indicatif::ProgressBar) -> anyhow::Result<Box<dyn BufRead>> {
    if file == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = File::open(file).with_context(|| format!("cannot open {file}"))?;
    progress.set_length(opened.metadata().map_or(0, |metadata| metadata.len()));
    Ok(Box::new(BufReader::with_capacity(1 << 16, progress.wrap_read(opened))))
}

/// Reads items from `reader` and hands each that hits something to `on_match`, in order.
pub(super) fn match_lines(
    reader: impl BufRead,
    matcher: &Matcher,
    on_match: impl FnMut(Item, Vec<Hit>) -> anyhow::Result<()>,
) -> anyhow::Result<Tally> {
    let look = |item: &Item| Some(matcher.hits(item)).filter(|hits| !hits.is_empty());
    look_through(reader, look, on_match)
}

/// Reads items from `reader`, looks at them on all cores, and hands each with what was found to `on_found`, in order.
pub(super) fn look_through<T: Send>(
    mut reader: impl BufRead,
    look: impl Fn(&Item) -> Option<T> + Sync,
    mut on_found: impl FnMut(Item, T) -> anyhow::Result<()>,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut number = 0;
    loop {
        let batch = read_batch(&mut reader)?;
        if batch.is_empty() {
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
                    writeln!(io::stderr(), "newshound: line {number} was skipped: {reason}")?;
                }
            }
        }
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
    let item = Item::read_json(text).map_err(|error| error.to_string())?;
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
}
