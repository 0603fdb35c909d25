//! Which addresses a webhook may have. The owner types them and the shop connects to them from inside its network, so by default
//! only public ones are reached, over HTTPS: a name is looked up once, each of its addresses is judged, and the connection goes
//! to the very address that was judged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use crate::config::Network;

/// What may be reached.
#[derive(Debug, Default)]
pub struct Reach {
    pub allow_http: bool,
    /// Of addresses that are not public, those that may be reached all the same.
    pub allowed_networks: Vec<Network>,
}

impl Reach {
    /// Reads an address that somebody typed. Names are not looked up here: what they lead to changes.
    ///
    /// # Errors
    /// What is wrong with it, in words that go on from "The address".
    pub fn target(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text)
            .map_err(|_| "must be complete, for example https://example.com/hooks/shop".to_owned())?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => {
                return Err(
                    "must begin with https://: what is told would be read on the way (webhooks.allow_http)"
                        .to_owned(),
                );
            }
            _ => return Err("must begin with https://".to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a name or password: messages are signed".to_owned());
        }
        if url.fragment().is_some() {
            return Err("must not hold a #".to_owned());
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err("must name a host".to_owned()),
        };
        if let Some(address) = literal {
            self.judge(address)?;
        }
        Ok(url)
    }

    /// The addresses of a target, each of them judged.
    ///
    /// # Errors
    /// Why it is not connected to.
    pub async fn addresses(&self, target: &Url) -> Result<Vec<SocketAddr>, String> {
        let port = target
            .port_or_known_default()
            .ok_or_else(|| "has no port".to_owned())?;
        let found: Vec<SocketAddr> = match target.host() {
            Some(Host::Ipv4(address)) => vec![(address, port).into()],
            Some(Host::Ipv6(address)) => vec![(address, port).into()],
            Some(Host::Domain(name)) => tokio::net::lookup_host((name, port))
                .await
                .map_err(|error| format!("{name} is not found: {error}"))?
                .collect(),
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err("the name has no address".to_owned());
        }
        found.iter().try_for_each(|address| self.judge(address.ip()))?;
        Ok(found)
    }

    fn judge(&self, address: IpAddr) -> Result<(), String> {
        let is_allowed = self
            .allowed_networks
            .iter()
            .any(|network| network.contains(address));
        if is_allowed || is_public(address) {
            return Ok(());
        }
        Err(format!(
            "leads to {address}, which is not a public address; webhooks.allowed_networks can name its network"
        ))
    }
}

/// Whether an address is one of the public internet, by the registries of IANA for special purposes.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Only what is given out to networks (2000::/3), without what holds an address of the old kind or is for documents.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_given_out = (0x2000..=0x3fff).contains(&first);
    let is_special = match (first, second) {
        // Teredo, benchmarks, identifiers of nodes and the like.
        (0x2001, 0..=0x01ff) => true,
        // Documents.
        (0x2001, 0x0db8) | (0x3fff, 0..=0x0fff) => true,
        // 6to4: the old address follows.
        (0x2002, _) => true,
        _ => false,
    };
    is_given_out && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_not_reached_however_it_is_written() {
        let reach = Reach {
            allow_http: true,
            ..Reach::default()
        };
        for target in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a00:1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fc00::1]/",
            "https://[ff02::1]/",
            "https://[2001:db8::1]/",
            "https://10.1.2.3/",
            "https://172.31.255.255/",
            "https://192.168.1.1:8443/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.64.0.1/",
            "https://255.255.255.255/",
            "https://224.0.0.1/",
            "http://198.18.0.1/",
        ] {
            assert!(reach.target(target).is_err(), "{target}");
        }
        for target in [
            "https://1.1.1.1/",
            "https://172.32.0.1/",
            "https://[2606:4700::1]/",
            "https://example.com:8443/a?b=c",
            "http://9.9.9.9/",
        ] {
            assert!(reach.target(target).is_ok(), "{target}");
        }
    }

    #[test]
    fn only_complete_addresses_over_https_are_taken() {
        let reach = Reach::default();
        for target in [
            "http://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "//example.com/",
            "example.com/hook",
            "javascript:alert(1)",
            "https://user:password@example.com/",
            "https://example.com/#part",
            "https://",
        ] {
            assert!(reach.target(target).is_err(), "{target}");
        }
    }

    #[actix_web::test]
    async fn a_name_is_judged_by_every_address_it_has_and_a_network_can_be_allowed() {
        let target = Url::parse("https://localhost:1/").unwrap();
        let closed = Reach::default();
        let refused = closed.addresses(&target).await.unwrap_err();
        assert!(refused.contains("not a public address"), "{refused}");
        let open = Reach {
            allow_http: false,
            allowed_networks: vec!["127.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()],
        };
        let found = open.addresses(&target).await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback()));
    }
}
