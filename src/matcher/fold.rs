//! Makes spellings of one word equal: case, width, accents and the like go, letters that tell words apart stay.
//! Knows nothing of languages, so it never drops the breve of `й`, the voicing of kana or a Hangul syllable.

use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::properties::{CanonicalDecompositionBorrowed, Decomposed};

const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();

/// Folded forms of the characters below this one are kept in a table: the alphabets with case and accents.
const TABLE_END: u32 = 0x2000;
static TABLE: LazyLock<Vec<Short>> =
    LazyLock::new(|| (0..TABLE_END).map(|code| char::from_u32(code).map_or(Short::EMPTY, Short::of)).collect());

/// A folded character that fits seven bytes; longer ones are folded anew each time.
#[derive(Debug, Clone, Copy)]
struct Short {
    bytes: [u8; 7],
    length: u8,
}

impl Short {
    const EMPTY: Self = Self { bytes: [0; 7], length: 0 };
    const LONG: u8 = u8::MAX;

    fn of(c: char) -> Self {
        let mut folded = String::new();
        fold_text(c.encode_utf8(&mut [0; 4]), &mut folded);
        let mut short = Self::EMPTY;
        match (short.bytes.get_mut(..folded.len()), u8::try_from(folded.len())) {
            (Some(slot), Ok(length)) => {
                slot.copy_from_slice(folded.as_bytes());
                short.length = length;
            }
            _ => short.length = Self::LONG,
        }
        short
    }

    fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes.get(..usize::from(self.length))?).ok()
    }
}

/// Appends the folded form of one character that no mark follows.
pub(super) fn fold_char(c: char, folded: &mut String) {
    if c.is_ascii() {
        return folded.push(c.to_ascii_lowercase());
    }
    if matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}')
    {
        return folded.push(c);
    }
    let index = usize::try_from(u32::from(c)).unwrap_or(usize::MAX);
    match TABLE.get(index).and_then(Short::as_str) {
        Some(short) => folded.push_str(short),
        None => fold_text(c.encode_utf8(&mut [0; 4]), folded),
    }
}

/// Appends the folded form of `text`, of any length. Folding what is folded changes nothing.
pub(super) fn fold_text(text: &str, folded: &mut String) {
    let start = folded.len();
    NFKC.normalize(text).chars().for_each(|c| fold_composed(c, folded));
    // a dropped mark may have stood between two letters that compose
    let unstable = folded.get(start..).filter(|tail| !NFKC.is_normalized(tail)).map(str::to_owned);
    if let Some(again) = unstable {
        folded.truncate(start);
        fold_text(&again, folded);
    }
}

fn fold_composed(c: char, folded: &mut String) {
    for lower in c.to_lowercase() {
        let base = base_letter(lower);
        match replacement(base) {
            Some(text) => folded.push_str(text),
            None if is_dropped(base) => {}
            None => folded.push(base),
        }
    }
}

/// A letter without its accents, where accents only help to read.
fn base_letter(c: char) -> char {
    let accents_help = matches!(u32::from(c),
        0x80..0x250 | 0x370..0x530 | 0x620..0x700 | 0x1E00..0x2000);
    if !accents_help || c == 'й' {
        return c;
    }
    match CanonicalDecompositionBorrowed::new().decompose(c) {
        Decomposed::Expansion(first, _) | Decomposed::Singleton(first) => base_letter(first),
        Decomposed::Default => c,
    }
}

/// Accents, vowel points and the Arabic stretching stroke.
fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}'..='\u{5C2}'
        | '\u{5C4}'..='\u{5C5}' | '\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' | '\u{6E7}'..='\u{6E8}' | '\u{6EA}'..='\u{6ED}'
        | '\u{8D3}'..='\u{8FF}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20F0}')
}

/// Letters that are written in more than one way, and digits of the Arabic scripts.
fn replacement(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'ς' => "σ",
        'ٱ' => "ا",
        'ى' | 'ی' | 'ې' => "ي",
        'ة' | 'ہ' | 'ھ' | 'ە' => "ه",
        'ک' => "ك",
        '٠' | '۰' => "0",
        '١' | '۱' => "1",
        '٢' | '۲' => "2",
        '٣' | '۳' => "3",
        '٤' | '۴' => "4",
        '٥' | '۵' => "5",
        '٦' | '۶' => "6",
        '٧' | '۷' => "7",
        '٨' | '۸' => "8",
        '٩' | '۹' => "9",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fold(text: &str) -> String {
        let mut folded = String::new();
        fold_text(text, &mut folded);
        folded
    }

    #[test]
    fn spellings_of_one_word_are_equal() {
        for (text, expected) in [
            ("PÉREZ", "perez"),
            ("Pe\u{301}rez", "perez"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("Łódź", "lodz"),
            ("Ørsted Đoković Æsir Œuvre", "orsted dokovic aesir oeuvre"),
            ("İstanbul ısı", "istanbul isi"),
            ("ΜΗΤΣΟΤΆΚΗΣ", "μητσοτακησ"),
            ("Μητσοτάκης", "μητσοτακησ"),
            ("Семён", "семен"),
            ("Ｐｕｔｉｎ", "putin"),
            ("ﬁne", "fine"),
            ("ﾌﾟｰﾁﾝ", "プーチン"),
            ("カ\u{3099}", "ガ"),
            ("أحمد إيران آل", "احمد ايران ال"),
            ("مصطفى مدينة", "مصطفي مدينه"),
            ("كـيـم", "كيم"),
            ("مُحَمَّد", "محمد"),
            ("یک", "يك"),
            ("שָׁלוֹם", "שלום"),
            ("٢٠٢٣", "2023"),
        ] {
            assert_eq!(fold(text), expected, "{text}");
        }
    }

    #[test]
    fn letters_that_tell_words_apart_stay() {
        for (text, expected) in [
            ("Й", "й"),
            ("и\u{306}", "й"),
            ("мой", "мой"),
            ("\u{1100}\u{1161}\u{11A8}", "각"),
            ("김정은", "김정은"),
            ("がか", "がか"),
            ("हिन्दी", "हिन्दी"),
        ] {
            assert_eq!(fold(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "(\\PC|[\u{300}-\u{36F}\u{1100}-\u{11FF}\u{620}-\u{670}\u{3099}иа-я]){0,12}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn the_table_agrees_with_the_long_way(c in any::<char>()) {
            let mut folded = String::new();
            fold_char(c, &mut folded);
            prop_assert_eq!(folded, fold(&c.to_string()));
        }
    }
}
