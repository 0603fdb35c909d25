//! How other programs are told of changes: whether this process does it, where it may connect to, for how long it tries.

use super::{Layers, Network};

#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Whether this process may be the one that delivers.
    pub deliver: bool,
    pub allow_http: bool,
    pub allowed_networks: Vec<Network>,
    pub timeout_ms: u64,
    pub retry_first_ms: u64,
    pub retry_for_s: u64,
    pub keep_days: u64,
}

pub fn read(layers: &mut Layers) -> WebhookSettings {
    WebhookSettings {
        deliver: layers.get("webhooks.deliver"),
        allow_http: layers.get("webhooks.allow_http"),
        allowed_networks: layers.parse_all("webhooks.allowed_networks", str::parse),
        timeout_ms: layers.get("webhooks.timeout_ms"),
        retry_first_ms: layers.get("webhooks.retry_first_ms"),
        retry_for_s: layers.get("webhooks.retry_for_s"),
        keep_days: layers.get("webhooks.keep_days"),
    }
}
