//! How often somebody may ask, counted in memory of a fixed size whoever asks. Must not know what for.
//!
//! The rule is the generic cell rate algorithm of `governor`. Its own stores grow with the addresses that come; this one
//! has as many places as were made, and two that meet in one share its allowance. Which ones meet cannot be
//! foreseen, since the hash has a key of this process.

use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

/// Places of one limiter: 128 KiB. Whoever wants to fill them all at the default rate of pages sends 1.6 million requests a second.
const PLACES: usize = 16_384;

/// What may come at once, in parts of a minute's allowance.
const BURST_PART: u32 = 4;

/// So that a small allowance is one all the same.
const LEAST_BURST: u32 = 5;

/// Where one stands after a request that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Per minute.
    pub allowed: u32,
    /// That may come right now.
    pub left: u32,
    /// Seconds after which as many as possible may come again.
    pub full_after_s: u32,
}

/// Too many; another one after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    pub allowed: u32,
    pub retry_after_s: u32,
}

pub struct Rate {
    allowed: u32,
    burst: u32,
    limiter: RateLimiter<u64, Places, DefaultClock, StateInformationMiddleware>,
    keys: RandomState,
}

impl Rate {
    /// So many per minute; `None` for 0, which is no limit.
    pub fn per_minute(allowed: u32) -> Option<Rate> {
        let quota = Quota::per_minute(NonZeroU32::new(allowed)?);
        let burst = NonZeroU32::new((allowed / BURST_PART).max(LEAST_BURST))?;
        let limiter = RateLimiter::new(quota.allow_burst(burst), Places::new(), DefaultClock::default());
        Some(Rate {
            allowed,
            burst: burst.get(),
            limiter,
            keys: RandomState::new(),
        })
    }

    /// Counts one of these.
    pub fn count(&self, who: impl Hash) -> Result<Standing, TooMany> {
        let key = self.keys.hash_one(who);
        match self.limiter.check_key(&key) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                Ok(Standing {
                    allowed: self.allowed,
                    left,
                    full_after_s: whole_seconds(self.time_for(self.burst.saturating_sub(left))),
                })
            }
            Err(not_until) => Err(TooMany {
                allowed: self.allowed,
                retry_after_s: whole_seconds(not_until.wait_time_from(DefaultClock::default().now())).max(1),
            }),
        }
    }

    fn time_for(&self, requests: u32) -> Duration {
        Duration::from_secs(60) * requests / self.allowed.max(1)
    }
}

fn whole_seconds(time: Duration) -> u32 {
    let up = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    u32::try_from(up).unwrap_or(u32::MAX)
}

/// As many states as there are places, found by the number of who is counted.
struct Places(Box<[InMemoryState]>);

impl Places {
    fn new() -> Places {
        Places((0..PLACES).map(|_| InMemoryState::default()).collect())
    }
}

impl StateStore for Places {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let place = usize::try_from(key % PLACES as u64).unwrap_or_default();
        match self.0.get(place) {
            Some(state) => state.measure_and_replace(&NotKeyed::NonKey, decide),
            // There is one for each remainder.
            None => decide(None).map(|(decision, _)| decision),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_a_minutes_may_come_at_once_and_others_are_counted_apart() {
        let rate = Rate::per_minute(40).unwrap();
        for left in (0..10).rev() {
            let standing = rate.count("a").unwrap();
            assert_eq!((standing.allowed, standing.left), (40, left));
        }
        let refused = rate.count("a").unwrap_err();
        assert_eq!((refused.allowed, refused.retry_after_s), (40, 2));
        assert_eq!(rate.count("b").unwrap().left, 9);
    }

    #[test]
    fn nobody_is_counted_where_there_is_no_limit() {
        assert!(Rate::per_minute(0).is_none());
    }

    #[test]
    fn a_small_allowance_lets_a_few_through_at_once() {
        let rate = Rate::per_minute(1).unwrap();
        assert!((0..LEAST_BURST).all(|_| rate.count(1).is_ok()));
        assert_eq!(rate.count(1).unwrap_err().retry_after_s, 60);
    }

    #[test]
    fn a_million_addresses_take_no_more_memory_than_one() {
        let rate = Rate::per_minute(60_000).unwrap();
        for address in 0..1_000_000_u32 {
            // Some meet in a place; the point is that there are no more places.
            let _ = rate.count(address);
        }
        assert_eq!(rate.limiter.into_state_store().0.len(), PLACES);
    }
}
