//! Joins the limits with the cache: what is kept can be shown to those for whom nothing is made. Must not know what is too much.

use std::sync::Arc;

use crate::cache::Cache;
use crate::config::Settings;
use crate::metrics::Metrics;
use crate::web::guard::Headers;
use crate::web::limits::Limits;
use crate::web::site::Site;

/// The limits of this process.
pub fn limits(
    settings: &Settings,
    site: &Site,
    headers: &Headers,
    cache: &Cache,
    metrics: &Metrics,
) -> Limits {
    let memory = cache.memory().cloned();
    let is_kept = move |target: &str| memory.as_ref().is_some_and(|memory| memory.knows(target));
    Limits::new(
        &settings.limits,
        site,
        headers.clone(),
        Arc::new(is_kept),
        metrics,
    )
}
