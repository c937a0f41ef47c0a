//! All terms as one structure: the forms of words lead to word classes, a trie over classes leads to terms. A text
//! pays for its own words, not for the number of terms. Knows nothing of rules.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::forms::{Need, TermKind, TermWord, forms};
use super::term::readings;
use super::tokens::size;

/// A term, by number.
pub(super) type TermId = u32;
type ClassId = u32;

/// A place in the trie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node(u32);

impl Node {
    pub(super) const ROOT: Self = Self(0);
}

/// One thing that a form may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning {
    class: ClassId,
    need: Need,
}

/// What a text's word may stand for: a stretch of the lexicon's meanings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Meanings {
    start: u32,
    end: u32,
}

impl Meanings {
    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// The lexicon, ready for use.
#[derive(Debug)]
pub(super) struct Lexicon {
    surfaces: HashMap<Box<str>, Meanings>,
    meanings: Vec<Meaning>,
    edges: HashMap<(Node, ClassId), Node>,
    terms: Vec<Box<[TermId]>>,
    /// Bits for the length and some bytes of each form: most words of a text are in none.
    filter: Box<[u64]>,
}

impl Lexicon {
    /// What `surface`, a folded word, may stand for.
    pub(super) fn meanings(&self, surface: &str) -> Meanings {
        let (index, bit) = filter_bit(surface);
        if self.filter.get(index).is_none_or(|bits| bits & bit == 0) {
            return Meanings::default();
        }
        self.surfaces.get(surface).copied().unwrap_or_default()
    }

    /// Takes every step that `meanings` allow from `node`, as far as the text meets their needs.
    pub(super) fn steps(
        &self,
        node: Node,
        meanings: Meanings,
        is_met: impl Fn(Need) -> bool,
    ) -> impl Iterator<Item = Node> {
        let range = size(meanings.start)..size(meanings.end);
        let found = self.meanings.get(range).unwrap_or_default();
        found
            .iter()
            .filter(move |meaning| is_met(meaning.need))
            .filter_map(move |meaning| self.edges.get(&(node, meaning.class)).copied())
    }

    /// The terms that end at `node`.
    pub(super) fn terms_at(&self, node: Node) -> &[TermId] {
        self.terms.get(size(node.0)).map_or(&[], |terms| terms)
    }
}

/// Bits of the filter, as a power of two: 32 KiB, which stay in a core's first cache.
const FILTER_BITS: u32 = 18;

fn filter_bit(surface: &str) -> (usize, u64) {
    let bytes = surface.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().map_or(0, u64::from);
    let last = byte(bytes.len().saturating_sub(1));
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let key = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24 | last << 32 | length << 40;
    let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - FILTER_BITS);
    (usize::try_from(hash >> 6).unwrap_or(usize::MAX), 1 << (hash & 63))
}

/// A lexicon in the making.
#[derive(Debug)]
pub(super) struct LexiconBuilder {
    classes: HashMap<TermWord, ClassId>,
    surfaces: BTreeMap<String, Vec<Meaning>>,
    edges: HashMap<(Node, ClassId), Node>,
    terms: Vec<Vec<TermId>>,
    known: HashMap<(TermKind, String), TermId>,
}

impl LexiconBuilder {
    pub(super) fn new() -> Self {
        Self {
            classes: HashMap::new(),
            surfaces: BTreeMap::new(),
            edges: HashMap::new(),
            terms: vec![Vec::new()],
            known: HashMap::new(),
        }
    }

    /// The number of `term`, added when it is new. None when it has no letter or digit.
    pub(super) fn add(&mut self, term: &str, kind: TermKind) -> Option<TermId> {
        if let Some(id) = self.known.get(&(kind, term.to_owned())) {
            return Some(*id);
        }
        let readings = readings(term, kind);
        if readings.is_empty() {
            return None;
        }
        let id = number(self.known.len());
        self.known.insert((kind, term.to_owned()), id);
        for words in readings {
            let end = words.into_iter().fold(Node::ROOT, |node, word| self.step(node, word));
            if let Some(terms) = self.terms.get_mut(size(end.0)) {
                terms.push(id);
            }
        }
        Some(id)
    }

    fn step(&mut self, node: Node, word: TermWord) -> Node {
        let class = self.class(word);
        let next = Node(number(self.terms.len()));
        let found = *self.edges.entry((node, class)).or_insert(next);
        if found == next {
            self.terms.push(Vec::new());
        }
        found
    }

    fn class(&mut self, word: TermWord) -> ClassId {
        let class = number(self.classes.len());
        if let Some(known) = self.classes.get(&word) {
            return *known;
        }
        for (surface, need) in forms(&word) {
            self.surfaces.entry(surface).or_default().push(Meaning { class, need });
        }
        self.classes.insert(word, class);
        class
    }

    pub(super) fn build(self) -> Lexicon {
        let mut meanings = Vec::new();
        let mut filter = vec![0_u64; 1 << (FILTER_BITS - 6)].into_boxed_slice();
        let mut surfaces = HashMap::with_capacity(self.surfaces.len());
        for (surface, found) in self.surfaces {
            let start = number(meanings.len());
            meanings.extend(found);
            let (index, bit) = filter_bit(&surface);
            if let Some(bits) = filter.get_mut(index) {
                *bits |= bit;
            }
            surfaces.insert(surface.into_boxed_str(), Meanings { start, end: number(meanings.len()) });
        }
        let terms = self.terms.into_iter().map(Vec::into_boxed_slice).collect();
        Lexicon { surfaces, meanings, edges: self.edges, terms, filter }
    }
}

/// A count as a number of 32 bits: more terms than that do not fit any memory.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
