//! The shop's own file on a disk that fills up: customers do not notice, writes are refused until there is room again.

use std::time::Duration;

use crate::checker;
use crate::disk::SmallDisk;
use crate::load::{Load, People};
use crate::shop::{Place, Serving};
use crate::table::{self, Row, say};
use crate::{alone, until};

/// The file, its log of 4 MiB, and some to fill.
const SIZE_KB: u64 = 12 * 1024;

const PEOPLE: People = People {
    writers: 3,
    guests: 0,
};

#[test]
fn a_full_disk_under_sqlite_stops_writes_only() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::at(&folder.path().join("disk"), SIZE_KB) else {
        return say("SKIPPED: the full disk under SQLite, since only root may mount one");
    };
    let primary = format!("sqlite:{}", disk.folder.join("shop.db").display());
    let place = Place {
        primary: primary.clone(),
        replicas: Vec::new(),
        folder: folder.path().to_owned(),
        redis: None,
    };
    let key = place.make_key();
    let serving = Serving::start(&place, "shop");
    let load = Load::start(vec![serving.base.clone()], key, PEOPLE);
    until("people are served", Duration::from_secs(60), || {
        load.ledger().window.writes.count() >= 60
    });
    load.ledger().take_window();
    disk.fill();
    until(
        "writes are refused while reads go on",
        Duration::from_secs(60),
        || {
            let window = &load.ledger().window;
            window.writes.errors() >= 20 && window.reads.count() >= 100
        },
    );
    disk.free();
    let freed = std::time::Instant::now();
    let accepted = |load: &Load| load.ledger().acknowledged.len();
    let before = accepted(&load);
    until("writes go on", Duration::from_secs(20), || {
        accepted(&load) > before
    });
    let recovered_after = freed.elapsed();
    load.rest();
    let window = load.ledger().take_window();
    let (reads, own_reads) = (window.reads.errors(), window.own_reads.errors());
    let (lost, faults) = checker::check(&mut checker::connect(&primary), &load.ledger());
    let fault = "disk full, SQLite";
    let row = Row {
        fault,
        window,
        recovered_after,
        lost,
        stale: load.ledger().stale.len(),
    };
    table::print(&[row], "disk-sqlite");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!((reads, own_reads), (0, 0), "reads failed");
    say(&place.say(&["audit", "verify"]));
}
