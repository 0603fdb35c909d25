//! Webhooks: the shop tells other programs of its changes, over HTTPS, signed, in order for each thing, until they have
//! answered or a day has passed. One more follower of the change log: nothing that happened is ever forgotten because a
//! process died. Must not know pages or commands.
//!
//! Of the processes of a shop one follows and delivers ([`Lease`](crate::db::lease::Lease)). What is to be told, and that it was
//! read from the log, is written in one transaction (`follow.rs`); from then on it is a row that is due until it was
//! delivered or is given up (`deliver.rs`). What is told, and to whom, is what the public hears live
//! (`catalog/live.rs`).

mod deliver;
mod follow;
mod hooks;
mod message;
mod model;
mod queue;
mod reach;
mod repo;
mod send;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use hooks::NewWebhook;
pub use model::{Delivery, FORMER_HOURS, MOST_FORMER_HOURS, State, URL_LENGTH, Webhook, WebhookInput};
pub use queue::MOST_REPLAYED;

use crate::catalog::Teller;
use crate::config::WebhookSettings;
use crate::db::Router;
use crate::metrics::WebhookMetrics;
use reach::Reach;

/// The position of the one who follows is kept under this name, and so is the lease.
const FOLLOWER: &str = "webhooks";

/// Webhooks of the shop and what they were told. Cloning is cheap.
#[derive(Clone)]
pub struct Webhooks {
    db: Router,
    teller: Teller,
    rules: Arc<Rules>,
    metrics: WebhookMetrics,
    /// Whether this process ends.
    ending: Arc<watch::Sender<bool>>,
}

/// What the settings say.
#[derive(Debug)]
struct Rules {
    /// Whether this process delivers at all.
    delivers: bool,
    reach: Reach,
    timeout: Duration,
    retry_first: Duration,
    retry_for: Duration,
    keep: Duration,
}

impl Webhooks {
    pub fn new(db: Router, teller: Teller, settings: &WebhookSettings, metrics: WebhookMetrics) -> Webhooks {
        let rules = Rules {
            delivers: settings.deliver,
            reach: Reach {
                allow_http: settings.allow_http,
                allowed_networks: settings.allowed_networks.clone(),
            },
            timeout: Duration::from_millis(settings.timeout_ms),
            retry_first: Duration::from_millis(settings.retry_first_ms),
            retry_for: Duration::from_secs(settings.retry_for_s),
            keep: Duration::from_secs(settings.keep_days.saturating_mul(24 * 60 * 60)),
        };
        Webhooks {
            db,
            teller,
            rules: Arc::new(rules),
            metrics,
            ending: Arc::default(),
        }
    }
}
