//! The parts of an item as small sets, and the fields that make them up.

use crate::item::Item;

use super::hit::Field;
use super::markup::Markup;
use super::rule::Part;

/// A set of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartSet(u8);

impl PartSet {
    pub(super) const TITLE: Self = Self(1);
    pub(super) const LEAD: Self = Self(2);
    pub(super) const TEXT: Self = Self(4);
    pub(super) const URL: Self = Self(8);
    pub(super) const AUTHOR: Self = Self(16);
    pub(super) const TAG: Self = Self(32);
    /// What is sought when a rule names no part: title and text.
    pub(super) const USUAL: Self = Self(1 | 4);

    /// The parts that a rule names, or the usual ones.
    pub(super) fn named(parts: &[Part]) -> Self {
        if parts.is_empty() {
            return Self::USUAL;
        }
        parts.iter().map(|part| Self::of(*part)).fold(Self(0), Self::union)
    }

    fn of(part: Part) -> Self {
        match part {
            Part::Title => Self::TITLE,
            Part::Lead => Self::LEAD,
            Part::Text => Self::TEXT,
            Part::Url => Self::URL,
            Part::Author => Self::AUTHOR,
            Part::Tag => Self::TAG,
        }
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What lies in both: the lead is part of the text.
    pub(super) fn narrowed(self, other: Self) -> Self {
        let lead_of =
            |one: Self, two: Self| if one.meets(Self::LEAD) && two.meets(Self::TEXT) { Self::LEAD.0 } else { 0 };
        Self(self.0 & other.0 | lead_of(self, other) | lead_of(other, self))
    }

    /// Where something is sought that stands within `inner`, itself within `outer`.
    pub(super) fn within(outer: Parts, inner: Self) -> Self {
        outer.map_or(inner, |outer| outer.narrowed(inner))
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Where a part of a query looks: in the parts that it names, else in title and text.
pub(super) type Parts = Option<PartSet>;

/// Values that are read of a field that has several.
const MOST_VALUES: usize = 100;

/// One value of a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) field: Field,
    pub(super) index: usize,
    pub(super) raw: &'a str,
}

/// The values of `item` that `wanted` asks for, in reading order: title and text always.
pub(super) fn values(item: &Item, wanted: PartSet) -> impl Iterator<Item = Value<'_>> {
    let url = item.url.as_deref().filter(|_| wanted.meets(PartSet::URL));
    let authors = several(Field::Authors, &item.authors, wanted.meets(PartSet::AUTHOR));
    let tags = several(Field::Tags, &item.tags, wanted.meets(PartSet::TAG));
    std::iter::once(Value { field: Field::Title, index: 0, raw: item.title.as_str() })
        .chain(item.summary.as_deref().into_iter().map(|raw| Value { field: Field::Summary, index: 0, raw }))
        .chain(item.content.as_deref().into_iter().map(|raw| Value { field: Field::Content, index: 0, raw }))
        .chain(url.into_iter().map(|raw| Value { field: Field::Url, index: 0, raw }))
        .chain(authors)
        .chain(tags)
}

fn several(field: Field, values: &[String], wanted: bool) -> impl Iterator<Item = Value<'_>> {
    let count = if wanted { MOST_VALUES } else { 0 };
    values.iter().take(count).enumerate().map(move |(index, raw)| Value { field, index, raw })
}

/// The text of one field of `item`.
pub(super) fn raw(item: &Item, field: Field, index: usize) -> &str {
    let text = match field {
        Field::Title => Some(&item.title),
        Field::Summary => item.summary.as_ref(),
        Field::Content => item.content.as_ref(),
        Field::Url => item.url.as_ref(),
        Field::Authors => item.authors.get(index),
        Field::Tags => item.tags.get(index),
    };
    text.map_or("", String::as_str)
}

/// The part that a whole field is.
pub(super) fn part_of(field: Field) -> PartSet {
    match field {
        Field::Title => PartSet::TITLE,
        Field::Summary | Field::Content => PartSet::TEXT,
        Field::Url => PartSet::URL,
        Field::Authors => PartSet::AUTHOR,
        Field::Tags => PartSet::TAG,
    }
}

/// The markup that a field may hold.
pub(super) fn markup_of(field: Field) -> Markup {
    match field {
        Field::Title | Field::Authors | Field::Tags => Markup::Title,
        Field::Summary | Field::Content => Markup::Html,
        Field::Url => Markup::None,
    }
}
