//! What comes of mail. Must not know to whom or what.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// What came of an attempt to send a mail, or of one to have it wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailResult {
    Sent,
    /// It is tried again.
    Retried,
    /// It is given up.
    Dead,
    /// Too many waited already.
    Dropped,
}

impl MailResult {
    const ALL: [Self; 4] = [Self::Sent, Self::Retried, Self::Dead, Self::Dropped];

    fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Retried => "retried",
            Self::Dead => "dead",
            Self::Dropped => "dropped",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

/// Cloning is cheap.
#[derive(Clone, Default)]
pub struct MailMetrics {
    mails: Family<ResultLabels, Counter>,
}

impl MailMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "mails",
            "Mails by what came of each attempt: dead is given up, dropped was never tried",
            metrics.mails.clone(),
        );
        for result in MailResult::ALL {
            drop(metrics.series(result));
        }
        metrics
    }

    pub fn count(&self, result: MailResult) {
        self.series(result).inc();
    }

    fn series(&self, result: MailResult) -> Counter {
        let labels = ResultLabels {
            result: result.name(),
        };
        self.mails.get_or_create(&labels).clone()
    }
}
