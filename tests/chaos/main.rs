//! The shop while things break around it and under it: real servers that are frozen, killed, delayed, cut off, promoted and
//! filled with rubbish, the program itself killed in mid write, and people at work who write down what they were told.
//! `make test` runs a short form, `make chaos` all of it; each prints a table.
#![cfg(test)]
#![cfg(all(feature = "sqlite", feature = "mysql"))]

mod checker;
mod cluster;
mod disk;
mod failover;
mod faults;
mod full_disk;
mod kept;
mod killing;
mod ledger;
mod limits;
mod load;
mod redis;
#[path = "../it/helpers/redis/process.rs"]
mod redis_process;
mod relay;
mod search_index;
mod shop;
mod stage;
mod suite;
mod table;

use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

/// One test at a time: each has the machine to itself, as far as it is for this suite to say.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock()
}

/// Waits for something that comes about by itself.
fn until(what: &str, limit: Duration, mut is_true: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !is_true() {
        assert!(
            Instant::now() < deadline,
            "within {limit:?} it never came about that {what}"
        );
        pause(Duration::from_millis(10));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a fault lasts for a time, and nobody is served by this thread"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
