//! The forms in which a word of a term may stand in a text, by closed lists per language: plurals, possessives,
//! particles, case endings. Made once when rules are compiled. Never "any suffix".

mod cases;

use super::chars::Script;
use super::tokens::Caps;

/// Korean particles, and some in a row.
const PARTICLES: &str = "은 는 이 가 을 를 의 에 에게 에게서 에게는 에게도 에서 에서는 에서도 \
                         에서의 에는 에도 에만 께 께서 께서는 과 와 과의 와의 과는 와는 과도 와도 \
                         도 만 만이 만을 만의 로 으로 로의 으로의 로는 으로는 로도 으로도 로서 \
                         으로서 로부터 으로부터 부터 까지 까지의 까지도 보다 처럼 이나 나 이란 란 \
                         이라고 라고 이라는 라는 이며 며 이고 이다 하고 한테 마다 조차 마저 밖에 측";

/// Endings that make verbs of Korean nouns: `방문` is a visit, `방문하기로` that one is to visit.
const VERBAL: &str = "하다 한다 했다 하는 한 할 해 하기로 하기 하며 하면 하려 하려는 하자 하던 했던 했다고 한다고 하겠다 합니다 했습니다 \
                      되다 된다 됐다 되는 된 될 돼 되며";

/// What a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum TermKind {
    /// A word or phrase to look for.
    Plain,
    /// A name of an entity: it declines.
    Name,
}

/// One word of a term.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TermWord {
    /// Folded.
    pub(super) folded: String,
    pub(super) script: Script,
    pub(super) need: Need,
    /// Whether it begins its term.
    pub(super) first: bool,
    /// Whether it ends its term.
    pub(super) last: bool,
    /// What its term is.
    pub(super) kind: TermKind,
}

impl TermWord {
    /// A hash that only the same word in the same role has.
    pub(super) fn hash(&self) -> u64 {
        let role = [self.script as u8, self.need as u8, u8::from(self.first), u8::from(self.last), self.kind as u8];
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        hasher.update(self.folded.as_bytes());
        hasher.update(&role);
        hasher.digest()
    }
}

/// What the text has to show besides the word itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Need {
    Nothing,
    /// The word with a capital and small letters.
    Capital,
    /// The word in capitals.
    Capitals,
    /// The word in capitals, with a small plural s.
    CapitalsPlural,
    /// An `'s`.
    Possessive,
}

impl Need {
    /// Whether a token with these marks will do.
    pub(super) fn is_met(self, caps: Caps, possessive: bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::Capital => matches!(caps, Caps::First | Caps::Shouted),
            Self::Capitals => matches!(caps, Caps::All | Caps::Shouted),
            Self::CapitalsPlural => caps == Caps::Plural,
            Self::Possessive => possessive,
        }
    }
}

/// All forms of `word`, itself first; some may come twice.
pub(super) fn forms(word: &TermWord) -> Vec<(String, Need)> {
    let base = word.folded.as_str();
    match word.need {
        Need::Nothing | Need::Capital => {}
        Need::Capitals | Need::CapitalsPlural => {
            return vec![(base.to_owned(), Need::Capitals), (format!("{base}s"), Need::CapitalsPlural)];
        }
        Need::Possessive => return vec![(base.to_owned(), Need::Possessive), (format!("{base}s"), Need::Nothing)],
    }
    let mut forms = vec![base.to_owned()];
    if base.chars().all(char::is_alphabetic) {
        forms.extend(inflected(word));
    }
    forms.into_iter().map(|form| (form, word.need)).collect()
}

fn inflected(word: &TermWord) -> Vec<String> {
    let alone = word.first && word.last;
    match (word.script, word.kind) {
        (Script::Alphabet, TermKind::Plain) if word.last => plurals(&word.folded),
        (Script::Alphabet, TermKind::Name) => cases::latin(&word.folded, alone),
        (Script::Cyrillic, TermKind::Name) => cases::cyrillic(&word.folded, alone),
        (Script::Hangul, kind) if word.last => in_korean(&word.folded, kind),
        (Script::Arabic, _) if word.first => with_arabic_proclitics(&word.folded, alone),
        (Script::Hebrew, _) if word.first => with_hebrew_proclitics(&word.folded, alone),
        _ => Vec::new(),
    }
}

/// English plurals.
fn plurals(word: &str) -> Vec<String> {
    let is_vowel = |c: char| "aeiou".contains(c);
    if !word.is_ascii() || word.len() < 2 {
        return Vec::new();
    }
    if let Some(stem) = word.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel)) {
        return vec![format!("{stem}ies")];
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|hiss| word.ends_with(hiss)) {
        return vec![format!("{word}es")];
    }
    let mut plurals = vec![format!("{word}s")];
    if word.ends_with('o') {
        plurals.push(format!("{word}es"));
    }
    if let Some(stem) = word.strip_suffix("fe").or_else(|| word.strip_suffix('f')) {
        plurals.push(format!("{stem}ves"));
    }
    plurals
}

fn in_korean(word: &str, kind: TermKind) -> Vec<String> {
    // one syllable and a particle make too many other words
    if word.chars().count() < 2 {
        return Vec::new();
    }
    let verbal = VERBAL.split_whitespace().filter(|_| kind == TermKind::Plain);
    PARTICLES.split_whitespace().chain(verbal).map(|ending| format!("{word}{ending}")).collect()
}

fn with_arabic_proclitics(word: &str, alone: bool) -> Vec<String> {
    const BEFORE_ALL: [&str; 12] = ["و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "لل", "ولل"];
    const WITH_ARTICLE: [&str; 9] = ["ال", "وال", "فال", "بال", "كال", "وبال", "وكال", "لل", "ولل"];
    if word.chars().count() < shortest(alone) {
        return Vec::new();
    }
    let mut forms: Vec<String> = BEFORE_ALL.iter().map(|before| format!("{before}{word}")).collect();
    // the article loses its alef behind l
    let bare = word.strip_prefix("ال").filter(|bare| bare.chars().count() >= 2).unwrap_or(word);
    forms.extend(WITH_ARTICLE.iter().map(|before| format!("{before}{bare}")));
    forms
}

fn with_hebrew_proclitics(word: &str, alone: bool) -> Vec<String> {
    const PROCLITICS: [&str; 20] = [
        "ו", "ה", "ב", "ל", "מ", "ש", "כ", "וה", "וב", "ול", "ומ", "וש", "וכ", "שה", "מה", "כש", "כשה", "שב", "של",
        "ושל",
    ];
    if word.chars().count() < shortest(alone) {
        return Vec::new();
    }
    PROCLITICS.iter().map(|before| format!("{before}{word}")).collect()
}

/// Letters that a word needs to take proclitics: short ones make other words, unless a second word follows.
fn shortest(alone: bool) -> usize {
    if alone { 3 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plural_follows_english_spelling() {
        for (word, expected) in [
            ("deal", "deals"),
            ("army", "armies"),
            ("convoy", "convoys"),
            ("clash", "clashes"),
            ("crisis", "crisises"),
            ("embargo", "embargos embargoes"),
            ("knife", "knifes knives"),
        ] {
            assert_eq!(plurals(word).join(" "), expected);
        }
        assert!(plurals("é").is_empty());
    }
}
