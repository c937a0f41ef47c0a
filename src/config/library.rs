//! Where the files of a config are, and their text: a directory of the user's, or what is built in.
//!
//! The only code that opens config files. Knows nothing of what is in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::poller::decode;

use super::checked::Origin;
use super::embedded;
use super::environment::Environment;
use super::problem::{Place, Problem, Problems, Source, did_you_mean};
use super::raw::Text;

/// The file that makes a directory a config.
const MAIN: &str = "newshound.toml";

/// Bytes of one file at most: packs of a hundred thousand names are smaller.
const MOST_BYTES: u64 = 16 << 20;

/// Files of one kind in a directory at most: a directory with more is not a config.
const MOST_FILES: usize = 1000;

/// A config's files, and which of them were read.
#[derive(Debug)]
pub(super) struct Library {
    home: Home,
    /// The files on disk that were read, in order.
    pub(super) read: Vec<PathBuf>,
}

#[derive(Debug)]
enum Home {
    Directory { base: PathBuf, main: PathBuf },
    Embedded,
}

impl Library {
    /// Looks for a config: where it was told to, else in `$NEWSHOUND_CONFIG`, else in the user's config
    /// directory, else inside the program.
    pub(super) fn find(
        explicit: Option<&Path>,
        environment: &Environment,
        problems: &mut Problems,
    ) -> Result<Self, Problem> {
        let variable = environment.variables.get("NEWSHOUND_CONFIG").filter(|value| !value.is_empty());
        if let Some(path) = explicit.or(variable.map(Path::new)) {
            return Ok(Self::new(Home::at(path)?));
        }
        let Some(base) = environment.config_home.as_ref().map(|home| home.join("newshound")) else {
            return Ok(Self::new(Home::Embedded));
        };
        let main = base.join(MAIN);
        // A file that cannot be looked at is there: reading it will say why.
        if main.try_exists().unwrap_or(true) {
            return Ok(Self::new(Home::Directory { base, main }));
        }
        if base.is_dir() {
            let message = format!("{} has no {MAIN}: the built-in default is used instead", base.display());
            problems.push(Problem::warning(message).hint("`newshound init` writes one".to_owned()));
        }
        Ok(Self::new(Home::Embedded))
    }

    /// What is built in.
    pub(super) fn built_in() -> Self {
        Self::new(Home::Embedded)
    }

    fn new(home: Home) -> Self {
        Self { home, read: Vec::new() }
    }

    /// Where it is.
    pub(super) fn origin(&self) -> Origin {
        match &self.home {
            Home::Directory { base, .. } => Origin::Directory(absolute(base)),
            Home::Embedded => Origin::Embedded,
        }
    }

    /// `newshound.toml`
    pub(super) fn main(&mut self) -> Result<Arc<Source>, Problem> {
        match &self.home {
            Home::Directory { main, .. } => self.open(main.clone()),
            Home::Embedded => Ok(built_in(MAIN, embedded::MAIN)),
        }
    }

    /// All watchlists that can be read.
    pub(super) fn watchlists(&mut self, problems: &mut Problems) -> Vec<Arc<Source>> {
        match &self.home {
            Home::Directory { base, .. } => self.open_all(&base.join("watchlists"), "toml", open, problems),
            Home::Embedded => {
                let built_in = |(file, text)| built_in(&format!("watchlists/{file}"), text);
                embedded::WATCHLISTS.map(built_in).into()
            }
        }
    }

    /// All OPML files that can be read.
    pub(super) fn opml(&mut self, problems: &mut Problems) -> Vec<Arc<Source>> {
        match &self.home {
            Home::Directory { base, .. } => self.open_all(&base.clone(), "opml", open_xml, problems),
            Home::Embedded => Vec::new(),
        }
    }

    /// The pack that `name` in `source` names: the user's own before the built-in one.
    pub(super) fn pack(&mut self, name: &Text, source: &Arc<Source>) -> Result<Arc<Source>, Problem> {
        let own = self.own_packs();
        if let Some(path) = own.iter().find(|path| path.file_stem().is_some_and(|stem| *stem == **name.get_ref())) {
            return self.open(path.clone());
        }
        if let Some((name, text)) = embedded::PACKS.iter().find(|(known, _)| known == name.get_ref()) {
            return Ok(built_in(&format!("packs/{name}.toml"), text));
        }
        let known = own.iter().filter_map(|path| path.file_stem()?.to_str());
        let known: Vec<_> = known.chain(embedded::PACKS.map(|(name, _)| name)).collect();
        let hint = did_you_mean(name.get_ref(), known.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("known: {}", known.join(", ")));
        Err(Problem::error(format!("unknown pack {:?}", name.get_ref())).at(Place::of(source, name)).hint(hint))
    }

    fn own_packs(&self) -> Vec<PathBuf> {
        match &self.home {
            Home::Directory { base, .. } => list(&base.join("packs"), "toml").unwrap_or_default(),
            Home::Embedded => Vec::new(),
        }
    }

    fn open_all(
        &mut self,
        directory: &Path,
        extension: &str,
        open: fn(&Path) -> Result<Arc<Source>, Problem>,
        problems: &mut Problems,
    ) -> Vec<Arc<Source>> {
        let paths = match list(directory, extension) {
            Ok(paths) => paths,
            Err(error) => {
                problems.push(Problem::error(format!("cannot list {}: {error}", directory.display())));
                return Vec::new();
            }
        };
        let sources = paths.iter().filter_map(|path| problems.take(open(path))).collect();
        self.read.extend(paths);
        sources
    }

    fn open(&mut self, path: PathBuf) -> Result<Arc<Source>, Problem> {
        let source = open(&path)?;
        self.read.push(path);
        Ok(source)
    }
}

impl Home {
    /// The config that a person pointed at: a directory, or the main file in one.
    fn at(path: &Path) -> Result<Self, Problem> {
        if path.is_dir() {
            let main = path.join(MAIN);
            if main.try_exists().unwrap_or(true) {
                return Ok(Self::Directory { base: path.to_owned(), main });
            }
            let message = format!("{} has no {MAIN}", path.display());
            return Err(Problem::error(message).hint(init_at(path)));
        }
        if path.try_exists().is_ok_and(|exists| !exists) {
            let message = format!("there is no config at {}", path.display());
            return Err(Problem::error(message).hint(init_at(path)));
        }
        let base = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Ok(Self::Directory { base: base.unwrap_or(Path::new(".")).to_owned(), main: path.to_owned() })
    }
}

/// How to get a config at `path`.
fn init_at(path: &Path) -> String {
    format!("`newshound --config {} init` writes one", path.display())
}

/// `path` as it is from everywhere; as it is when the machine cannot tell.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn built_in(name: &str, text: &str) -> Arc<Source> {
    Arc::new(Source::new(format!("built-in/{name}"), text.to_owned()))
}

/// The files in `directory` that end in `extension`, by name; none when there is no such directory. Hidden
/// files are left out: editors keep half-written copies under such names.
fn list(directory: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let entries = match directory.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension)) {
            paths.push(path);
        }
        if paths.len() > MOST_FILES {
            return Err(io::Error::other(format!("more than {MOST_FILES} files")));
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads an XML file, in whatever encoding it is.
pub(super) fn open_xml(path: &Path) -> Result<Arc<Source>, Problem> {
    let (name, bytes) = bytes(path)?;
    let (text, _) = decode::text(&bytes, None);
    Ok(Arc::new(Source::new(name, text.into_owned())))
}

/// Reads one file, whole.
pub(super) fn open(path: &Path) -> Result<Arc<Source>, Problem> {
    let (name, bytes) = bytes(path)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(Source::new(name, text))),
        Err(error) => {
            let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = String::from_utf8_lossy(good).matches('\n').count() + 1;
            Err(Problem::error(format!("{name}:{line}: not UTF-8: save the file in that encoding")))
        }
    }
}

/// The name and the bytes of a file.
fn bytes(path: &Path) -> Result<(String, Vec<u8>), Problem> {
    let name = path.display().to_string();
    let bytes = read_bounded(path).map_err(|error| Problem::error(format!("cannot read {name}: {error}")))?;
    Ok((name, bytes))
}

/// The bytes of a regular file of bounded size: a pipe or a device could keep a reader for ever.
pub(super) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("larger than {} MiB", MOST_BYTES >> 20)));
    }
    Ok(bytes)
}
