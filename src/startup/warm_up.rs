//! The first looks at a shop that has just started: its own, so that no customer is the one who waits while connections are
//! opened and the first pages are made. Must not know what is on a page.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use actix_web::http::header::{ACCEPT_ENCODING, HOST};

use crate::cache::Cache;
use crate::web::site::Site;

/// What nearly everybody asks for first.
const PAGES: [&str; 2] = ["/", "/products"];

/// As browsers ask, and as programs without any wishes do.
const ENCODINGS: [&str; 2] = ["gzip, deflate, br, zstd", "identity"];

/// For all of it: a shop whose databases are slow serves all the same.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for the pages that are asked for most, as a guest would, at the server that listens at `address`, as soon as they
/// would be kept.
pub async fn run(address: SocketAddr, site: Site, cache: Cache) {
    if !site.features.catalog {
        return;
    }
    let asked = tokio::time::timeout(PATIENCE, async {
        while !cache.has_begun() {
            tokio::time::sleep(LOOK).await;
        }
        ask(address, &site).await;
    })
    .await;
    if asked.is_err() {
        tracing::warn!(
            "the first pages took longer than {PATIENCE:?}: serving them to customers all the same"
        );
    }
}

/// Between two looks whether answers are kept.
const LOOK: Duration = Duration::from_millis(10);

async fn ask(address: SocketAddr, site: &Site) {
    // Ours by name, whatever the address is.
    let address = reachable(address);
    let host = site.own_host(address);
    let client = awc::Client::builder()
        .timeout(PATIENCE)
        .disable_redirects()
        .finish();
    for page in PAGES {
        for encoding in ENCODINGS {
            let request = client
                .get(format!("http://{}{page}", address))
                .no_decompress()
                .insert_header((HOST, host.as_str()))
                .insert_header((ACCEPT_ENCODING, encoding));
            match request.send().await {
                Ok(mut answer) => drop(answer.body().await),
                Err(error) => tracing::debug!(%error, page, "a page could not be made at the start"),
            }
        }
    }
}

/// An address that can be asked: "any address" is none.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
