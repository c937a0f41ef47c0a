//! What a person watches for, as the checked config hands it to the compiler: watches, entities, topics.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::alert::Level;

use super::query::{Expr, Node, Origin, Reach};

/// The name of a watch, as its owner wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WatchName(Arc<str>);

impl WatchName {
    /// Takes a name from the config or the store.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WatchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A standing interest: a query, how loud it is, and where it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// Unique among all watches.
    pub name: WatchName,
    /// When it hits.
    pub query: Node,
    /// How loud a hit is.
    pub level: Level,
    /// The names of the sinks it goes to; empty for all.
    pub sinks: Vec<String>,
}

/// A query as most people write it: in lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lists {
    /// Every one must occur; an inner list is an either-or.
    pub all: Vec<Vec<Node>>,
    /// At least `at_least` of these must occur, when there are any.
    pub any: Vec<Node>,
    /// How many different terms of `any` it takes; 1 unless written.
    pub at_least: usize,
    /// None of these may occur.
    pub none: Vec<Node>,
    /// How near to each other the terms of `all` and `any` must come.
    pub near: Option<Near>,
    /// The fields in which `all`, `any` and `none` are sought; empty for title and text.
    pub within: Vec<Part>,
    /// Only items of these feeds (name, tag or URL, `*` and `?` as wildcards); empty for all.
    pub feeds: Vec<String>,
    /// Never items of these feeds.
    pub not_feeds: Vec<String>,
    /// Only items in these languages (primary subtag, `en`); items of unknown language pass. Empty for all.
    pub langs: Vec<String>,
}

/// The stretch of text in which all parts of a rule must come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// Within this many words of each other.
    Words(u32),
    /// In one sentence.
    Sentence,
    /// In one paragraph.
    Paragraph,
    /// In the title.
    Title,
}

impl Lists {
    /// What the lists ask for.
    pub fn query(&self) -> Node {
        let mut wanted = vec![];
        wanted.extend(self.wanted());
        if !self.none.is_empty() {
            wanted.push(Expr::Not(within(&self.within, Node::any(self.none.clone())).into()).into());
        }
        let origins = |origin: Origin, names: &[String]| {
            let nodes = names.iter().map(|name| Expr::Origin(origin, name.clone()).into()).collect();
            (!names.is_empty()).then(|| Node::any(nodes))
        };
        wanted.extend(origins(Origin::Feed, &self.feeds));
        wanted.extend(origins(Origin::Feed, &self.not_feeds).map(|node| Expr::Not(node.into()).into()));
        wanted.extend(origins(Origin::Lang, &self.langs));
        Node::all(wanted)
    }

    /// `all` and `any`, near each other where they must be.
    fn wanted(&self) -> Option<Node> {
        let mut groups: Vec<Node> = self.all.iter().map(|group| Node::any(group.clone())).collect();
        match self.at_least {
            _ if self.any.is_empty() => {}
            0 | 1 => groups.push(Node::any(self.any.clone())),
            number => groups.push(Expr::Of(number, self.any.clone()).into()),
        }
        if groups.is_empty() {
            return None;
        }
        let reach = match self.near {
            None | Some(Near::Title) => None,
            Some(Near::Words(words)) => Some(Reach::Words(words)),
            Some(Near::Sentence) => Some(Reach::Sentence),
            Some(Near::Paragraph) => Some(Reach::Paragraph),
        };
        // Several of one list are near each other when each such choice is near itself.
        if let ([only @ Node { expr: Expr::Of(..), .. }], Some(_)) = (groups.as_slice(), reach) {
            groups.push(only.clone());
        }
        let node = match reach {
            Some(reach) if groups.len() > 1 => Expr::Near(reach, groups).into(),
            _ => Node::all(groups),
        };
        let parts = if self.near == Some(Near::Title) { &[Part::Title] } else { self.within.as_slice() };
        Some(within(parts, node))
    }
}

fn within(parts: &[Part], node: Node) -> Node {
    if parts.is_empty() { node } else { Expr::Within(parts.to_vec(), node.into()).into() }
}

/// A part of an item that a rule can be confined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The headline.
    Title,
    /// The first paragraph of the text.
    Lead,
    /// Summary and content, lead included.
    Text,
    /// The address.
    Url,
    /// The authors.
    Author,
    /// The publisher's categories.
    Tag,
}

/// What an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    /// A human being.
    Person,
    /// A country, a city, a region.
    Place,
    /// A body of people with a name.
    Org,
}

/// A person, place or organisation with all its names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entity {
    /// Stable id: kebab-case, English.
    pub id: String,
    /// What it is, where its owner said.
    pub kind: Option<EntityKind>,
    /// Full names in every script; each alone proves the entity.
    pub names: Vec<String>,
    /// Short forms: they count only beside a full name in the item, or near a context term, or beside a title.
    pub short: Vec<String>,
    /// What makes a short form count that stands directly beside it: `Chairman`, `委員長`.
    pub titles: Vec<String>,
    /// What makes a short form count.
    pub context: Vec<Node>,
    /// Longer names of others that swallow a name or short form.
    pub never: Vec<String>,
}

/// A named list of terms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Topic {
    /// Stable name: kebab-case, English.
    pub name: String,
    /// Any of these is the topic.
    pub terms: Vec<Node>,
}
