//! What all answers of a kind have in common: pages, and what programs read. Must not know what an answer says.

use actix_web::http::header::{HeaderName, HeaderValue};

use crate::config::CorsOrigin;
use crate::web::cors;
use crate::web::guard::Headers;
use crate::web::site::Site;

/// What is the same for every answer at an address.
#[derive(Debug, Default)]
pub struct Setting {
    /// Of the site.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub depends_on_origin: bool,
    pub lease: Option<SharedLease>,
}

/// How long shared caches between us and a browser may show an answer without asking, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedLease {
    pub max_age: i64,
    pub stale_while_revalidate: i64,
}

impl SharedLease {
    /// Both ages end before the answer does.
    pub fn header(self, left_ms: Option<i64>) -> String {
        let left = left_ms.map_or(i64::MAX, |left| (left / 1000).max(0));
        let age = self.max_age.min(left);
        let stale = self.stale_while_revalidate.min(left.saturating_sub(age));
        format!("public, max-age=0, s-maxage={age}, stale-while-revalidate={stale}")
    }
}

impl Setting {
    pub fn of_pages(headers: &Headers, lease: Option<SharedLease>) -> Self {
        Self {
            headers: headers.iter().cloned().collect(),
            depends_on_origin: false,
            lease,
        }
    }

    pub fn of_api(headers: &Headers, site: &Site, lease: Option<SharedLease>) -> Self {
        let is_shared = site.cors_origins.contains(&CorsOrigin::Any);
        let shared = cors::shared_with_all();
        let is_replaced = |name: &HeaderName| is_shared && shared.iter().any(|(shared, _)| shared == name);
        let mut own: Vec<_> = headers
            .iter()
            .filter(|(name, _)| !is_replaced(name))
            .cloned()
            .collect();
        if is_shared {
            own.extend(shared.clone());
        }
        Self {
            headers: own,
            depends_on_origin: !is_shared && !site.cors_origins.is_empty(),
            lease,
        }
    }
}
