//! The shop as many nodes behind a load balancer, as real processes on loopback: HAProxy with `deploy/haproxy.cfg`, nodes of
//! each kind, a MariaDB primary with two replicas, Redis. Nodes are killed, drained, replaced, added and taken away while
//! guests ask. `make test` runs a short form, `make cluster` all of it, `make cluster UP=1` leaves it running.
#![cfg(test)]
#![cfg(all(feature = "sqlite", feature = "mysql"))]

mod balancer;
mod browser;
mod guests;
mod https;
mod names;
mod network;
mod previous;
mod rolling;
mod routing;
mod scenarios;
mod stage;
mod stand_in;
mod suite;
mod topology;
mod up;
mod writers;

#[path = "../chaos/cluster.rs"]
#[expect(dead_code, reason = "what breaks databases is used in tests/chaos")]
mod databases;
#[path = "../chaos/disk.rs"]
mod disk;
#[path = "../it/helpers/html.rs"]
#[expect(dead_code, reason = "pages are read in full in tests/it")]
mod html;
#[path = "../chaos/shop.rs"]
#[expect(dead_code, reason = "leaks are looked for in tests/chaos")]
mod shop;

use std::io::Write;
use std::time::{Duration, Instant};

use databases::signal;
use parking_lot::{Mutex, MutexGuard};

/// One test at a time: each has the machine to itself, as far as it is for this suite to say.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock()
}

/// Waits for something that comes about by itself; how long that took.
fn until(what: &str, limit: Duration, mut is_true: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !is_true() {
        let waited = begun.elapsed();
        assert!(waited < limit, "within {limit:?} it never came about that {what}");
        pause(Duration::from_millis(10));
    }
    begun.elapsed()
}

#[expect(
    clippy::disallowed_methods,
    reason = "guests go on asking for a time, and nobody is served by this thread"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Past the test runner, which keeps what passing tests print to itself.
fn say(words: &str) {
    writeln!(std::io::stderr(), "{words}").unwrap();
}
