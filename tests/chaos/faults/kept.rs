//! Faults of what answers are kept in and of what they are made from: Redis, the databases, a process that is making one.

use std::time::{Duration, Instant};

use deadpool_redis::redis::Connection;

use super::{End, Fault, Harm, fault, kill};
use crate::cluster::signal;
use crate::pause;
use crate::redis::said;
use crate::shop;
use crate::stage::Stage;
use crate::table::say;

pub struct Scene {
    pub fault: Fault,
    /// What the shop counts of it: without any there was no fault.
    pub trace: &'static str,
}

const fn scene(fault: Fault, trace: &'static str) -> Scene {
    Scene { fault, trace }
}

const MISSED: &str = "cache_requests_total{layer=\"l2\",result=\"miss\"}";
const NOT_ASKED: &str = "cache_requests_total{layer=\"l2\",result=\"bypass\"}";
const REFUSED: &str = "cache_requests_total{layer=\"l2\",result=\"error\"}";
const RUBBISH: &str = "cache_requests_total{layer=\"l2\",result=\"corrupt\"}";
const OUTDATED: &str = "cache_requests_total{layer=\"l1\",result=\"stale_error\"}";
const LEASE_LOST: &str = "cache_lease_total{result=\"lost\"}";

/// Those that every run of the tests can afford.
pub const SHORT: [Scene; 3] = [
    scene(fault("Redis emptied ten times", 0, Harm::Nobody, empty), MISSED),
    scene(fault("Redis frozen", 3, Harm::Nobody, freeze), NOT_ASKED),
    scene(fault("Redis killed", 3, Harm::Nobody, kill_redis), NOT_ASKED),
];

pub const ALL: [Scene; 9] = [
    scene(fault("Redis emptied ten times", 2, Harm::Nobody, empty), MISSED),
    scene(fault("Redis frozen", 8, Harm::Nobody, freeze), NOT_ASKED),
    scene(fault("Redis killed", 5, Harm::Nobody, kill_redis), NOT_ASKED),
    scene(
        fault("Redis out of memory", 5, Harm::Nobody, take_memory),
        REFUSED,
    ),
    scene(
        fault(
            "Redis read-only, a replica of nobody",
            5,
            Harm::Nobody,
            make_replica,
        ),
        REFUSED,
    ),
    scene(
        fault("Redis cannot write to its disk", 5, Harm::Nobody, misconfigure),
        REFUSED,
    ),
    scene(
        fault("rubbish under every key in Redis", 2, Harm::Nobody, spoil_values),
        RUBBISH,
    ),
    scene(
        fault("all databases killed", 6, Harm::Writes, kill_databases),
        OUTDATED,
    ),
    scene(
        fault("process killed that held a lease", 2, Harm::Nobody, kill_holder),
        LEASE_LOST,
    ),
];

const AGAIN: Duration = Duration::from_millis(200);

fn empty(stage: &Stage) -> End {
    for _ in 0..10 {
        stage.redis.say::<()>(&["FLUSHALL"]);
        pause(AGAIN);
    }
    Box::new(|_| {})
}

fn freeze(stage: &Stage) -> End {
    stage.redis.signal("STOP");
    Box::new(|stage| stage.redis.signal("CONT"))
}

fn kill_redis(stage: &Stage) -> End {
    stage.redis.kill();
    Box::new(|stage| stage.redis.start_again())
}

/// It answers, and takes nothing.
fn take_memory(stage: &Stage) -> End {
    set(stage, "maxmemory-policy", "noeviction");
    set(stage, "maxmemory", "1");
    Box::new(|stage| {
        set(stage, "maxmemory", "64mb");
        set(stage, "maxmemory-policy", "allkeys-lru");
    })
}

fn make_replica(stage: &Stage) -> End {
    // Nothing answers there.
    stage.redis.say::<()>(&["REPLICAOF", "127.0.0.1", "1"]);
    Box::new(|stage| stage.redis.say(&["REPLICAOF", "NO", "ONE"]))
}

fn misconfigure(stage: &Stage) -> End {
    stage.redis.fail_to_save();
    Box::new(|stage| set(stage, "save", ""))
}

fn set(stage: &Stage, name: &str, value: &str) {
    stage.redis.say::<()>(&["CONFIG", "SET", name, value]);
}

/// Again and again, since the shop writes over it.
fn spoil_values(stage: &Stage) -> End {
    let mut connection = stage.redis.connection().unwrap();
    for _ in 0..20 {
        spoil(&mut connection);
        pause(AGAIN);
    }
    Box::new(|_| {})
}

/// Answers that are none, of five kinds, and leases that nobody took and that never end.
fn spoil(connection: &mut Connection) {
    let keys: Vec<Vec<u8>> = said(connection, &["KEYS", "vitrine:*:answer:*"]).unwrap();
    let mut another = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        let Ok(mut value) = said::<Vec<u8>>(connection, &[b"GET", &key[..]]) else {
            continue;
        };
        let before = value.clone();
        match number % 5 {
            0 => value = (0..900).map(|_| fastrand::u8(..)).collect(),
            1 => value.truncate(value.len() / 2),
            // The version of the format.
            2 => value[3..4].iter_mut().for_each(|version| *version += 1),
            3 => value = another,
            _ => value.clear(),
        }
        another = before;
        said::<()>(connection, &[b"DEL", &key[..]]).unwrap();
        if value.is_empty() {
            said::<()>(connection, &[b"RPUSH", &key[..], b"a list"]).unwrap();
        } else {
            said::<()>(connection, &[b"SET", &key[..], &value]).unwrap();
        }
        let lease = String::from_utf8(key.clone())
            .unwrap()
            .replacen(":answer:", ":lease:", 1);
        said::<()>(connection, &["SET", &lease, "nobody's"]).unwrap();
    }
}

/// With all that is kept out of date a moment before, so that there is something to mark.
fn kill_databases(stage: &Stage) -> End {
    stage.load.rest();
    stage.outdate();
    let ends: Vec<End> = (0..stage.cluster.nodes.len())
        .map(|node| kill(stage, node))
        .collect();
    stage.load.work();
    Box::new(|stage| ends.into_iter().for_each(|end| end(stage)))
}

/// A process dies while it makes an answer that others want, too: they do not wait for the end of its lease.
fn kill_holder(stage: &Stage) -> End {
    stage.leave_shop();
    let path = held(stage);
    stage.kill_shop();
    let begun = Instant::now();
    let failed = stage.ask_at_once(&path, 8);
    say(&format!("made by the other process after {:?}", begun.elapsed()));
    assert_eq!(leases(stage, &path), 1, "the lease was over before it was to be");
    if failed > 0 {
        let told = format!("{path}: {failed} got no answer while a dead process held the lease");
        stage.load.ledger().odd.push(told);
    }
    Box::new(Stage::start_shop)
}

/// The address of an answer that a process was just making when it was stopped, with the lease in its hands.
fn held(stage: &Stage) -> String {
    let (doomed, process) = {
        let shop = &stage.shops.borrow()[0];
        (shop.base.clone(), shop.id())
    };
    for cents in 10..99 {
        let path = format!("/products?min_price=0.{cents}");
        let url = format!("{doomed}{path}");
        let asked = std::thread::spawn(move || shop::http("GET", &url, "", ""));
        while leases(stage, &path) == 0 && !asked.is_finished() {}
        signal(process, "STOP");
        if leases(stage, &path) == 1 && !asked.is_finished() {
            return path;
        }
        // It was quicker.
        signal(process, "CONT");
    }
    panic!("it never held a lease for long enough to be stopped");
}

fn leases(stage: &Stage, path: &str) -> usize {
    let (_, query) = path.split_once('?').unwrap();
    let pattern = format!("vitrine:*:lease:*{query}");
    stage.redis.say::<Vec<String>>(&["KEYS", &pattern]).len()
}
