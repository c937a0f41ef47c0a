//! The default that is built into the program: the files of `config/`, word for word.

/// `newshound.toml`
pub(crate) const MAIN: &str = include_str!("../../config/newshound.toml");

/// The packs: name and text.
pub(crate) const PACKS: [(&str, &str); 4] = [
    ("leaders", include_str!("../../config/packs/leaders.toml")),
    ("places", include_str!("../../config/packs/places.toml")),
    ("organisations", include_str!("../../config/packs/organisations.toml")),
    ("topics", include_str!("../../config/packs/topics.toml")),
];

/// The starter watchlists: file name and text.
pub(crate) const WATCHLISTS: [(&str, &str); 2] = [
    ("leaders.toml", include_str!("../../config/watchlists/leaders.toml")),
    ("arms.toml", include_str!("../../config/watchlists/arms.toml")),
];

/// The pack that defines the entity or topic `name`.
pub(crate) fn pack_that_defines(name: &str) -> Option<&'static str> {
    let heads = [format!("id = \"{name}\""), format!("[topics.{name}]")];
    let defines = |text: &str| text.lines().any(|line| heads.iter().any(|head| head == line));
    PACKS.iter().find(|(_, text)| defines(text)).map(|(pack, _)| *pack)
}
