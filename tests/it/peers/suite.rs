//! Where the test files of other feed readers lie, and which file says what which feed holds.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The test files of one feed reader.
#[derive(Debug)]
pub(super) struct Suite {
    /// The name of its folder.
    pub(super) name: &'static str,
    directory: PathBuf,
}

impl Suite {
    /// The suite in the folder `name` of the test data; None, said on stderr, where it is absent.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub(super) fn open(name: &'static str) -> Option<Self> {
        let data = std::env::var_os("NEWSHOUND_DATA").unwrap_or_else(|| "../shared/data".into());
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(data).join(name);
        let Ok(directory) = directory.canonicalize() else {
            eprintln!("skipped: no test data at {}", directory.display());
            return None;
        };
        Some(Self { name, directory })
    }

    /// All its feed files, in order.
    pub(super) fn feeds(&self) -> Vec<PathBuf> {
        let mut feeds = Vec::new();
        collect_feeds(&self.directory, &mut feeds);
        feeds.sort();
        feeds
    }
}

fn collect_feeds(directory: &Path, feeds: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_feeds(&path, feeds);
        } else if is_feed(&path) {
            feeds.push(path);
        }
    }
}

/// Whether a file is a feed: all XML is, and JSON that is not the expectation of another file.
fn is_feed(path: &Path) -> bool {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("xml" | "rss" | "atom") => true,
        Some("json") => {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let is_expectation = ["_expected", ".serde"].iter().any(|end| stem.ends_with(end));
            !is_expectation && !path.with_extension("xml").exists() && !path.parent().unwrap().ends_with("output")
        }
        _ => false,
    }
}

/// The entries that its suite expects of a feed file, as that suite writes them; None where it says nothing.
pub(super) fn expectation(feed: &Path) -> Option<Vec<Value>> {
    let stem = feed.file_stem()?.to_str()?;
    let beside = [format!("{stem}_expected.json"), format!("{stem}.serde.json"), format!("../output/{stem}.json")];
    let mut candidates: Vec<PathBuf> = beside.iter().map(|name| feed.with_file_name(name)).collect();
    if feed.extension().is_none_or(|extension| extension != "json") {
        candidates.push(feed.with_extension("json"));
    }
    let bytes = candidates.iter().find_map(|candidate| std::fs::read(candidate).ok())?;
    let document: Value = serde_json::from_str(&String::from_utf8_lossy(&bytes)).unwrap();
    let entries = ["/feed/items", "/items", "/entries"].iter().find_map(|pointer| document.pointer(pointer));
    Some(entries.and_then(Value::as_array).cloned().unwrap_or_default())
}
