//! Addresses in settings: networks of trusted proxies, the public address of the shop, sites whose scripts may read.

use std::net::IpAddr;
use std::str::FromStr;

/// A network in CIDR notation, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                let cut = |bits: u32| bits.checked_shr(shift).unwrap_or(0);
                cut(network.to_bits()) == cut(address.to_bits())
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                let cut = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
                cut(network.to_bits()) == cut(address.to_bits())
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || format!("{text} is not a network such as 10.0.0.0/8 or fd00::/8");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| fault())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix
            .map_or(Ok(longest), |prefix| prefix.parse())
            .map_err(|_| fault())?;
        if prefix > longest {
            return Err(fault());
        }
        Ok(Self { address, prefix })
    }
}

/// Scheme, host and port under which browsers reach the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    authority: String,
    https: bool,
}

impl PublicUrl {
    /// `https://shop.example`, as browsers write it into `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `shop.example`, as browsers write it into `Host`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    pub fn is_https(&self) -> bool {
        self.https
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || format!("{text} is not an address such as https://shop.example (no path)");
        let lower = text.trim_end_matches('/').to_lowercase();
        let (https, rest) = match (lower.strip_prefix("https://"), lower.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(fault()),
        };
        if !is_authority(rest) {
            return Err(fault());
        }
        // Browsers leave the usual port out.
        let usual = if https { ":443" } else { ":80" };
        let authority = rest.strip_suffix(usual).unwrap_or(rest).to_owned();
        let scheme = if https { "https" } else { "http" };
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            authority,
            https,
        })
    }
}

/// A name and perhaps a port, as browsers write them into `Host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority(String);

impl Authority {
    pub fn is(&self, host: &str) -> bool {
        self.0.eq_ignore_ascii_case(host)
    }
}

impl FromStr for Authority {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_authority(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "{text} is not a host such as www.shop.example (no scheme, no path)"
            ))
        }
    }
}

/// Whose scripts may read what is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigin {
    Any,
    /// A site, as browsers write it into `Origin`.
    Site(String),
}

impl FromStr for CorsOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let fault =
            |_| format!("{text} is neither * nor an origin such as https://partner.example (no path)");
        let site: PublicUrl = text.parse().map_err(fault)?;
        Ok(Self::Site(site.origin))
    }
}

/// A host name or bracketed address, and perhaps a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let named = || {
        !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
    };
    bracketed.map_or_else(named, |host| host.parse::<std::net::Ipv6Addr>().is_ok())
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_what_shares_their_prefix() {
        for (network, address, inside) in [
            ("10.0.0.0/8", "10.9.8.7", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("192.168.1.4", "192.168.1.4", true),
            ("192.168.1.4", "192.168.1.5", false),
            ("fd00::/8", "fd12::1", true),
            ("::/0", "10.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                inside,
                "{network:?} {address}"
            );
        }
    }

    #[test]
    fn what_is_not_a_network_is_refused() {
        for text in ["", "10.0.0.0/33", "ten", "10.0.0.0/-1", "fd00::/129"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_public_address_is_written_as_browsers_write_it() {
        for (text, origin, https) in [
            ("https://Shop.example/", "https://shop.example", true),
            ("https://shop.example:443", "https://shop.example", true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", false),
            ("http://[::1]:8080", "http://[::1]:8080", false),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!((url.origin(), url.is_https()), (origin, https));
        }
    }

    #[test]
    fn a_site_whose_scripts_may_read_is_an_origin_or_everybody() {
        for (text, origin) in [
            ("*", Ok(CorsOrigin::Any)),
            (
                "https://Partner.example:443/",
                Ok(CorsOrigin::Site("https://partner.example".to_owned())),
            ),
            ("partner.example", Err(())),
            ("https://*.example", Err(())),
            ("null", Err(())),
        ] {
            assert_eq!(text.parse::<CorsOrigin>().map_err(drop), origin, "{text}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_nothing_else() {
        for text in ["www.shop.example", "shop.example:8080", "10.0.0.1", "[::1]:80"] {
            assert!(
                text.parse::<Authority>().unwrap().is(&text.to_uppercase()),
                "{text}"
            );
        }
        for text in [
            "",
            "https://shop.example",
            "shop.example/",
            "*.shop.example",
            "a b",
            "a@b",
        ] {
            assert!(text.parse::<Authority>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_or_a_password_is_no_part_of_a_public_address() {
        for text in [
            "shop.example",
            "https://",
            "https://shop.example/shop",
            "https://a:b@shop.example",
            "ftp://x",
            "http://a b",
            "http://a:99999",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
