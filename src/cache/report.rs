//! How this process does with what it keeps, for whoever shows it. Must not know who that is.

use super::Cache;
use super::memory::Memory;
use super::redis::RedisReport;
use crate::db::Seq;
use crate::metrics::{CacheLayer, CacheMetrics, CacheResult, LeaseResult};

/// What came of looking, each with how often since the process was started.
pub type Results = Vec<(CacheResult, u64)>;

/// A look at everything.
#[derive(Debug, Clone)]
pub struct Report {
    /// As the settings call it: `off`, `memory`, `redis`.
    pub backend: &'static str,
    /// `None` until the log was read, and where nothing is kept.
    pub known: Option<Known>,
    pub memory: Option<Held>,
    pub redis: Option<Reached>,
    /// Answers that were made to be kept.
    pub fills: u64,
    /// Requests that wait for an answer which another one is making.
    pub waiters: i64,
}

/// What is known of the log.
#[derive(Debug, Clone)]
pub struct Known {
    pub epoch: String,
    /// Up to where it was followed.
    pub seq: Seq,
    /// Tags of which the latest change is remembered; the others count as changed at the floor.
    pub tags: usize,
    pub floor: Seq,
}

/// What this process has in its memory.
#[derive(Debug, Clone)]
pub struct Held {
    pub entries: i64,
    pub bytes: i64,
    /// The most that it may be.
    pub capacity: u64,
    pub results: Results,
}

/// The Redis behind the memory.
#[derive(Debug, Clone)]
pub struct Reached {
    pub condition: RedisReport,
    pub results: Results,
    pub leases: Vec<(LeaseResult, u64)>,
}

impl Cache {
    pub fn report(&self) -> Report {
        let (memory, counted) = match self.memory() {
            Some(memory) => (memory, &memory.counted),
            None => return nothing(),
        };
        // Or the numbers would be those of a second ago.
        memory.report();
        Report {
            backend: if self.shared().is_some() {
                "redis"
            } else {
                "memory"
            },
            known: known(memory),
            memory: Some(Held {
                entries: counted.entries(),
                bytes: counted.bytes(),
                capacity: memory.capacity,
                results: results(counted, CacheLayer::L1),
            }),
            redis: self.shared().map(|shared| Reached {
                condition: shared.redis().report(),
                results: results(counted, CacheLayer::L2),
                leases: LeaseResult::ALL
                    .map(|result| (result, counted.leases(result)))
                    .into(),
            }),
            fills: counted.fills(),
            waiters: counted.waiters(),
        }
    }
}

fn nothing() -> Report {
    Report {
        backend: "off",
        known: None,
        memory: None,
        redis: None,
        fills: 0,
        waiters: 0,
    }
}

fn known(memory: &Memory) -> Option<Known> {
    let epoch = memory.changes.epoch();
    (!epoch.is_empty()).then(|| Known {
        epoch: epoch.to_string(),
        seq: memory.changes.known(),
        tags: memory.changes.remembered(),
        floor: memory.changes.floor(),
    })
}

fn results(counted: &CacheMetrics, layer: CacheLayer) -> Results {
    CacheResult::ALL
        .map(|result| (result, counted.requests(layer, result)))
        .into()
}

impl Report {
    /// How many requests were answered from what is kept, of how many for which that could have been.
    pub fn kept(&self) -> (u64, u64) {
        let memory = self.memory.as_ref().map(|memory| &memory.results);
        let redis = self.redis.as_ref().map(|redis| &redis.results);
        let kept = total(memory, is_kept) + total(redis, |result| result == CacheResult::Hit);
        // What a request made for itself alone is no fill.
        let made = self.fills + total(memory, |result| result == CacheResult::Bypass);
        (kept, kept + made)
    }
}

/// Whether the answer was sent as it lay in memory.
fn is_kept(result: CacheResult) -> bool {
    use CacheResult::{Hit, Negative, Stale, StaleError};
    matches!(result, Hit | Negative | Stale | StaleError)
}

fn total(results: Option<&Results>, counts: impl Fn(CacheResult) -> bool) -> u64 {
    let results = results.into_iter().flatten();
    results
        .filter(|(result, _)| counts(*result))
        .map(|(_, number)| number)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_counts_once_wherever_its_answer_came_from() {
        let held = |results: Results| Held {
            entries: 0,
            bytes: 0,
            capacity: 0,
            results,
        };
        let report = Report {
            memory: Some(held(vec![
                (CacheResult::Hit, 10),
                (CacheResult::Negative, 1),
                (CacheResult::Stale, 2),
                // Not in memory: either in Redis or made, and counted there.
                (CacheResult::Miss, 3),
                (CacheResult::Invalid, 1),
                (CacheResult::Bypass, 5),
            ])),
            fills: 4,
            ..nothing()
        };
        assert_eq!(report.kept(), (13, 22));
        assert_eq!(nothing().kept(), (0, 0));
    }
}
