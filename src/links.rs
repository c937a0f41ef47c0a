//! Links as identities: two addresses of one page come to one text. Pure.

use url::Url;

/// Query parameters that only say how a reader came to a page. A trailing `*` stands for any ending.
const TRACKING: [&str; 30] = [
    "utm_*",
    "at_*",
    "mtm_*",
    "pk_*",
    "hsa_*",
    "ns_*",
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "twclid",
    "yclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "ocid",
    "cmpid",
    "cmp",
    "ftag",
    "smid",
    "smtyp",
    "xtor",
    "ito",
    "wt_mc",
    "icid",
    "partner",
    "traffic_source",
    "ref_src",
];

/// The page that `url` leads to, as [`canonical_link`] writes it; none where that is the front of a site, on which
/// anything may stand.
pub fn page_link(url: &str) -> Option<String> {
    Some(canonical_link(url)).filter(|link| link.contains(['/', '?', '#']))
}

/// What `url` leads to, as a text that is equal for every way of writing it: without scheme, `www.`, credentials,
/// default port, fragment (unless it is what pages that are programs are told apart by), tracking parameters and final
/// slash, the remaining parameters sorted. What is no URL stays as it is.
fn canonical_link(url: &str) -> String {
    let Ok(parsed) = Url::parse(url.trim()) else { return url.trim().to_owned() };
    let Some(host) = parsed.host_str() else { return parsed.as_str().to_owned() };
    let mut link = host.strip_prefix("www.").unwrap_or(host).to_owned();
    if let Some(port) = parsed.port() {
        link.push(':');
        link.push_str(&port.to_string());
    }
    link.push_str(parsed.path().trim_end_matches('/'));
    let mut pairs: Vec<&str> = parsed.query().unwrap_or_default().split('&').filter(|pair| !is_noise(pair)).collect();
    pairs.sort_unstable();
    if !pairs.is_empty() {
        link.push('?');
        link.push_str(&pairs.join("&"));
    }
    if let Some(route) = parsed.fragment().filter(|fragment| fragment.starts_with(['/', '!'])) {
        link.push('#');
        link.push_str(route);
    }
    link
}

fn is_noise(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    let tracks = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == **pattern,
    };
    name.is_empty() || TRACKING.iter().any(tracks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_to_one_page_are_one_link() {
        let page = canonical_link("https://news.example/2026/story?id=7&lang=en");
        for same in [
            "https://news.example/2026/story?id=7&lang=en&utm_source=x&utm_medium=rss",
            "http://www.news.example/2026/story?lang=en&id=7",
            "https://NEWS.example:443/2026/story/?id=7&lang=en#comments",
            " https://user:pass@news.example/2026/story?fbclid=abc&id=7&lang=en ",
        ] {
            assert_eq!(canonical_link(same), page, "{same}");
        }
    }

    #[test]
    fn other_pages_are_other_links() {
        let page = canonical_link("https://news.example/story?id=7");
        for other in [
            "https://news.example/story?id=8",
            "https://news.example/Story?id=7",
            "https://news.example:8443/story?id=7",
            "https://other.example/story?id=7",
            "https://news.example/story",
            "https://news.example/story?id=7#/part/2",
            "https://news.example/story?id=7#!part-2",
        ] {
            assert_ne!(canonical_link(other), page, "{other}");
        }
    }

    #[test]
    fn what_is_no_url_stays() {
        assert_eq!(canonical_link(" not a url "), "not a url");
        assert_eq!(canonical_link("urn:uuid:1"), "urn:uuid:1");
        assert_eq!(canonical_link("https://news.example/?"), "news.example");
    }

    #[test]
    fn the_front_of_a_site_is_no_page() {
        for front in
            ["https://news.example", "http://www.news.example/?utm_source=rss#top", "https://news.example:8443/"]
        {
            assert_eq!(page_link(front), None, "{front}");
        }
        for page in ["https://news.example/1", "https://news.example/?p=1", "https://news.example/#!/1"] {
            assert!(page_link(page).is_some(), "{page}");
        }
    }
}
