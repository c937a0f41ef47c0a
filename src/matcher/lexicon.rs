//! All terms as one structure: the forms of words lead to word classes, a trie over classes leads to terms. A text
//! pays for its own words, not for the number of terms. Knows nothing of rules.
//!
//! Words are known by 64-bit hashes, and each look at them touches one place in memory: what a word may stand for lies
//! beside its hash, and a filter that stays in a cache tells which two words never follow each other in a term.

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::forms::{Need, TermKind, TermWord, forms};
use super::term::readings;
use super::tokens::size;

/// A term, by number.
pub(super) type TermId = u32;
type ClassId = u32;

/// A place in the trie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node(u32);

impl Node {
    pub(super) const ROOT: Self = Self(0);
}

/// One thing that a form may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Meaning {
    class: ClassId,
    /// Where the trie goes with it from its root; the root itself where no term begins with it.
    begins: Node,
    need: Need,
}

/// What a text's word may stand for: the first of its meanings, and where the others lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meanings {
    first: Meaning,
    start: u32,
    end: u32,
}

/// Keys are hashes already.
#[derive(Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type ByHash<V> = HashMap<u64, V, BuildHasherDefault<Identity>>;

/// The lexicon, ready for use.
#[derive(Debug)]
pub(super) struct Lexicon {
    surfaces: ByHash<Meanings>,
    /// Meanings of surfaces that have several.
    meanings: Vec<Meaning>,
    edges: ByHash<Node>,
    /// For each node, where its terms begin in `terms`; one more at the end.
    starts: Vec<u32>,
    terms: Vec<TermId>,
    /// Surfaces that are known: most words of a text are in none.
    known: Filter,
    /// Steps that lead on from a first word.
    follows: Filter,
}

impl Lexicon {
    /// What `surface`, a folded word, may stand for.
    pub(super) fn meanings(&self, surface: &str) -> Option<Meanings> {
        let hash = xxh3_64(surface.as_bytes());
        if !self.known.may_hold(hash) {
            return None;
        }
        self.surfaces.get(&hash).copied()
    }

    /// Takes every step that `meanings` allow from `node`, as far as the text meets their needs.
    pub(super) fn steps(
        &self,
        node: Node,
        meanings: Option<Meanings>,
        is_met: impl Fn(Need) -> bool,
    ) -> impl Iterator<Item = Node> {
        let others = meanings.and_then(|found| self.meanings.get(size(found.start)..size(found.end)));
        let first = meanings.map(|found| found.first);
        first.into_iter().chain(others.unwrap_or_default().iter().copied()).filter_map(move |meaning| {
            let next = self.step(node, meaning)?;
            is_met(meaning.need).then_some(next)
        })
    }

    fn step(&self, node: Node, meaning: Meaning) -> Option<Node> {
        if node == Node::ROOT {
            return (meaning.begins != Node::ROOT).then_some(meaning.begins);
        }
        let edge = edge(node, meaning.class);
        if self.follows.may_hold(edge) { self.edges.get(&edge).copied() } else { None }
    }

    /// The terms that end at `node`.
    pub(super) fn terms_at(&self, node: Node) -> &[TermId] {
        let start = self.starts.get(size(node.0)).copied().unwrap_or(0);
        let end = self.starts.get(size(node.0) + 1).copied().unwrap_or(start);
        self.terms.get(size(start)..size(end)).unwrap_or_default()
    }
}

/// A step of the trie as a hash. Both numbers fit, and mixing them loses nothing.
fn edge(node: Node, class: ClassId) -> u64 {
    let both = u64::from(node.0) << 32 | u64::from(class);
    // The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): one to one.
    let mixed = (both ^ both >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// A set of hashes that may take others for members, but never a member for another (Bloom, 1970).
#[derive(Debug)]
struct Filter {
    bits: Box<[u64]>,
    shift: u32,
}

impl Filter {
    /// Sixteen bits for a member keep some five in a hundred others in.
    fn of(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let bits = (hashes.len() * 16).next_power_of_two().max(64);
        let mut filter = Self { bits: vec![0; bits / 64].into_boxed_slice(), shift: u64::BITS - bits.trailing_zeros() };
        for hash in hashes {
            let (index, bit) = filter.place(hash);
            if let Some(word) = filter.bits.get_mut(index) {
                *word |= bit;
            }
        }
        filter
    }

    fn may_hold(&self, hash: u64) -> bool {
        let (index, bit) = self.place(hash);
        self.bits.get(index).is_some_and(|word| word & bit != 0)
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let place = hash >> self.shift;
        (usize::try_from(place >> 6).unwrap_or(usize::MAX), 1 << (place & 63))
    }
}

/// A lexicon in the making.
#[derive(Debug, Default)]
pub(super) struct LexiconBuilder {
    classes: ByHash<ClassId>,
    /// Hashes of forms with the class and need of each.
    surfaces: Vec<(u64, ClassId, Need)>,
    edges: ByHash<Node>,
    /// For each class, where a term that begins with it leads.
    begins: Vec<Node>,
    nodes: u32,
    ends: Vec<(Node, TermId)>,
    known: ByHash<TermId>,
}

impl LexiconBuilder {
    /// The number of `term`, added when it is new. None when it has no letter or digit.
    pub(super) fn add(&mut self, term: &str, kind: TermKind) -> Option<TermId> {
        let key = xxh3_64(term.as_bytes()).rotate_left(kind as u32);
        if let Some(id) = self.known.get(&key) {
            return Some(*id);
        }
        let readings = readings(term, kind);
        if readings.is_empty() {
            return None;
        }
        let id = number(self.known.len());
        self.known.insert(key, id);
        for words in readings {
            let end = words.into_iter().fold(Node::ROOT, |node, word| self.step(node, &word));
            self.ends.push((end, id));
        }
        Some(id)
    }

    fn step(&mut self, node: Node, word: &TermWord) -> Node {
        let class = self.class(word);
        let next = Node(self.nodes + 1);
        let begins = self.begins.get_mut(size(class)).filter(|_| node == Node::ROOT);
        let found = match begins {
            Some(begins) => {
                if *begins == Node::ROOT {
                    *begins = next;
                }
                *begins
            }
            None => *self.edges.entry(edge(node, class)).or_insert(next),
        };
        if found == next {
            self.nodes += 1;
        }
        found
    }

    fn class(&mut self, word: &TermWord) -> ClassId {
        let next = number(self.begins.len());
        if let Some(known) = self.classes.get(&word.hash()) {
            return *known;
        }
        self.classes.insert(word.hash(), next);
        self.begins.push(Node::ROOT);
        for (surface, need) in forms(word) {
            self.surfaces.push((xxh3_64(surface.as_bytes()), next, need));
        }
        next
    }

    pub(super) fn build(mut self) -> Lexicon {
        self.surfaces.sort_unstable();
        self.surfaces.dedup();
        let begins = |class: ClassId| self.begins.get(size(class)).copied().unwrap_or(Node::ROOT);
        let mut meanings = Vec::new();
        let mut surfaces = ByHash::with_capacity_and_hasher(self.surfaces.len(), BuildHasherDefault::default());
        for forms in self.surfaces.chunk_by(|one, other| one.0 == other.0) {
            let mut all =
                forms.iter().map(|(_, class, need)| Meaning { class: *class, begins: begins(*class), need: *need });
            let (Some(first), Some((hash, ..))) = (all.next(), forms.first()) else { continue };
            let start = number(meanings.len());
            meanings.extend(all);
            surfaces.insert(*hash, Meanings { first, start, end: number(meanings.len()) });
        }
        self.ends.sort_unstable();
        self.ends.dedup();
        let mut starts = vec![0_u32; size(self.nodes) + 2];
        for (node, _) in &self.ends {
            if let Some(count) = starts.get_mut(size(node.0) + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        Lexicon {
            known: Filter::of(surfaces.keys().copied().collect::<Vec<_>>().into_iter()),
            follows: Filter::of(self.edges.keys().copied().collect::<Vec<_>>().into_iter()),
            surfaces,
            meanings,
            edges: self.edges,
            starts,
            terms: self.ends.into_iter().map(|(_, term)| term).collect(),
        }
    }
}

/// A count as a number of 32 bits: more terms than that do not fit any memory.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
