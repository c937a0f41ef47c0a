//! What the matcher found: one watch in one item, with its proof.

use serde::{Deserialize, Serialize};

use crate::alert::Level;
use crate::item::ItemId;

use super::{Condition, WatchName};

/// One watch that hit one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The item that was hit.
    pub item: ItemId,
    /// The watch that hit.
    pub watch: WatchName,
    /// The watch's level.
    pub level: Level,
    /// How many different terms of the rule were found.
    pub score: u32,
    /// What its story must be like for it to count; None for a hit as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// The entities that the item names, of those that some rule asks of a story.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<String>,
    /// At least one found term for every part of the rule that had to be there.
    pub proof: Vec<Proof>,
}

/// A field of an item, as offsets count in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// `Item::title`
    Title,
    /// `Item::summary`
    Summary,
    /// `Item::content`
    Content,
    /// `Item::url`
    Url,
    /// One of `Item::authors`; `Proof::index` says which.
    Authors,
    /// One of `Item::tags`; `Proof::index` says which.
    Tags,
}

/// One term found in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The term of the rule, as written: a phrase, `@entity` or `#topic`.
    pub term: String,
    /// The entity that the matched name belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// The text that matched, cut from the original field.
    pub matched: String,
    /// The field it stands in.
    pub field: Field,
    /// Which value of a field that has several; 0 otherwise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub index: usize,
    /// Byte offset of the match in the original field.
    pub start: usize,
    /// Byte offset behind the match in the original field.
    pub end: usize,
    /// The match with some words around it, as plain text.
    pub snippet: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(index: &usize) -> bool {
    *index == 0
}
