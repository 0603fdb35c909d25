//! What every answer needs to know about the shop that gives it: its name, its own address, its limits.
//!
//! Made once from the settings and shared as application data. Absolute links come from here, never from a `Host`
//! header, which a client may have made up.

use std::net::{IpAddr, SocketAddr};

use super::patience::Pace;
use crate::config::{
    Authority, CorsOrigin, Feature, Features, Network, PublicUrl, Registration, Settings, ShopSettings,
};
use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub struct Site {
    pub shop: ShopSettings,
    pub features: Features,
    /// Strangers may make an account here to propose products.
    pub takes_strangers: bool,
    /// Pages of products say how many look at them.
    pub tells_viewers: bool,
    /// Largest JSON or form body in bytes.
    pub max_body: usize,
    /// Largest picture in bytes.
    pub max_picture: usize,
    /// Largest body with pictures: twice a picture, so that one which is too large can still be refused by its name.
    pub max_upload: usize,
    /// Whose scripts may read the public API.
    pub cors_origins: Vec<CorsOrigin>,
    /// How slowly a body may come.
    pub pace: Pace,
    public_url: Option<PublicUrl>,
    hosts: Vec<Authority>,
    trusted_proxies: Vec<Network>,
}

impl Site {
    pub fn new(settings: &Settings) -> Self {
        Self {
            shop: settings.shop.clone(),
            features: settings.features,
            takes_strangers: settings.features.has_all(&[Feature::Admin, Feature::Submissions])
                && settings.submissions.registration == Registration::Open,
            tells_viewers: settings.features.has(Feature::Realtime) && settings.realtime.viewers,
            max_body: settings.server.max_body,
            max_picture: settings.media.max_bytes,
            max_upload: settings
                .media
                .max_bytes
                .saturating_mul(2)
                .saturating_add(settings.server.max_body),
            cors_origins: settings.security.cors_origins.clone(),
            pace: Pace::of(&settings.limits),
            public_url: settings.server.public_url.clone(),
            hosts: settings.server.hosts.clone(),
            trusted_proxies: settings.server.trusted_proxies.clone(),
        }
    }

    /// `https://shop.example`, if the owner said so.
    pub fn public_origin(&self) -> Option<&str> {
        self.public_url.as_ref().map(PublicUrl::origin)
    }

    /// The host under which the server that listens at `address` is itself.
    pub fn own_host(&self, address: SocketAddr) -> String {
        let public = self.public_url.as_ref().map(|url| url.authority().to_owned());
        public.unwrap_or_else(|| address.to_string())
    }

    /// The complete form of an address: a path of this shop below its public address, an https address as it is.
    /// `None` where the shop does not know its public address.
    pub fn absolute(&self, address: &str) -> Option<String> {
        if address.starts_with('/') {
            return self.public_origin().map(|origin| format!("{origin}{address}"));
        }
        address.starts_with("https://").then(|| address.to_owned())
    }

    /// The public address, for documents that consist of complete addresses.
    ///
    /// # Errors
    /// 404 that names the setting, where the owner has not said it.
    pub fn needed_origin(&self) -> Result<&str> {
        self.public_origin().ok_or(Error::NotFound {
            what: "document until the shop knows its own address: its owner sets it with server.public_url",
        })
    }

    /// Whether browsers reach the shop by https: then cookies are `Secure` and HSTS is sent.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(PublicUrl::is_https)
    }

    /// Whether a `Host` header names this shop. Without a public address these are the loopback names and bare IP
    /// addresses: no other site's name can be made to point at those, so DNS rebinding finds nothing.
    pub fn owns_host(&self, host: &str) -> bool {
        let is_public = match &self.public_url {
            Some(url) => host.eq_ignore_ascii_case(url.authority()),
            None => is_loopback_or_address(host),
        };
        is_public || self.hosts.iter().any(|own| own.is(host))
    }

    /// Whether an `Origin` header names this shop, reached as `host`.
    pub fn owns_origin(&self, origin: &str, host: &str) -> bool {
        match &self.public_url {
            Some(url) => origin == url.origin(),
            None => self.owns_host(host) && origin.strip_prefix("http://") == Some(host),
        }
    }

    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(address))
    }
}

fn is_loopback_or_address(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::Ipv4Addr>().is_ok()
        || bracketed.is_some_and(|name| name.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A site with the built-in settings, changed as a test needs it.
    pub fn site(public_url: Option<&str>) -> Site {
        let mut settings = Settings::load(None).unwrap();
        settings.server.public_url = public_url.map(|url| url.parse().unwrap());
        Site::new(&settings)
    }

    #[test]
    fn only_its_own_names_are_the_shop() {
        for (public_url, host, own) in [
            (None, "localhost:8080", true),
            (None, "127.0.0.1", true),
            (None, "[::1]:8080", true),
            (None, "192.168.1.4:8080", true),
            (None, "evil.example", false),
            (None, "127.0.0.1.evil.example", false),
            (None, "localhost:8080:1", false),
            (None, "", false),
            (None, "a\"><script>", false),
            (Some("https://shop.example"), "shop.example", true),
            (Some("https://shop.example"), "SHOP.example", true),
            (Some("https://shop.example"), "localhost:8080", false),
        ] {
            assert_eq!(site(public_url).owns_host(host), own, "{public_url:?} {host}");
        }
        let mut named = site(Some("https://shop.example"));
        named.hosts = vec!["www.shop.example".parse().unwrap()];
        for (host, own) in [
            ("WWW.shop.example", true),
            ("shop.example", true),
            ("www.shop.example:1", false),
        ] {
            assert_eq!(named.owns_host(host), own, "{host}");
        }
    }

    #[test]
    fn an_origin_is_own_only_with_its_scheme_and_port() {
        for (public_url, origin, own) in [
            (None, "http://localhost:8080", true),
            (None, "http://localhost:9090", false),
            (None, "https://localhost:8080", false),
            (None, "null", false),
            (Some("https://shop.example"), "https://shop.example", true),
            (Some("https://shop.example"), "http://shop.example", false),
            (Some("https://shop.example"), "https://shop.example.evil", false),
        ] {
            assert_eq!(
                site(public_url).owns_origin(origin, "localhost:8080"),
                own,
                "{public_url:?} {origin}"
            );
        }
    }
}
