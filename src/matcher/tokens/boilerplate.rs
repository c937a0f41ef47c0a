//! Lines that stand in many items and belong to none: what a page says of itself, not of the news. They never match.
//!
//! A line is one when it says nothing but one of these, in the languages of the starter packs.

/// Whole lines, folded: without case, accents and marks.
const LINES: &[&str] = &[
    // English
    "advertisement",
    "advertisements",
    "advertising",
    "sponsored",
    "sponsored content",
    "read more",
    "read more here",
    "read the full story",
    "read full story",
    "read full article",
    "continue reading",
    "read next",
    "related articles",
    "related stories",
    "see also",
    "share this",
    "share this article",
    "share this story",
    "share on facebook",
    "share on twitter",
    "share on x",
    "share via email",
    "email this",
    "tweet this",
    "follow us",
    "follow us on twitter",
    "follow us on facebook",
    "sign up for our newsletter",
    "subscribe to our newsletter",
    "subscribe now",
    "subscribe",
    "log in",
    "sign in",
    "view comments",
    "leave a comment",
    "comments",
    "accept cookies",
    "accept all cookies",
    "we use cookies",
    "cookie policy",
    "privacy policy",
    "terms of service",
    "all rights reserved",
    "photo gallery",
    "click here",
    "click here to read more",
    "back to top",
    "skip to content",
    "skip to main content",
    "most read",
    // German
    "anzeige",
    "werbung",
    "mehr lesen",
    "weiterlesen",
    "mehr dazu",
    "mehr zum thema",
    "lesen sie auch",
    "lesen sie hier weiter",
    "artikel teilen",
    "teilen",
    "jetzt abonnieren",
    "newsletter abonnieren",
    "alle rechte vorbehalten",
    "cookies akzeptieren",
    // French
    "publicite",
    "lire la suite",
    "lire aussi",
    "a lire aussi",
    "en savoir plus",
    "partager",
    "partager cet article",
    "s abonner",
    "abonnez vous",
    "accepter les cookies",
    "tous droits reserves",
    // Spanish, Portuguese, Italian
    "publicidad",
    "leer mas",
    "lea tambien",
    "seguir leyendo",
    "compartir",
    "suscribete",
    "aceptar cookies",
    "todos los derechos reservados",
    "publicidade",
    "leia mais",
    "leia tambem",
    "saiba mais",
    "compartilhar",
    "assine",
    "todos os direitos reservados",
    "pubblicita",
    "leggi tutto",
    "leggi anche",
    "continua a leggere",
    "condividi",
    "abbonati",
    "tutti i diritti riservati",
    // Polish
    "reklama",
    "czytaj wiecej",
    "czytaj dalej",
    "czytaj takze",
    "czytaj rowniez",
    "zobacz tez",
    "zobacz takze",
    "przeczytaj takze",
    "udostepnij",
    "subskrybuj",
    "wszelkie prawa zastrzezone",
    // Russian, Ukrainian
    "реклама",
    "читать далее",
    "читать дальше",
    "читайте также",
    "подробнее",
    "поделиться",
    "подписаться",
    "подписывайтесь на нас",
    "все права защищены",
    "читати далі",
    "читати також",
    "читаите також",
    "детальніше",
    "поділитися",
    "підписатися",
    "усі права захищені",
    // Turkish, Greek
    "reklam",
    "devamını oku",
    "devamini oku",
    "paylas",
    "abone ol",
    "tum hakları saklıdır",
    "διαφημιση",
    "διαβαστε περισσοτερα",
    "διαβαστε επισης",
    // Arabic, Persian, Hebrew
    "اعلان",
    "اقرا المزيد",
    "اقرا ايضا",
    "شارك",
    "تابعنا",
    "جميع الحقوق محفوظه",
    "تبلیغات",
    "ادامه مطلب",
    "פרסומת",
    "קראו עוד",
    "קרא עוד",
    "שתפו",
    "כל הזכויות שמורות",
    // Chinese, Japanese, Korean: each character is a word
    "广 告",
    "廣 告",
    "阅 读 全 文",
    "閱 讀 全 文",
    "阅 读 更 多",
    "閱 讀 更 多",
    "相 关 新 闻",
    "相 關 新 聞",
    "分 享",
    "広 告",
    "続 き を 読 む",
    "も っ と 見 る",
    "関 連 記 事",
    "광고",
    "더보기",
    "기사 더보기",
    "관련 기사",
    "공유하기",
    "구독하기",
];

/// How a line begins that only names the page it was taken from.
const BEGINNINGS: &[&str] = &[
    "the post",
    "continue reading",
    "read more at",
    "read more on",
    "click here to",
    "this article originally appeared",
];

/// How such a line ends, where its beginning alone could be news.
const ENDINGS: &[&str] = &["appeared first on"];

/// No line of boilerplate has more words.
pub(super) const LONGEST: usize = 40;

/// Whether a line of these folded `words` is none of the news.
pub(super) fn is_boilerplate(words: &[&str]) -> bool {
    let Some(first) = words.first().filter(|_| words.len() <= LONGEST) else { return false };
    let starts = |line: &&&str| line.split(' ').next() == Some(*first);
    if LINES.iter().filter(starts).any(|line| line.split(' ').eq(words.iter().copied())) {
        return true;
    }
    let begins = |line: &&str| {
        line.split(' ').zip(words).all(|(one, other)| one == *other) && line.split(' ').count() <= words.len()
    };
    BEGINNINGS.iter().find(|line| begins(line)).is_some_and(|beginning| match *beginning {
        // `The post of minister` is news; `The post … appeared first on …` is not.
        "the post" => {
            let text = words.join(" ");
            ENDINGS.iter().any(|ending| text.contains(ending))
        }
        _ => words.len() <= 12,
    })
}
