//! Bytes → text, as browsers decode: byte order mark, UTF-16 patterns, UTF-8 where it is valid, else what is
//! declared. XML declarations are taken off feeds, since they speak of bytes that are no more.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::feed::Flaw;

/// An XML declaration stands within the first bytes of a document, or nowhere.
const DECLARATION_BYTES: usize = 1024;

/// The text of a document, without XML declarations, and what was wrong with its bytes.
pub(super) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> (Cow<'a, str>, Option<Flaw>) {
    let (text, flaw) = text(bytes, content_type);
    (without_declarations(text), flaw)
}

/// The text of a document as it stands there, and what was wrong with its bytes.
pub(crate) fn text<'a>(bytes: &'a [u8], content_type: Option<&str>) -> (Cow<'a, str>, Option<Flaw>) {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None => (encoding_of(bytes, content_type), bytes),
    };
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    let flaw = had_errors.then(|| Flaw::new(format!("some bytes are not {}", encoding.name())));
    (text, flaw)
}

fn encoding_of(bytes: &[u8], content_type: Option<&str>) -> &'static Encoding {
    match bytes {
        [b'<', 0, ..] => return UTF_16LE,
        [0, b'<', ..] => return UTF_16BE,
        _ => {}
    }
    let declared = content_type.and_then(charset).or_else(|| declared(bytes));
    let declared = declared.and_then(|label| Encoding::for_label(label.as_bytes()));
    // Text that is valid UTF-8 is hardly ever anything else, whatever it says; in ISO-2022-JP it can be.
    let utf_8 = str::from_utf8(bytes).is_ok() && declared.is_none_or(Encoding::is_ascii_compatible);
    match declared {
        _ if utf_8 => UTF_8,
        Some(encoding) if encoding != UTF_8 => encoding,
        // It says UTF-8, or nothing: either some of it is damaged, or all of it is cp1252.
        _ if has_utf_8(bytes) => UTF_8,
        _ => WINDOWS_1252,
    }
}

/// Whether some characters beyond ASCII are encoded as UTF-8.
fn has_utf_8(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

/// The `charset` of a `Content-Type`.
fn charset(content_type: &str) -> Option<&str> {
    let parameter = |part: &&str| part.trim().get(..8).is_some_and(|name| name.eq_ignore_ascii_case("charset="));
    let part = content_type.split(';').skip(1).find(parameter)?;
    part.trim().get(8..).map(|value| value.trim_matches(['"', '\'', ' ']))
}

/// The `encoding` of an XML declaration.
fn declared(bytes: &[u8]) -> Option<&str> {
    let head = bytes.get(..DECLARATION_BYTES.min(bytes.len()))?;
    let head = head.utf8_chunks().next()?.valid().trim_start();
    let (declaration, _) = head.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    value.split(['"', '\'']).nth(1)
}

/// Takes XML declarations off the front: feed-rs would decode once more, and it panics at a second one.
fn without_declarations(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut rest: &str = &text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        match rest.strip_prefix("<?xml").filter(|rest| rest.starts_with(char::is_whitespace)) {
            Some(declaration) => match declaration.split_once("?>") {
                Some((_, behind)) => rest = behind,
                None => break,
            },
            None => break,
        }
    }
    let start = text.len() - rest.len();
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.drain(..start);
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        assert_eq!(decode(bytes, content_type).0, expected, "{bytes:?} {content_type:?}");
    }

    #[test]
    fn documents_are_read_in_the_encoding_they_are_in() {
        check("<a>é</a>".as_bytes(), None, "<a>é</a>");
        check(b"\xEF\xBB\xBF<a/>", None, "<a/>");
        check(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9\x80</a>", None, "<a>é€</a>");
        check(b"<a>\xE9</a>", Some("text/xml; charset=\"iso-8859-1\""), "<a>é</a>");
        check(b"<a>\xE9</a>", None, "<a>é</a>");
        check(b"<?xml version=\"1.0\" encoding=\"utf-8\"?><a>caf\xE9</a>", None, "<a>café</a>");
        check(b"<?xml version='1.0' encoding='koi8-r'?><a>\xC1</a>", None, "<a>а</a>");
        check("<?xml version='1.0' encoding='ISO-8859-1'?><a>Москва</a>".as_bytes(), None, "<a>Москва</a>");
        check(b"<?xml version='1.0' encoding='iso-2022-jp'?><a>\x1B$B0!\x1B(B</a>", None, "<a>亜</a>");
        for utf_16 in [u16::to_le_bytes, u16::to_be_bytes] {
            let with_mark = |text: &str| text.encode_utf16().flat_map(utf_16).collect::<Vec<u8>>();
            check(&with_mark("\u{FEFF}<a>é</a>"), None, "<a>é</a>");
            check(&with_mark("<a>é</a>"), None, "<a>é</a>");
        }
    }

    #[test]
    fn damaged_text_is_kept_and_said() {
        let (text, flaw) = decode("<a>é\u{0}".as_bytes(), None);
        assert_eq!((text.as_ref(), flaw), ("<a>é\u{0}", None));
        let (text, flaw) = decode(b"<a>\xC3\xA9 \xFF</a>", None);
        assert_eq!((text.as_ref(), flaw), ("<a>é \u{FFFD}</a>", Some(Flaw::new("some bytes are not UTF-8"))));
    }

    #[test]
    fn every_declaration_at_the_front_is_taken_off() {
        check(b"\n <?xml version='1.0'?>\n<?xml version='1.0'?><a/>", None, "<a/>");
        check(b"<?xml-stylesheet href='x'?><a/>", None, "<?xml-stylesheet href='x'?><a/>");
        check(b"<?xml version='1.0'", None, "<?xml version='1.0'");
    }
}
