//! Each fault in turn: work as usual, the fault, its end, how long until all is well, and what the checker finds.

use std::time::{Duration, Instant};

use crate::disk::SmallDisk;
use crate::faults::{ALL, FULL_DISK, Fault, Harm, SHORT};
use crate::ledger::Window;
use crate::load::People;
use crate::stage::Stage;
use crate::table::{self, Row, say};
use crate::{alone, pause};

/// How long it may take until a node is back in service: what is promised, and what a machine with other work is given.
pub const PROMISED: Duration = Duration::from_secs(5);
const TOLERATED: Duration = Duration::from_secs(60);

/// How long a write may wait for its refusal while the primary is frozen.
const REFUSED_WITHIN: Duration = Duration::from_millis(1500);

const PEOPLE: People = People {
    writers: 6,
    guests: 0,
};

/// Below this the slowest reads may take more than twice as long: other work on the machine does that, too.
pub const UNNOTICED: Duration = Duration::from_millis(600);

#[test]
fn no_fault_loses_a_write_or_shows_a_session_less_than_it_wrote() {
    let _alone = alone();
    run_from_new(&SHORT, false, "short");
}

#[test]
#[ignore = "takes five minutes; `make chaos` runs it"]
fn every_fault() {
    let _alone = alone();
    run_from_new(&ALL, true, "full");
}

#[test]
#[ignore = "takes half a minute; `make chaos` runs it"]
fn a_full_disk_under_the_primary() {
    let _alone = alone();
    let probe = tempfile::tempdir().unwrap();
    if SmallDisk::at(&probe.path().join("disk"), 64).is_none() {
        return say("SKIPPED: the full disk under the primary, since only root may mount one");
    }
    // Not strict: MariaDB itself takes a minute to see that there is room again.
    run_from_new(&[FULL_DISK], false, "disk-mariadb");
}

fn run_from_new(faults: &[Fault], is_strict: bool, name: &str) {
    if let Some(stage) = open(PEOPLE) {
        run(&stage, faults, is_strict, name);
    }
}

pub fn open(people: People) -> Option<Stage> {
    let stage = Stage::open(people);
    if stage.is_none() {
        without_servers();
    }
    stage
}

/// The gate has them; elsewhere it is said loudly what was not tested.
pub fn without_servers() {
    assert!(!is_required(), "there is no MariaDB or no Redis here");
    say("SKIPPED: every fault, since there is no MariaDB or no Redis here; `make test` installs them");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the gate says that a missing server is a failure"
)]
fn is_required() -> bool {
    std::env::var("VITRINE_TEST_REQUIRE_SERVICES").is_ok_and(|value| value == "1")
}

fn run(stage: &Stage, faults: &[Fault], is_strict: bool, name: &str) {
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for fault in faults {
        let (row, found) = judge(stage, fault, is_strict);
        broken.extend(found.into_iter().map(|what| format!("{}: {what}", fault.name)));
        rows.push(row);
        table::print(&rows[rows.len() - 1..], name);
        // What was lost once stays lost: the rows after it would only repeat it.
        if rows.iter().any(|row| row.lost + row.stale > 0) {
            break;
        }
    }
    table::print(&rows, name);
    say(&stage.place.say(&["audit", "verify"]));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn judge(stage: &Stage, fault: &Fault, is_strict: bool) -> (Row, Vec<String>) {
    let Course {
        calm,
        begun,
        window,
        recovered_after,
        lost,
        stale,
        mut found,
    } = suffer(stage, fault, || {});
    let usual = calm.reads.p99();
    // Those who had asked the node before it was given up are not meant.
    let later = window.reads.p99_since(begun + Duration::from_secs(2));
    let row = Row {
        fault: fault.name,
        window,
        recovered_after,
        lost,
        stale,
    };
    found.extend(unkept(&row.window, fault.harm));
    say(&format!(
        "p99 of reads: {usual:?} before, {later:?} after the first deadline"
    ));
    if is_strict && fault.harm == Harm::Nobody && later > UNNOTICED.max(usual * 2) {
        found.push(format!(
            "99 of 100 reads took up to {later:?} instead of {usual:?}"
        ));
    }
    if is_strict {
        found.extend(late(&row));
    }
    (row, found)
}

/// What a fault did, and what the checker found.
pub struct Course {
    pub calm: Window,
    pub begun: Instant,
    pub window: Window,
    pub recovered_after: Duration,
    pub lost: usize,
    pub stale: usize,
    pub found: Vec<String>,
}

/// Plays a fault while people are at work; the last thing before its end is `during`.
pub fn suffer(stage: &Stage, fault: &Fault, during: impl FnOnce()) -> Course {
    stage.load.ledger().take_window();
    stage.load.work();
    stage.await_calls(400);
    let calm = stage.load.ledger().take_window();
    let begun = Instant::now();
    let end = (fault.begin)(stage);
    pause(fault.hold);
    during();
    end(stage);
    let recovered_after = stage.await_whole(TOLERATED);
    stage.await_calls(100);
    stage.load.rest();
    let window = stage.load.ledger().take_window();
    let (lost, found) = stage.check();
    let stale = stage.load.ledger().stale.len();
    Course {
        calm,
        begun,
        window,
        recovered_after,
        lost,
        stale,
        found,
    }
}

/// What holds on every machine.
pub fn unkept(window: &Window, harm: Harm) -> Vec<String> {
    let mut found = Vec::new();
    if window.reads.errors() > 0 {
        found.push(format!("{} reads failed", window.reads.errors()));
    }
    if harm != Harm::Writes && window.own_reads.errors() + window.writes.errors() > 0 {
        let (reads, writes) = (window.own_reads.errors(), window.writes.errors());
        let refusal = &window.refusal;
        found.push(format!(
            "{reads} reads of sessions and {writes} writes failed: {refusal}"
        ));
    }
    if harm == Harm::Writes && window.writes.errors() == 0 {
        found.push("no write was refused: was there a fault at all?".to_owned());
    }
    found
}

/// What holds where the machine has nothing else to do.
fn late(row: &Row) -> Vec<String> {
    let mut found = Vec::new();
    if row.recovered_after > PROMISED {
        found.push(format!("it took {:?} until all was well", row.recovered_after));
    }
    let worst = row.window.writes.worst();
    if row.fault == "primary frozen" && worst > REFUSED_WITHIN {
        found.push(format!("a write waited {worst:?} for its refusal"));
    }
    found
}
