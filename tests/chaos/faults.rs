//! The faults by name: how each begins and ends, and what it may do to those who read and write. Must not know how that
//! is found out.

pub mod kept;
mod promotion;
mod replication;

use std::time::Duration;

use crate::relay::Cable;
use crate::stage::Stage;

/// Ends a fault that has begun.
pub type End = Box<dyn FnOnce(&Stage)>;

pub struct Fault {
    pub name: &'static str,
    pub hold: Duration,
    pub harm: Harm,
    pub begin: fn(&Stage) -> End,
}

/// What a fault may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Nobody fails; those who had asked the node wait until it is given up, others notice nothing.
    Nobody,
    /// Nobody fails, but some wait again and again: the node answers looks and is slow with work.
    Patience,
    /// Writes are refused, reads go on.
    Writes,
}

const fn fault(name: &'static str, hold_s: u64, harm: Harm, begin: fn(&Stage) -> End) -> Fault {
    Fault {
        name,
        hold: Duration::from_secs(hold_s),
        harm,
        begin,
    }
}

/// Those that every run of the tests can afford.
pub const SHORT: [Fault; 4] = [
    fault("replica frozen", 3, Harm::Nobody, |stage| freeze(stage, 1)),
    fault("replica killed", 3, Harm::Nobody, |stage| kill(stage, 1)),
    fault(
        "SQL threads of both replicas stopped",
        4,
        Harm::Nobody,
        replication::stop_appliers,
    ),
    fault("primary frozen", 5, Harm::Writes, |stage| freeze(stage, 0)),
];

/// All of them. Whatever moves the primary comes last.
pub const ALL: [Fault; 18] = [
    fault("replica frozen", 10, Harm::Nobody, |stage| freeze(stage, 1)),
    fault("replica killed", 5, Harm::Nobody, |stage| kill(stage, 1)),
    fault("both replicas killed", 5, Harm::Nobody, kill_replicas),
    fault("replica cut off", 10, Harm::Nobody, |stage| {
        spoil(stage, 2, Cable::Cut)
    }),
    fault("replica answers 200 ms late", 5, Harm::Patience, |stage| {
        spoil(stage, 1, LATE)
    }),
    fault("replica locks a table", 3, Harm::Patience, lock_table_on_replica),
    fault(
        "replica without a free connection",
        5,
        Harm::Patience,
        exhaust_connections,
    ),
    fault("replica delayed by 10 s", 12, Harm::Nobody, replication::delay),
    fault(
        "SQL thread of a replica stopped",
        8,
        Harm::Nobody,
        replication::stop_applier,
    ),
    fault(
        "SQL threads of both replicas stopped",
        8,
        Harm::Nobody,
        replication::stop_appliers,
    ),
    fault("replica diverged", 6, Harm::Nobody, replication::diverge),
    fault("primary frozen", 30, Harm::Writes, |stage| freeze(stage, 0)),
    fault("primary killed", 5, Harm::Writes, |stage| kill(stage, 0)),
    fault("primary cut off", 10, Harm::Writes, |stage| {
        spoil(stage, 0, Cable::Cut)
    }),
    fault("primary read-only", 5, Harm::Writes, make_read_only),
    fault("pool exhausted behind a lock", 8, Harm::Writes, hold_the_log),
    fault("replica promoted in order", 0, Harm::Writes, promotion::in_order),
    fault(
        "primary killed, replica promoted (semi-sync)",
        0,
        Harm::Writes,
        promotion::in_need,
    ),
];

/// Needs a disk of its own, which only root may make.
pub const FULL_DISK: Fault = fault("disk of the primary full", 10, Harm::Writes, fill_disk);

const LATE: Cable = Cable::Slow(Duration::from_millis(200));

fn freeze(stage: &Stage, node: usize) -> End {
    stage.node(node).signal("STOP");
    Box::new(move |stage| stage.node(node).signal("CONT"))
}

fn kill(stage: &Stage, node: usize) -> End {
    stage.node(node).kill();
    Box::new(move |stage| {
        stage.node(node).start();
        if node != 0 {
            stage.node(node).sql("START SLAVE");
        }
    })
}

fn kill_replicas(stage: &Stage) -> End {
    let ends = [kill(stage, 1), kill(stage, 2)];
    Box::new(|stage| ends.into_iter().for_each(|end| end(stage)))
}

fn spoil(stage: &Stage, node: usize, cable: Cable) -> End {
    stage.cables[node].set(cable);
    Box::new(move |stage| stage.cables[node].set(Cable::Whole))
}

fn make_read_only(stage: &Stage) -> End {
    stage.node(0).sql("SET GLOBAL read_only = 1");
    Box::new(|stage| drop(stage.node(0).sql("SET GLOBAL read_only = 0")))
}

/// Every write waits for the log's head, and holds its connection meanwhile.
fn hold_the_log(stage: &Stage) -> End {
    let session = stage
        .node(0)
        .hold("BEGIN; SELECT seq FROM change_head FOR UPDATE;")
        .unwrap();
    Box::new(|_| drop(session))
}

/// Whoever reads products there waits, though the server is well: like a query that takes too long.
fn lock_table_on_replica(stage: &Stage) -> End {
    let session = stage.node(1).hold("LOCK TABLES products WRITE;").unwrap();
    Box::new(|_| drop(session))
}

fn exhaust_connections(stage: &Stage) -> End {
    stage
        .node(1)
        .sql("SET GLOBAL max_connections = 10; KILL CONNECTION USER vitrine");
    let hogs: Vec<_> = (0..10).filter_map(|_| stage.node(1).hold("")).collect();
    Box::new(|stage| {
        drop(hogs);
        stage.node(1).sql("SET GLOBAL max_connections = 500");
    })
}

/// The server refuses, waits or ends by itself: it is started again as a service manager would.
fn fill_disk(stage: &Stage) -> End {
    // A start alone takes 12 MiB for temporary tables.
    stage.node(0).move_to_small_disk(40 * 1024);
    stage.await_whole(Duration::from_secs(60));
    stage.load.ledger().take_window();
    stage.node(0).fill_disk();
    Box::new(|stage| {
        stage.node(0).free_disk();
        if !stage.node(0).is_running() {
            stage.node(0).start();
        }
        stage.await_whole(Duration::from_secs(120));
        stage.node(0).leave_small_disk();
    })
}
