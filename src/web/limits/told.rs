//! What the log is told of refusals: now and then, since a line for each would let anybody fill it. Must not know what was
//! refused.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Between two lines about the same.
const PAUSE: Duration = Duration::from_secs(10);

/// What has been told, and what was left out since.
#[derive(Default)]
pub struct Told {
    too_many: Tally,
    overload: Tally,
    proxy: AtomicBool,
    stranger: AtomicBool,
}

#[derive(Default)]
struct Tally {
    since: AtomicU64,
    last: Mutex<Option<Instant>>,
}

impl Tally {
    /// How many there were, when it is time to say so.
    fn count(&self) -> Option<u64> {
        self.since.fetch_add(1, Ordering::Relaxed);
        // Whoever finds it locked is counted by who holds it, or next time.
        let mut last = self.last.try_lock()?;
        if last.is_some_and(|last| last.elapsed() < PAUSE) {
            return None;
        }
        *last = Some(Instant::now());
        Some(self.since.swap(0, Ordering::Relaxed))
    }
}

impl Told {
    /// Somebody asks too often.
    pub fn of_too_many(&self, class: &'static str) {
        if let Some(refused) = self.too_many.count() {
            tracing::warn!(
                event = "excess_rate_limit_exceeded",
                class,
                refused,
                "too many requests of one address or key were refused"
            );
        }
    }

    /// More is asked for than can be done.
    pub fn of_overload(&self, class: &'static str) {
        if let Some(refused) = self.overload.count() {
            tracing::warn!(
                class,
                refused,
                "more was asked for than can be done at once, and refused"
            );
        }
    }

    /// Somebody speaks for others and is not believed. Said once: it will not change. Who is counted as one customer all the same
    /// has a public address, from which anybody may say so; a proxy may be among them.
    pub fn of_proxy(&self, peer: IpAddr, is_counted: bool) {
        if is_counted {
            if !self.stranger.swap(true, Ordering::Relaxed) {
                tracing::info!(
                    %peer,
                    "somebody says for whom they ask (X-Forwarded-For), is not among server.trusted_proxies, and counts as one \
                     customer. If it is your proxy or CDN, add its network there"
                );
            }
        } else if !self.proxy.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %peer,
                "a proxy forwards requests and is not among server.trusted_proxies: its customers all look like one address, and \
                 are not limited. Add its network there"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_refusals_make_one_line() {
        let tally = Tally::default();
        let lines: Vec<_> = (0..1000).filter_map(|_| tally.count()).collect();
        assert_eq!(lines, [1]);
        *tally.last.lock() = Instant::now().checked_sub(PAUSE);
        assert_eq!(tally.count(), Some(1000), "those in between are counted");
    }
}
