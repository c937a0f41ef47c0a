//! Case endings of names in Slavic, Baltic and Turkic languages, in Cyrillic and Latin. All endings are written as
//! folded text has them: without accents.
//!
//! A name that stands alone takes fewer endings than one of several words, whose neighbours vouch for it: `Cuba`
//! with every ending of the Slavic feminine would be `Cube`, `Martin` would be `Martine`.

/// Turkic endings, once the apostrophe is left out.
const TURKIC: [&str; 8] = ["in", "nin", "ning", "ga", "ni", "da", "dan", "den"];
/// Shorter names that stand alone take no Turkic endings.
const SHORTEST_TURKIC: usize = 5;

const TURKIC_CYRILLIC: [&str; 21] = [
    "нің", "дің", "тің", "ның", "дың", "тың", "ге", "ке", "ға", "қа", "ді", "ті", "ны", "ні", "мен", "пен", "нен",
    "нан", "ден", "дан", "тан",
];

/// Forms of a Latin name that is `folded`.
pub(super) fn latin(folded: &str, alone: bool) -> Vec<String> {
    let shortest = if alone { 4 } else { 2 };
    if folded.chars().count() < shortest || !folded.is_ascii() {
        return Vec::new();
    }
    let mut forms = latin_declined(folded, alone);
    if !alone || folded.len() >= SHORTEST_TURKIC {
        forms.extend(TURKIC.iter().map(|ending| format!("{folded}{ending}")));
    }
    forms
}

fn latin_declined(word: &str, alone: bool) -> Vec<String> {
    // Zelensky, Zelenskyy, Zelenskiy, Zelenskij, Modi
    for ending in ["yy", "iy", "ij", "yj", "ii", "y", "i"] {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() >= 3) {
            return endings(
                stem,
                &[
                    "ego", "emu", "iego", "iemu", "im", "ym", "eho", "yho", "ymu", "oho", "omu", "og", "oga", "ogo",
                    "om", "ome", "ih", "ij", "ys", "io", "iui", "iu",
                ],
            );
        }
    }
    if let Some(stem) = word.strip_suffix("enko") {
        return endings(stem, &["enki", "enka", "enku", "enke", "enkom", "enkovi", "enkou", "enkos", "enkai"]);
    }
    if let Some(stem) = word.strip_suffix('a') {
        return feminine(stem, alone);
    }
    if word.ends_with(['e', 'i', 'o', 'u', 'y']) {
        return Vec::new();
    }
    let mut forms = endings(word, &["a", "u", "om", "em", "ie", "iem", "owi", "iowi", "ovi", "ui", "as", "am", "ju"]);
    if !alone {
        forms.extend(endings(word, &["e", "o", "i", "s", "is", "us"]));
    }
    forms
}

/// `Duda`: `Dudy`, `Dudzie`, `Dudou`, …
fn feminine(stem: &str, alone: bool) -> Vec<String> {
    let mut forms = endings(stem, &["y", "ie", "ou", "oj", "om", "ovi", "ai"]);
    if let Some(stem) = stem.strip_suffix('d') {
        forms.push(format!("{stem}dzie"));
    }
    if stem.ends_with(['i', 'e', 'k', 'g', 'j']) {
        forms.push(format!("{stem}i"));
    }
    if !alone {
        forms.extend(endings(stem, &["e", "i", "o", "u", "os"]));
    }
    forms
}

/// Forms of a Cyrillic name that is `folded`.
pub(super) fn cyrillic(folded: &str, alone: bool) -> Vec<String> {
    let letters = folded.chars().count();
    let shortest = if alone { 3 } else { 2 };
    if letters < shortest {
        return Vec::new();
    }
    let mut forms = cyrillic_declined(folded);
    if !alone || letters >= SHORTEST_TURKIC {
        forms.extend(TURKIC_CYRILLIC.iter().map(|ending| format!("{folded}{ending}")));
    }
    forms
}

fn cyrillic_declined(word: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let stem_of = |ending: &str| word.strip_suffix(ending).filter(|stem| stem.chars().count() >= 2);
    // Зеленский, Навальный, Толстой
    if let Some(stem) = ["ий", "ый", "ой", "ій"].iter().find_map(|ending| stem_of(ending)) {
        forms.extend(endings(stem, &["ого", "ому", "им", "ым", "ом", "его", "ему", "ем", "ім"]));
    }
    if let Some(stem) = stem_of("ая") {
        forms.extend(endings(stem, &["ой", "ую", "ою"]));
    }
    match word.chars().next_back() {
        // Дмитрий, Милей; Израиль, Казань
        Some('й' | 'ь') => {
            if let Some(stem) = stem_of("й").or_else(|| stem_of("ь")) {
                forms.extend(endings(stem, &["я", "ю", "ем", "е", "и", "і", "еві", "ью"]));
            }
        }
        Some('а') => {
            if let Some(stem) = stem_of("а") {
                forms.extend(endings(stem, &["ы", "и", "і", "е", "у", "ой", "ою", "ей"]));
            }
        }
        Some('я') => {
            if let Some(stem) = stem_of("я") {
                forms.extend(endings(stem, &["и", "і", "е", "ю", "ей", "ею"]));
            }
        }
        Some('о') => {
            if let Some(stem) = stem_of("о") {
                forms.extend(endings(stem, &["а", "у", "ом", "е", "і", "ові"]));
            }
        }
        Some('е' | 'и' | 'і' | 'у' | 'ы' | 'э' | 'ю') | None => {}
        Some(_) => {
            let list = ["а", "у", "ом", "ем", "ым", "им", "е", "і", "ові", "еві"];
            forms.extend(endings(word, &list));
        }
    }
    forms
}

fn endings(stem: &str, list: &[&str]) -> Vec<String> {
    list.iter().map(|ending| format!("{stem}{ending}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_the_endings_of_their_languages() {
        for (name, expected) in [
            ("putin", "putina putinowi putinem putinie putinom putinu putinovi putinui putinas putinin putinga"),
            ("zelensky", "zelenskiego zelenskemu zelenskym zelenskyho zelenskog zelenskom"),
            ("duda", "dudy dudzie dudou"),
            ("lukashenko", "lukashenki lukashenka lukashenkovi"),
            ("korea", "korei"),
        ] {
            let forms = latin(name, true);
            for form in expected.split(' ') {
                assert!(forms.iter().any(|found| found == form), "{form} of {name}");
            }
        }
        for (name, expected) in [
            ("путин", "путина путину путиным путине путином путинові путиннің"),
            ("ким", "кима киму кимом киме"),
            ("зеленский", "зеленского зеленскому зеленским зеленском"),
            ("россия", "россии россию россией"),
            ("украина", "украины украине украину украиной"),
            ("израиль", "израиля израилю израилем израиле"),
            ("лукашенко", "лукашенка лукашенку"),
        ] {
            let forms = cyrillic(name, true);
            for form in expected.split(' ') {
                assert!(forms.iter().any(|found| found == form), "{form} of {name}");
            }
        }
    }

    #[test]
    fn names_that_stand_alone_do_not_become_other_words() {
        for (name, other) in
            [("cuba", "cube"), ("china", "chino"), ("martin", "martine"), ("kim", "kima"), ("israel", "israeli")]
        {
            assert!(!latin(name, true).iter().any(|form| form == other), "{name}");
        }
    }
}
