//! The search index while what it stands on fails: the disk of its folder fills up, the database freezes in the middle of a
//! build. Customers are served from the database, and the index comes back by itself.

use std::time::Duration;

use serde_json::Value;

use crate::cluster::{Cluster, DATABASE};
use crate::disk::SmallDisk;
use crate::shop::{Place, Serving, http};
use crate::table::say;
use crate::{alone, until};

/// For an index of few products and the next commit, which writes a few more files.
const SIZE_KB: u64 = 2 * 1024;

/// Enough for a build that takes seconds in a build with checks.
const PRODUCTS: u64 = 46_656;

const LIMIT: Duration = Duration::from_secs(120);

fn index(serving: &Serving) -> Value {
    let told = http("GET", &format!("{}/search", serving.ops()), "", "");
    told.and_then(|(_, body)| serde_json::from_str(&body).ok())
        .unwrap_or_default()
}

/// How many products a word finds, and whether the database had to find them; `None` without an answer.
fn found(serving: &Serving, word: &str) -> Option<(u64, bool)> {
    let url = format!("{}/api/v1/search?q={word}&total=true&limit=1", serving.base);
    let (_, body) = http("GET", &url, "", "")?;
    let answer: Value = serde_json::from_str(&body).ok()?;
    Some((
        answer["meta"]["total"].as_u64()?,
        answer["meta"]["degraded"] == true,
    ))
}

fn create(serving: &Serving, key: &str, name: &str) {
    let headers = format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n");
    let body = format!("{{\"name\":\"{name}\",\"price\":\"1.00\"}}");
    let url = format!("{}/api/admin/products", serving.base);
    let (head, body) = http("POST", &url, &headers, &body).unwrap();
    assert!(head.contains(" 201 "), "{head}{body}");
}

#[test]
fn a_full_disk_under_the_index_costs_no_search() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::at(&folder.path().join("search"), SIZE_KB) else {
        return say("SKIPPED: the full disk under the search index, since only root may mount one");
    };
    let place = Place {
        primary: format!("sqlite:{}", folder.path().join("shop.db").display()),
        replicas: Vec::new(),
        folder: folder.path().to_owned(),
        redis: None,
    };
    let key = place.make_key();
    let serving = Serving::start(&place, "shop");
    create(&serving, &key, "Marmot");
    until("the index has it, on the disk", LIMIT, || {
        found(&serving, "marmo") == Some((1, false)) && index(&serving)["is_on_disk"] == true
    });
    disk.fill();
    let mut created = 1;
    until("the index notices", LIMIT, || {
        created += 1;
        create(&serving, &key, &format!("Marmot {created}"));
        // Whole words are found by the database meanwhile.
        assert!(found(&serving, "marmot").is_some(), "a search was not answered");
        index(&serving)["is_on_disk"] == false
    });
    until("the index has everything again", LIMIT, || {
        found(&serving, "marmo") == Some((created, false))
    });
    create(&serving, &key, "Otter");
    until("it follows", LIMIT, || {
        found(&serving, "otte") == Some((1, false))
    });
    let log = std::fs::read_to_string(folder.path().join("shop.log")).unwrap();
    let said = log.matches("the search index cannot be kept on disk").count();
    assert_eq!(said, 1, "{log}");
    drop(serving);
    // With room again the next start keeps it there.
    disk.free();
    let serving = Serving::start(&place, "again");
    until("the index is on the disk again", LIMIT, || {
        found(&serving, "marmo") == Some((created, false)) && index(&serving)["is_on_disk"] == true
    });
    drop(serving);
}

#[test]
fn a_database_that_freezes_in_the_middle_of_a_build_delays_the_index_only() {
    let _alone = alone();
    let Some(cluster) = Cluster::start() else {
        return say("SKIPPED: a frozen database under the search index, since there is no MariaDB");
    };
    let folder = tempfile::tempdir().unwrap();
    let place = Place {
        primary: cluster.nodes[0].url("vitrine"),
        replicas: vec![cluster.nodes[1].url("vitrine")],
        folder: folder.path().to_owned(),
        redis: None,
    };
    place.say(&["migrate"]);
    let digits = "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5)";
    cluster.nodes[0].sql(&format!(
        "INSERT INTO {DATABASE}.products (name, name_key, slug, price, stock_quantity, is_active, version, created_at, updated_at) \
         SELECT 'Marmot', 'marmot', CONCAT('m', a.d, b.d, c.d, e.d, f.d, g.d), 1, 0, 1, 1, '2026-01-01', '2026-01-01' \
         FROM {digits} a, {digits} b, {digits} c, {digits} e, {digits} f, {digits} g"
    ));
    // They are no changes of the log, so nobody else would wait for a replica to have them.
    until("the replica has the products", LIMIT, || {
        let count = format!("SELECT COUNT(*) FROM {DATABASE}.products");
        cluster.nodes[1].sql(&count) == PRODUCTS.to_string()
    });
    let mut command = place.vitrine(&["serve", "--no-demo"]);
    command.env("VITRINE__SEARCH__STARTUP_WAIT_S", "0");
    let log = folder.path().join("shop.log");
    let serving = Serving::by(&mut command, &log);
    until("the build has begun", LIMIT, || {
        index(&serving)["built"].as_u64() > Some(0)
    });
    assert_eq!(
        found(&serving, "marmot").map(|(_, is_degraded)| is_degraded),
        Some(true)
    );
    for node in &cluster.nodes[..2] {
        node.signal("STOP");
    }
    let waits = || {
        let log = std::fs::read_to_string(&log).unwrap();
        log.matches("the search index waits for a database").count()
    };
    until("the index says that it waits", LIMIT, || waits() > 0);
    let frozen = index(&serving);
    assert_eq!(frozen["phase"], "building", "{frozen}");
    for node in &cluster.nodes[..2] {
        node.signal("CONT");
    }
    until("the index answers by itself", LIMIT, || {
        found(&serving, "marmo").is_some_and(|(total, is_degraded)| total > 0 && !is_degraded)
    });
    let made = index(&serving);
    assert_eq!(
        (&made["documents"], &made["builds"]),
        (&PRODUCTS.into(), &1.into()),
        "{made}"
    );
    assert_eq!(waits(), 1, "it says so once");
}
