//! What people write: raw → checked. The only reader of config files and the environment.
//!
//! [`load`] finds the files, reads each as it is written, and checks what it says; every mistake of every file
//! is reported, with its place.

mod check;
mod checked;
mod duration;
pub(crate) mod embedded;
mod environment;
mod library;
mod opml;
mod problem;
mod raw;
mod read;
mod terms;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use checked::{Config, Example, Origin, Subject};
pub use problem::ConfigErrors;

use crate::feed::FeedUrl;

use environment::Environment;
use library::Library;
use opml::Outline;
use problem::{Place, Problem, Problems, Source};
use raw::{RawFile, Text};
use read::Kind;

/// A config that holds, and what is to be said of it.
#[derive(Debug)]
pub struct Loaded {
    /// What newshound was told.
    pub config: Config,
    /// What is odd about it, as text for people.
    pub warnings: Vec<String>,
    /// The files on disk it was read from; none for the built-in default.
    pub files: Vec<PathBuf>,
}

/// Finds, reads and checks the config: at `explicit` (a directory, or the `newshound.toml` in it), else in
/// `$NEWSHOUND_CONFIG`, else in the user's config directory, else inside the program.
///
/// # Errors
/// Fails with everything that is wrong, in all files.
pub fn load(explicit: Option<&Path>) -> Result<Loaded, ConfigErrors> {
    load_in(&Environment::of_process(), explicit)
}

/// The config that is built into the program, whatever the user's own says.
///
/// # Errors
/// Fails only where the user's data directory cannot be found.
pub fn built_in() -> Result<Loaded, ConfigErrors> {
    load_from(Library::built_in(), &Environment::of_process(), Problems::default())
}

/// Where a new config belongs: at `explicit`, else in `$NEWSHOUND_CONFIG`, else in the user's config directory.
/// None when there is no such place.
pub fn home(explicit: Option<&Path>) -> Option<PathBuf> {
    let environment = Environment::of_process();
    let variable = environment.variables.get("NEWSHOUND_CONFIG").filter(|value| !value.is_empty());
    let asked = explicit.or(variable.map(Path::new)).map(Path::to_owned);
    asked.or_else(|| Some(environment.config_home?.join("newshound")))
}

fn load_in(environment: &Environment, explicit: Option<&Path>) -> Result<Loaded, ConfigErrors> {
    let mut problems = Problems::default();
    let found = Library::find(explicit, environment, &mut problems);
    let Some(library) = problems.take(found) else {
        return Err(problems.into_errors());
    };
    load_from(library, environment, problems)
}

fn load_from(mut library: Library, environment: &Environment, mut problems: Problems) -> Result<Loaded, ConfigErrors> {
    let written = gather(&mut library, &mut problems);
    let config = check::check(&written, library.origin(), environment, &mut problems);
    Ok(Loaded { config, warnings: problems.into_warnings()?, files: library.read })
}

/// How many feeds the OPML file at `path` lists that can be polled.
///
/// # Errors
/// Fails when it cannot be read, is no OPML, or lists none.
pub fn check_opml(path: &Path) -> Result<usize, ConfigErrors> {
    let mut problems = Problems::default();
    let feeds = library::open_xml(path).and_then(|source| {
        let outlines = opml::read(&source)?;
        match outlines.iter().filter(|outline| FeedUrl::parse(&outline.url).is_ok()).count() {
            0 => Err(Problem::error(format!("{} lists no feed that can be polled", path.display()))),
            feeds => Ok(feeds),
        }
    });
    problems.take(feeds).ok_or_else(|| problems.into_errors())
}

/// All that a config's files say, unchecked.
#[derive(Debug, Default)]
struct Written {
    /// `newshound.toml`, watchlists, packs, in this order: what is a user's own comes before what is taken.
    parts: Vec<Part>,
    /// The feeds of OPML files.
    outlines: Vec<Outline>,
}

/// What one TOML file says.
#[derive(Debug)]
struct Part {
    source: Arc<Source>,
    kind: Kind,
    raw: RawFile,
}

fn gather(library: &mut Library, problems: &mut Problems) -> Written {
    let mut written = Written::default();
    let main = library.main();
    let Some(main) = problems.take(main) else {
        return written;
    };
    let raw = read::read(&main, Kind::Main, problems);
    let packs = packs(&raw.packs, &main, library, problems);
    written.parts.push(Part { source: main, kind: Kind::Main, raw });
    let watchlists = library.watchlists(problems).into_iter().map(|source| (source, Kind::Watchlist));
    for (source, kind) in watchlists.chain(packs.into_iter().map(|source| (source, Kind::Pack))) {
        let raw = read::read(&source, kind, problems);
        written.parts.push(Part { source, kind, raw });
    }
    for source in library.opml(problems) {
        written.outlines.extend(problems.take(opml::read(&source)).unwrap_or_default());
    }
    written
}

/// The packs that `newshound.toml` names, each once.
fn packs(names: &[Text], main: &Arc<Source>, library: &mut Library, problems: &mut Problems) -> Vec<Arc<Source>> {
    let mut packs = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) {
            problems.push(Problem::error("this pack is named already").at(Place::of(main, name)));
            continue;
        }
        let pack = problems.take(library.pack(name, main));
        problems.incomplete |= pack.is_none();
        packs.extend(pack);
    }
    packs
}

#[cfg(test)]
mod tests;
