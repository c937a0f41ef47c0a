//! Which addresses may be reached: the globally routable ones, and those that the operator opened. Pure.
//!
//! What is not globally routable stands in the special-purpose registries of IANA (RFC 6890 and its successors).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

/// One entry of `[http] allow`: private addresses that may be reached all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    place: Place,
    /// Only this port; None for all.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Network(IpNet),
    /// A host by its name, in lower case, whatever its addresses are.
    Host(String),
}

/// Why an entry of `[http] allow` cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an address: write \"10.0.0.5\", \"127.0.0.0/8\" or \"nas.lan\", with or without a port (\"[::1]:8080\")")]
pub struct AllowError;

impl Allow {
    /// Reads `127.0.0.0/8`, `10.0.0.5`, `10.0.0.5:8080`, `[::1]:80`, `[fd00::/8]:80`, `nas.lan` or `nas.lan:8080`.
    ///
    /// # Errors
    /// Fails when `text` is none of these.
    pub fn parse(text: &str) -> Result<Self, AllowError> {
        let text = text.trim();
        if let Some(network) = network(text) {
            return Ok(Self { place: Place::Network(network), port: None });
        }
        let (place, port) = match text.rsplit_once(':') {
            Some((place, port)) => (place, Some(port.parse().map_err(|_| AllowError)?)),
            None => (text, None),
        };
        let bare = place.strip_prefix('[').and_then(|place| place.strip_suffix(']'));
        let place = match network(bare.unwrap_or(place)) {
            Some(network) => Place::Network(network),
            None => Place::Host(host_name(place).ok_or(AllowError)?),
        };
        Ok(Self { place, port })
    }

    /// The port that it is confined to.
    pub(super) fn port(&self) -> Option<u16> {
        self.port
    }

    fn opens_port(&self, port: u16) -> bool {
        self.port.is_none_or(|only| only == port)
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// The name in the form URLs have it; None for what is no name.
fn host_name(text: &str) -> Option<String> {
    match Host::parse(text) {
        Ok(Host::Domain(name)) if !text.contains('/') => Some(name),
        _ => None,
    }
}

/// Decides what may be reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Guard {
    allow: Vec<Allow>,
}

impl Guard {
    pub(super) fn new(allow: Vec<Allow>) -> Self {
        Self { allow }
    }

    /// Whether a connection may go to `address` at `port`, asked for by the host `name` where it has one.
    pub(super) fn admits(&self, name: Option<&str>, address: IpAddr, port: u16) -> bool {
        let opens = |allow: &Allow| match &allow.place {
            Place::Network(network) => network.contains(&unmapped(address)),
            Place::Host(host) => name.is_some_and(|name| name.eq_ignore_ascii_case(host)),
        };
        is_global(address) || self.allow.iter().any(|allow| allow.opens_port(port) && opens(allow))
    }

    /// The address that `url` names literally, if it may not be reached. reqwest asks no resolver for such a host,
    /// so it is looked at here; the URL standard has already read `0x7f000001` and its like as what they are.
    pub(super) fn refused_literal(&self, url: &Url) -> Option<IpAddr> {
        let address = match url.host()? {
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
            Host::Domain(_) => return None,
        };
        let port = url.port_or_known_default().unwrap_or_default();
        (!self.admits(None, address, port)).then_some(address)
    }
}

fn unmapped(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether the address is one of the public Internet's.
fn is_global(address: IpAddr) -> bool {
    match unmapped(address) {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        // this network; shared by carriers; protocol assignments; 6to4 relays; benchmarks; multicast and reserved
        (0 | 224..=255, _, _) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18 | 19, _)
    );
    !(special || address.is_private() || address.is_loopback() || address.is_link_local() || address.is_documentation())
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    match segments {
        // NAT64 (RFC 6052): what it leads to counts
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_global_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        // protocol assignments, Teredo among them; documentation; 6to4
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // global unicast (RFC 4291)
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_global() {
        let global = |text: &str| is_global(text.parse().unwrap());
        for address in [
            "8.8.8.8",
            "93.184.216.34",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(global(address), "{address}");
        }
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!global(address), "{address}");
        }
    }

    #[test]
    fn what_the_operator_opens_is_open_at_that_port_only() {
        let admits = |allow: &str, name: Option<&str>, address: &str, port| {
            Guard::new(vec![Allow::parse(allow).unwrap()]).admits(name, address.parse().unwrap(), port)
        };
        for (allow, name, address, port) in [
            ("127.0.0.0/8", None, "127.9.9.9", 1),
            ("127.0.0.0/8", None, "::ffff:127.0.0.1", 1),
            ("10.0.0.5", None, "10.0.0.5", 80),
            ("10.0.0.5:8080", Some("nas.lan"), "10.0.0.5", 8080),
            ("127.0.0.0/8:81", None, "127.0.0.1", 81),
            ("::1", None, "::1", 80),
            ("[::1]:80", None, "::1", 80),
            ("[fd00::/8]:80", None, "fd12::1", 80),
            ("NAS.lan", Some("nas.lan"), "10.0.0.5", 1),
            ("nas.lan:8080", Some("nas.lan"), "fd00::5", 8080),
        ] {
            assert!(admits(allow, name, address, port), "{allow} opens {address}:{port}");
        }
        for (allow, name, address, port) in [
            ("127.0.0.0/8", None, "10.0.0.1", 1),
            ("10.0.0.5:8080", None, "10.0.0.5", 80),
            ("nas.lan", Some("other.lan"), "10.0.0.5", 80),
            ("nas.lan", None, "10.0.0.5", 80),
            ("nas.lan:8080", Some("nas.lan"), "10.0.0.5", 80),
        ] {
            assert!(!admits(allow, name, address, port), "{allow} does not open {address}:{port}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "a b", "10.0.0.0/33", "nas.lan:99999", "nas.lan:", "http://nas.lan", "nas.lan/x", "[::1", "1.2.3.4/x"]
        {
            assert_eq!(Allow::parse(text), Err(AllowError), "{text}");
        }
    }

    #[test]
    fn literal_hosts_are_seen_through_in_every_spelling() {
        let refused = |url: &str| Guard::default().refused_literal(&Url::parse(url).unwrap()).is_some();
        for url in [
            "http://127.0.0.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://017700000001/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://0/",
            "http://１２７.０.０.１/",
        ] {
            assert!(refused(url), "{url}");
        }
        assert!(!refused("http://8.8.8.8/") && !refused("http://localhost/"));
    }
}
