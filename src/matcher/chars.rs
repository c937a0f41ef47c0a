//! What each character means for words: which script a letter is of, what joins, what ends a sentence. Knows
//! nothing of where a character stands.

use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

/// Letters by how their words are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Script {
    /// Latin, Greek, Armenian, Devanagari, …: words between blanks. Also digits.
    Alphabet,
    /// Like the former, with apostrophes inside words.
    Cyrillic,
    /// Words between blanks, particles behind them.
    Hangul,
    /// Words between blanks, particles before them.
    Arabic,
    /// Words between blanks, particles before them.
    Hebrew,
    /// No blanks between words: every character is a token.
    Unsegmented,
}

/// What a character is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A letter or digit.
    Word(Script),
    /// It belongs to the letter before it.
    Mark,
    /// Invisible: soft hyphens, joiners, direction marks.
    Ignored,
    Apostrophe,
    /// Hyphens, and the middle dots of transcribed names.
    Joiner,
    /// A full stop, or the dot of an abbreviation.
    Dot,
    /// Ends a sentence when a blank and a capital follow.
    Stop,
    /// Ends a sentence whatever follows.
    FullStop,
    /// Parts two stretches of unsegmented text.
    Comma,
    Space,
    Newline,
    Other,
}

/// What `c` is.
pub(super) fn kind(c: char) -> Kind {
    if c.is_ascii() {
        return ascii_kind(c);
    }
    if let Some(kind) = punctuation(c) {
        return kind;
    }
    if is_mark(c) {
        return Kind::Mark;
    }
    match script(c) {
        // their vowel signs and viramas are not all letters to Unicode, yet all belong to words
        Script::Unsegmented if matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}') => {
            Kind::Word(Script::Unsegmented)
        }
        script if c.is_alphanumeric() => Kind::Word(script),
        _ if c.is_whitespace() => Kind::Space,
        _ => Kind::Other,
    }
}

fn ascii_kind(c: char) -> Kind {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Kind::Word(Script::Alphabet),
        '\n' => Kind::Newline,
        ' ' | '\t' | '\r' | '\x0B' | '\x0C' => Kind::Space,
        '\'' | '`' => Kind::Apostrophe,
        '-' => Kind::Joiner,
        '.' => Kind::Dot,
        '!' | '?' => Kind::Stop,
        ',' | ':' | ';' => Kind::Comma,
        _ => Kind::Other,
    }
}

fn punctuation(c: char) -> Option<Kind> {
    Some(match c {
        '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{61C}'
        | '\u{34F}' => Kind::Ignored,
        '’' | '‘' | 'ʼ' | 'ʻ' | 'ʹ' | '′' | '´' | '＇' => Kind::Apostrophe,
        '‐' | '‑' | '‒' | '–' | '−' | '﹣' | '－' | '־' | '·' | '・' | '･' | '‧' | '•' | '᠆' => {
            Kind::Joiner
        }
        '…' | '．' => Kind::Stop,
        '。' | '｡' | '！' | '？' | '؟' | '۔' | '।' | '॥' | '။' | '។' => Kind::FullStop,
        '，' | '、' | '：' | '；' | '､' | '،' | '؛' | '၊' => Kind::Comma,
        '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::Newline,
        _ => return None,
    })
}

/// Whether `c` changes the letter before it: an accent, a vowel point, a voicing mark, the rest of a syllable.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FB}' | '\u{FF9E}' | '\u{FF9F}')
        || CanonicalCombiningClassMapBorrowed::new().get_u8(c) != 0
}

/// The script that `c`, a letter or digit, is counted to.
pub(super) fn script(c: char) -> Script {
    match u32::from(c) {
        0x400..0x530 | 0x1C80..0x1C90 | 0x2DE0..0x2E00 | 0xA640..0xA6A0 => Script::Cyrillic,
        0x590..0x600 | 0xFB1D..0xFB50 => Script::Hebrew,
        0x600..0x700 | 0x750..0x780 | 0x870..0x900 | 0xFB50..0xFE00 | 0xFE70..0xFF00 => Script::Arabic,
        0x1100..0x1200 | 0x3130..0x3190 | 0xA960..0xA980 | 0xAC00..0xD800 | 0xFFA0..0xFFDD => Script::Hangul,
        0xE00..0xF00
        | 0x1000..0x10A0
        | 0x1780..0x1800
        | 0x2E80..0x3100
        | 0x3100..0x3130
        | 0x31A0..0x31C0
        | 0x31F0..0x4DC0
        | 0x4E00..0xA000
        | 0xA9E0..0xAA00
        | 0xAA60..0xAA80
        | 0xF900..0xFB00
        | 0xFF66..0xFFA0
        | 0x1B000..0x1B170
        | 0x20000..0x323B0 => Script::Unsegmented,
        _ => Script::Alphabet,
    }
}
