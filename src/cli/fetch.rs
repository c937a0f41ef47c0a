//! `newshound fetch`: feeds in, items out.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Mutex;
use url::Url;

use crate::clock;
use crate::config;
use crate::feed::FeedUrl;
use crate::http::Client;
use crate::item::Item;
use crate::matcher::text::{plain, plain_title};
use crate::poller::{self, Parsed};

use super::{Exit, block_on, counted, json_line, printable};

/// Feeds fetched at a time; of one host only one.
const AT_A_TIME: usize = 32;

/// A larger file is no feed.
const MOST_BYTES: u64 = 16 << 20;

/// Arguments of `fetch`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  newshound fetch https://feeds.bbci.co.uk/news/world/rss.xml\n  newshound fetch --json saved/*.xml | newshound match"
)]
pub(super) struct FetchArgs {
    /// Addresses of feeds, or files
    #[arg(required = true, value_name = "URL|FILE")]
    sources: Vec<String>,
    /// Print items as JSON Lines
    #[arg(long)]
    json: bool,
}

pub(super) fn main(path: Option<&Path>, args: &FetchArgs) -> anyhow::Result<Exit> {
    let allow = config::load(path)?.config.allow;
    block_on(async {
        let reader = &Fetcher { client: Client::new(allow), hosts: hosts(&args.sources) };
        let bar = progress_bar(args.sources.len());
        let mut fetched = stream::iter(&args.sources)
            .map(|source| async move { (source, reader.fetch(source).await) })
            .buffered(AT_A_TIME);
        let mut out = io::BufWriter::new(io::stdout().lock());
        let mut exit = Exit::Done;
        while let Some((source, parsed)) = fetched.next().await {
            match parsed {
                Ok(parsed) => print(&mut out, source, &parsed, args.json)?,
                Err(error) => {
                    exit = Exit::Problems;
                    bar.suspend(|| {
                        writeln!(io::stderr(), "newshound: {}", printable(&format!("{source}: {error:#}")))
                    })?;
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        out.flush()?;
        Ok(exit)
    })
}

fn progress_bar(sources: usize) -> ProgressBar {
    if sources < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} feeds");
    ProgressBar::new(sources as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Reads feeds wherever they are.
struct Fetcher {
    client: Client,
    /// Held while a host is asked.
    hosts: HashMap<String, Arc<Mutex<()>>>,
}

fn hosts(sources: &[String]) -> HashMap<String, Arc<Mutex<()>>> {
    sources.iter().filter_map(|source| Some((host(source)?, Arc::default()))).collect()
}

fn host(source: &str) -> Option<String> {
    Url::parse(source).ok()?.host_str().map(str::to_owned)
}

impl Fetcher {
    async fn fetch(&self, source: &str) -> anyhow::Result<Parsed> {
        let Ok(feed) = FeedUrl::parse(source) else { return read_file(source).await };
        let _turn = match host(source).and_then(|host| self.hosts.get(&host)) {
            Some(host) => Some(host.lock().await),
            None => None,
        };
        Ok(poller::fetch(&self.client, &feed.to_url()).await?)
    }
}

async fn read_file(source: &str) -> anyhow::Result<Parsed> {
    if source.contains("://") {
        bail!("feeds are read over http and https, or from files");
    }
    let path = source.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let path = Path::new(&path).canonicalize().context("neither an address (https://…) nor a file")?;
        let mut bytes = Vec::new();
        File::open(&path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            bail!("larger than {} MB: no feed", MOST_BYTES >> 20);
        }
        let url = Url::from_file_path(&path).map_err(|()| anyhow::anyhow!("its path is no address"))?;
        Ok(poller::parse(&bytes, None, &url)?)
    });
    reading.await?
}

fn print(out: &mut impl Write, source: &str, parsed: &Parsed, json: bool) -> anyhow::Result<()> {
    if json {
        for item in &parsed.items {
            writeln!(out, "{}", json_line(item)?)?;
        }
        return Ok(());
    }
    let title = parsed.title.as_deref().map_or_else(|| source.to_owned(), |title| plain_title(title).into_owned());
    writeln!(out, "{} — {}", printable(&title), counted(parsed.items.len(), "item", "items"))?;
    for item in &parsed.items {
        writeln!(out, "  {}", line(item))?;
    }
    for flaw in &parsed.flaws {
        writeln!(out, "  flaw: {}", printable(&flaw.to_string()))?;
    }
    writeln!(out)?;
    Ok(())
}

/// An item in a line: when, what, where.
fn line(item: &Item) -> String {
    let when = item.published.map_or_else(|| "no date".to_owned(), clock::shown);
    let title = plain_title(&item.title);
    let lead = || item.summary.as_deref().or(item.content.as_deref()).map(plain).unwrap_or_default();
    let what = if title.is_empty() { lead() } else { title };
    format!("{when:<21}  {}  {}", printable(&what), printable(item.url.as_deref().unwrap_or_default()))
        .trim_end()
        .to_owned()
}
