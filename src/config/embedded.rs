//! The default that is built into the program: the files of `config/`, word for word.

/// `newshound.toml`
pub(crate) const MAIN: &str = include_str!("../../config/newshound.toml");

/// The packs: name and text.
pub(crate) const PACKS: [(&str, &str); 2] = [
    ("leaders", include_str!("../../config/packs/leaders.toml")),
    ("topics", include_str!("../../config/packs/topics.toml")),
];

/// The starter watchlists: file name and text.
pub(crate) const WATCHLISTS: [(&str, &str); 2] = [
    ("leaders.toml", include_str!("../../config/watchlists/leaders.toml")),
    ("arms.toml", include_str!("../../config/watchlists/arms.toml")),
];
