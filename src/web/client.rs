//! Who is calling: the request id and the address of the client, believed only as far as they deserve.

use std::fmt;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::site::Site;
use crate::error::Error;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const NONE: HeaderValue = HeaderValue::from_static("none");

/// Names a request in the answer, the log and the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The client's own id if it is plain, else a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(REQUEST_ID).filter(|id| is_plain(id.as_bytes()));
        sent.map_or_else(Self::random, |id| Self(id.clone()))
    }

    fn random() -> Self {
        // Distinct enough to be found again is enough. Each answer has one, so not by the formatter, which takes longer.
        let mut digits = [b'0'; 32];
        let _ = hex::encode_to_slice(fastrand::u128(..).to_be_bytes(), &mut digits);
        // Digits are never refused.
        Self(HeaderValue::from_bytes(&digits).unwrap_or(NONE))
    }

    /// As a header says it.
    pub fn into_header(self) -> HeaderValue {
        self.0
    }

    pub fn as_str(&self) -> &str {
        // An id is plain.
        self.0.to_str().unwrap_or_default()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromRequest for RequestId {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.extensions().get::<Self>().cloned();
        ready(Ok(id.unwrap_or_else(|| Self::of(request.headers()))))
    }
}

fn is_plain(id: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    (8..=64).contains(&id.len()) && id.iter().all(is_plain)
}

/// Who asks, as far as that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The peer; behind trusted proxies the rightmost address of `X-Forwarded-For` that is not one of them, because
    /// everything left of it may have been made up.
    fn of(site: &Site, peer: IpAddr, headers: &HeaderMap) -> Self {
        let mut address = peer.to_canonical();
        let lines = headers
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        for hop in hops.into_iter().rev() {
            if !site.trusts(address) {
                break;
            }
            let Ok(next) = hop.trim().parse::<IpAddr>() else {
                break;
            };
            address = next.to_canonical();
        }
        Self(address)
    }
}

/// Whose requests are counted together: those of one address, or of the IPv6 network of one. `None` where it cannot be
/// known, because a proxy speaks for others and does not say for whom, or is not trusted to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Household(pub Option<IpAddr>);

impl Household {
    pub fn of(site: &Site, peer: IpAddr, headers: &HeaderMap) -> Self {
        let ClientAddress(address) = ClientAddress::of(site, peer, headers);
        let is_of_others = site.trusts(address) || is_unnamed_proxy(address, headers);
        Self((!is_of_others).then(|| network_of(address)))
    }
}

/// Whether a peer that is not trusted forwards for others all the same. A private address only: from anywhere else
/// anybody could write these headers, to be counted with nobody.
fn is_unnamed_proxy(address: IpAddr, headers: &HeaderMap) -> bool {
    let is_private = match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    };
    is_private && speaks_for_others(headers)
}

/// Whether a request says that it comes from somebody else than who sends it.
pub fn speaks_for_others(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "forwarded", "x-real-ip"]
        .into_iter()
        .any(|name| headers.contains_key(name))
}

/// Whoever has one IPv6 address has the other ones of its network, too.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// Who holds the other end of a connection.
pub fn peer_of(address: Option<SocketAddr>) -> IpAddr {
    address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical())
}

impl FromRequest for Household {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let peer = peer_of(request.peer_addr());
        let site = request.app_data::<web::Data<Site>>();
        ready(Ok(
            site.map_or(Self(None), |site| Self::of(site, peer, request.headers()))
        ))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::config::Settings;

    #[test]
    fn a_plain_request_id_is_kept_and_any_other_replaced() {
        for (sent, kept) in [
            ("abcd-1234", true),
            (&"a".repeat(64)[..], true),
            ("short", false),
            (&"a".repeat(65)[..], false),
            ("evil\"><script>", false),
        ] {
            let request = TestRequest::default()
                .insert_header((REQUEST_ID, sent))
                .to_http_request();
            let id = RequestId::of(request.headers());
            assert_eq!(id.as_str() == sent, kept, "{sent}");
            assert!(is_plain(id.as_str().as_bytes()));
        }
    }

    #[test]
    fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
        let mut settings = Settings::load(None).unwrap();
        settings.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let site = Site::new(&settings);
        for (peer, forwarded, client) in [
            ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
        ] {
            let request = TestRequest::default()
                .insert_header(("x-forwarded-for", forwarded))
                .to_http_request();
            let found = ClientAddress::of(&site, peer.parse().unwrap(), request.headers());
            assert_eq!(
                found,
                ClientAddress(client.parse().unwrap()),
                "{peer} {forwarded}"
            );
        }
    }

    #[test]
    fn a_household_is_an_address_or_a_network_unless_a_proxy_speaks_for_others() {
        let mut settings = Settings::load(None).unwrap();
        settings.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let site = Site::new(&settings);
        let forwarded = "x-forwarded-for";
        for (peer, header, household) in [
            ("203.0.113.9", None, Some("203.0.113.9")),
            ("::ffff:203.0.113.9", None, Some("203.0.113.9")),
            ("2001:db8:1:2:3:4:5:6", None, Some("2001:db8:1:2::")),
            ("127.0.0.1", None, Some("127.0.0.1")),
            (
                "10.0.0.1",
                Some((forwarded, "198.51.100.7")),
                Some("198.51.100.7"),
            ),
            ("10.0.0.1", Some((forwarded, "2001:db8::9")), Some("2001:db8::")),
            // It does not say for whom.
            ("10.0.0.1", None, None),
            ("10.0.0.1", Some((forwarded, "nonsense")), None),
            // Not among the trusted ones, but hardly a customer.
            ("192.168.0.1", Some((forwarded, "198.51.100.7")), None),
            ("127.0.0.1", Some(("forwarded", "for=198.51.100.7")), None),
            ("fd00::1", Some(("x-real-ip", "198.51.100.7")), None),
            // Anybody can write this.
            (
                "203.0.113.9",
                Some((forwarded, "198.51.100.7")),
                Some("203.0.113.9"),
            ),
        ] {
            let request = TestRequest::default();
            let request = header
                .into_iter()
                .fold(request, |request, header| request.insert_header(header));
            let request = request.to_http_request();
            let found = Household::of(&site, peer.parse().unwrap(), request.headers());
            let household = household.map(|address| address.parse().unwrap());
            assert_eq!(found, Household(household), "{peer} {header:?}");
        }
    }
}
