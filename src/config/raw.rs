//! What people may write, key by key, exactly as it stands in the files. Knows no meaning: [`super::check`] does.
//!
//! Values that a later check can refuse carry their place. A key that is not here is refused.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

/// A text with its place.
pub(super) type Text = Spanned<String>;

/// One file: `newshound.toml`, a watchlist or a pack.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawFile {
    pub(super) packs: Vec<Text>,
    pub(super) store: RawStore,
    pub(super) poll: RawPoll,
    pub(super) http: RawHttp,
    pub(super) feed: Vec<RawFeed>,
    pub(super) sink: Vec<RawSink>,
    pub(super) entity: Vec<RawEntity>,
    pub(super) topics: BTreeMap<Text, RawTopic>,
    pub(super) watch: Vec<RawWatch>,
}

/// `[store]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawStore {
    pub(super) path: Option<Text>,
}

/// `[poll]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPoll {
    pub(super) floor: Option<Text>,
    pub(super) once_deadline: Option<Text>,
}

/// `[http]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawHttp {
    pub(super) allow: Vec<Text>,
}

/// `[[feed]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFeed {
    pub(super) url: Text,
    pub(super) name: Option<Text>,
    #[serde(default)]
    pub(super) tags: Vec<Text>,
    pub(super) owner: Option<Text>,
    pub(super) every: Option<Text>,
    pub(super) backlog: Option<Text>,
}

/// `[[sink]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSink {
    pub(super) name: Text,
    #[serde(rename = "type")]
    pub(super) kind: Text,
    pub(super) enabled: Option<bool>,
    pub(super) updates: Option<bool>,
    pub(super) url: Option<Text>,
    pub(super) url_file: Option<Text>,
    pub(super) headers: Option<Spanned<BTreeMap<Text, Text>>>,
    pub(super) argv: Option<Spanned<Vec<Text>>>,
    pub(super) timeout: Option<Text>,
    pub(super) path: Option<Text>,
}

/// `[[entity]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEntity {
    pub(super) id: Text,
    pub(super) kind: Option<Text>,
    pub(super) names: Spanned<Vec<Text>>,
    #[serde(default)]
    pub(super) short: Vec<Text>,
    #[serde(default)]
    pub(super) context: Vec<Text>,
    #[serde(default)]
    pub(super) titles: Vec<Text>,
    #[serde(default)]
    pub(super) never: Vec<Text>,
    #[serde(default)]
    pub(super) test_yes: Vec<Text>,
    #[serde(default)]
    pub(super) test_no: Vec<Text>,
}

/// A member of `[topics]`: its terms, or a table of them and their tests.
#[derive(Debug, Default)]
pub(super) struct RawTopic {
    pub(super) any: Vec<Text>,
    pub(super) test_yes: Vec<Text>,
    pub(super) test_no: Vec<Text>,
}

/// A topic written as a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTopicTable {
    any: Vec<Text>,
    #[serde(default)]
    test_yes: Vec<Text>,
    #[serde(default)]
    test_no: Vec<Text>,
}

impl<'de> Deserialize<'de> for RawTopic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = RawTopic;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of terms, or a table with `any` and tests")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawTopic, A::Error> {
                let mut any = Vec::new();
                while let Some(term) = list.next_element()? {
                    any.push(term);
                }
                Ok(RawTopic { any, ..RawTopic::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<RawTopic, A::Error> {
                let RawTopicTable { any, test_yes, test_no } =
                    RawTopicTable::deserialize(MapAccessDeserializer::new(table))?;
                Ok(RawTopic { any, test_yes, test_no })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// `[[watch]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWatch {
    pub(super) name: Text,
    pub(super) enabled: Option<bool>,
    pub(super) query: Option<Text>,
    #[serde(default)]
    pub(super) all: Vec<Spanned<RawPart>>,
    #[serde(default)]
    pub(super) any: Vec<Text>,
    pub(super) at_least: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) none: Vec<Text>,
    #[serde(default)]
    pub(super) score: BTreeMap<Text, Spanned<i64>>,
    pub(super) threshold: Option<Spanned<i64>>,
    pub(super) near: Option<Spanned<RawNear>>,
    #[serde(default, rename = "in")]
    pub(super) within: Vec<Text>,
    #[serde(default)]
    pub(super) feeds: Vec<Text>,
    #[serde(default)]
    pub(super) not_feeds: Vec<Text>,
    #[serde(default)]
    pub(super) langs: Vec<Text>,
    pub(super) level: Option<Text>,
    #[serde(default)]
    pub(super) sinks: Vec<Text>,
    #[serde(default)]
    pub(super) test_yes: Vec<Text>,
    #[serde(default)]
    pub(super) test_no: Vec<Text>,
}

/// A member of `all`: one term, or a list of which one will do.
#[derive(Debug)]
pub(super) enum RawPart {
    /// `"a"`
    One(String),
    /// `["a", "b"]`
    EitherOr(Vec<Text>),
}

impl<'de> Deserialize<'de> for RawPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = RawPart;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a term or a list of terms of which one will do")
            }

            fn visit_str<E: Error>(self, term: &str) -> Result<RawPart, E> {
                Ok(RawPart::One(term.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawPart, A::Error> {
                let mut terms = Vec::new();
                while let Some(term) = list.next_element()? {
                    terms.push(term);
                }
                Ok(RawPart::EitherOr(terms))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The value of `near`.
#[derive(Debug)]
pub(super) enum RawNear {
    /// `near = 8`
    Words(i64),
    /// `near = "sentence"`
    Name(String),
}

impl<'de> Deserialize<'de> for RawNear {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = RawNear;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"sentence\", \"paragraph\", \"title\" or a number of words")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<RawNear, E> {
                Ok(RawNear::Name(name.to_owned()))
            }

            fn visit_i64<E: Error>(self, words: i64) -> Result<RawNear, E> {
                Ok(RawNear::Words(words))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
