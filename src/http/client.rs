//! Which address a request comes from, where proxies stand in between.
//!
//! Every proxy notes whom it got a request from, in `Forwarded` (RFC 7239) or `X-Forwarded-For`, after what it was sent.
//! Anybody can send such a header, so it is read from its end: as long as whoever speaks is a proxy of ours, what it says
//! is true. The first address that isn't one is the client's; what stands before it is hearsay, however long or odd it is.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// The proxies whose word counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    fn know(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// Addresses and networks with commas between: `10.0.0.0/8, ::1`.
impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let each = text
            .split(',')
            .map(str::trim)
            .filter(|each| !each.is_empty());
        let nets = each.map(|each| {
            let net = each.parse().ok();
            let net = net.or_else(|| each.parse().ok().map(|address: IpAddr| address.into()));
            net.ok_or_else(|| {
                format!("has `{each}`, which is no address or network, such as 10.0.0.0/8 or ::1")
            })
        });
        nets.collect::<Result<_, _>>().map(Self)
    }
}

/// The address that a request comes from, by that of the peer and the headers that it sent, each as often as it was sent. Where both
/// headers are there and disagree, a proxy has written one and let the other through, and nobody can tell which: then it is the
/// peer's.
pub(super) fn address(
    proxies: &Proxies,
    peer: IpAddr,
    forwarded: &[&[u8]],
    x_forwarded_for: &[&[u8]],
) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.know(peer) {
        return peer;
    }
    let sent = |header: &[_]| !header.is_empty();
    let by_forwarded = sent(forwarded).then(|| walk(proxies, peer, forwarded, node));
    let by_x = sent(x_forwarded_for).then(|| walk(proxies, peer, x_forwarded_for, |hop| Some(hop)));
    match (by_forwarded, by_x) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(address), _) | (None, Some(address)) => address,
        (None, None) => peer,
    }
}

/// As many proxies as there may be in front of a server. Whoever forges more of ours is the last of these.
const MOST_PROXIES: usize = 50;

/// Goes from the peer towards the client as long as proxies of ours say the way.
fn walk(
    proxies: &Proxies,
    peer: IpAddr,
    header: &[&[u8]],
    named: impl Fn(&str) -> Option<&str>,
) -> IpAddr {
    let mut address = peer;
    let lines = header.iter().rev();
    let hops = lines.flat_map(|line| line.rsplit(|byte| *byte == b','));
    for hop in hops.take(MOST_PROXIES) {
        // One that doesn't say whom it got the request from (`unknown`, `_hidden`) stands for those behind it.
        let hop = str::from_utf8(hop).ok().map(str::trim);
        match hop.and_then(&named).and_then(parsed) {
            Some(next) if proxies.know(address) => address = next,
            _ => break,
        }
    }
    address
}

/// What an element of `Forwarded` has for `for`.
fn node(element: &str) -> Option<&str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let node = node.trim();
    let quoted = node
        .strip_prefix('"')
        .and_then(|node| node.strip_suffix('"'));
    Some(quoted.unwrap_or(node))
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn parsed(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse().ok();
    let address = address.or_else(|| {
        text.parse()
            .ok()
            .map(|with_port: SocketAddr| with_port.ip())
    });
    Some(address?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "10.0.0.0/8, 192.0.2.7,2001:db8:1::/48";

    fn lines(header: Option<&str>) -> Vec<&[u8]> {
        header.map(str::as_bytes).into_iter().collect()
    }

    fn seen(peer: &str, forwarded: Option<&str>, x: Option<&str>) -> String {
        let proxies = OURS.parse().expect("is right");
        let peer = peer.parse().expect("is an address");
        address(&proxies, peer, &lines(forwarded), &lines(x)).to_string()
    }

    #[test]
    fn only_proxies_of_ours_are_believed() {
        for forged in ["203.0.113.9", "10.0.0.1", "127.0.0.1, 10.0.0.2"] {
            assert_eq!(seen("203.0.113.1", None, Some(forged)), "203.0.113.1");
            let forwarded = format!("for={forged}");
            assert_eq!(seen("203.0.113.1", Some(&forwarded), None), "203.0.113.1");
        }
        let none = Proxies::default();
        let local = "127.0.0.1".parse().expect("is an address");
        assert_eq!(
            address(&none, local, &[], &lines(Some("203.0.113.9"))),
            local
        );
    }

    #[test]
    fn the_last_address_that_is_no_proxy_of_ours_counts() {
        for (sent, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            // What the client sent itself stands before what our proxy added.
            ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
            ("10.9.9.9, 203.0.113.9", "203.0.113.9"),
            ("1.2.3.4, 203.0.113.9, 10.1.1.1, 192.0.2.7", "203.0.113.9"),
            ("203.0.113.9:1234 ,10.1.1.1", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:2::9", "2001:db8:2::9"),
            ("[2001:db8:2::9]:80", "2001:db8:2::9"),
            ("[2001:db8:2::9], 2001:db8:1::1", "2001:db8:2::9"),
            // All the way is ours.
            ("10.1.1.1, 10.1.1.2", "10.1.1.1"),
            // It isn't said any further.
            ("1.2.3.4, unknown", "10.0.0.1"),
            ("1.2.3.4, nonsense, 10.1.1.1", "10.1.1.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", None, Some(sent)), expected, "{sent}");
        }
    }

    #[test]
    fn what_stands_in_front_decides_nothing_however_odd_it_is() {
        let proxies = OURS.parse().expect("is right");
        let peer = "10.0.0.1".parse().expect("is an address");
        let client: IpAddr = "203.0.113.9".parse().expect("is an address");
        let seen = |forwarded: &[&[u8]], x: &[&[u8]]| address(&proxies, peer, forwarded, x);
        let long = ["1.2.3.4, ".repeat(10_000), "203.0.113.9".to_owned()].concat();
        for sent in [
            &[b"\xff, 203.0.113.9".as_slice()] as &[&[u8]],
            &[b"\xff", b"203.0.113.9"],
            &[b"1.2.3.4", b"\xff,203.0.113.9", b"10.1.1.1"],
            &[long.as_bytes()],
        ] {
            assert_eq!(seen(&[], sent), client, "{sent:?}");
            // Nor does it leave the word to the other header.
            assert_eq!(seen(&[b"for=1.2.3.4"], sent), peer, "{sent:?}");
        }
        assert_eq!(seen(&[b"for=1.2.3.4"], &[b"\xff"]), peer);
        let ours = "10.1.1.1,".repeat(100_000);
        assert_eq!(seen(&[], &[ours.as_bytes()]).to_string(), "10.0.0.1");
        let ours = [ours.as_str(), "10.1.1.1"].concat();
        assert_eq!(seen(&[], &[ours.as_bytes()]).to_string(), "10.1.1.1");
    }

    #[test]
    fn forwarded_says_the_same_in_other_words() {
        for (sent, expected) in [
            ("for=203.0.113.9", "203.0.113.9"),
            (
                "for=1.2.3.4, by=10.0.0.1; For=\"203.0.113.9:47011\" ;proto=https",
                "203.0.113.9",
            ),
            ("for=\"[2001:db8:2::9]:80\"", "2001:db8:2::9"),
            ("for=203.0.113.9, for=\"[2001:db8:1::1]\"", "203.0.113.9"),
            ("for=1.2.3.4, for=_hidden", "10.0.0.1"),
            ("for=1.2.3.4, proto=https", "10.0.0.1"),
            // A comma in quotation marks ends an element all the same: what is left of it is no address.
            ("for=\"203.0.113.9, 1.2.3.4\"", "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", Some(sent), None), expected, "{sent}");
        }
    }

    #[test]
    fn two_headers_that_disagree_are_worth_nothing() {
        let one = Some("for=203.0.113.9");
        assert_eq!(seen("10.0.0.1", one, Some("203.0.113.9")), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", one, Some("203.0.113.8")), "10.0.0.1");
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        assert_eq!(" ".parse(), Ok(Proxies::default()));
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0", "10.0.0.1:80"] {
            assert!(wrong.parse::<Proxies>().is_err(), "{wrong}");
        }
    }
}
