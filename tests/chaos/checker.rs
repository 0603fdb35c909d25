//! Holds what the shop said against what its database has, once everything is quiet. Must not repair anything.

use std::collections::HashMap;
use std::time::Duration;

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use serde_json::Value;
use vitrine::db::changes::{self, Change};
use vitrine::db::connection::{Access, AnyConnection, ConnectionManager};
use vitrine::db::{DatabaseUrl, Seq};

use crate::ledger::{Acknowledged, Ledger, Said};

/// So many of a kind tell enough.
const SHOWN: usize = 5;

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

pub fn connect(url: &str) -> AnyConnection {
    let url = DatabaseUrl::parse(url).unwrap();
    ConnectionManager::new(url, Access::ReadWrite, Duration::from_secs(30))
        .establish()
        .unwrap()
}

pub fn number(connection: &mut AnyConnection, query: &str) -> i64 {
    let row: Number = diesel::sql_query(query).get_result(connection).unwrap();
    row.number
}

/// Where a database stands: position and hash.
pub fn position(connection: &mut AnyConnection) -> Option<(i64, String)> {
    changes::head(connection).ok().map(|head| (head.seq, head.hash))
}

/// How far the log was read already.
#[derive(Default)]
pub struct Seen {
    seq: i64,
    hash: Option<String>,
}

impl Seen {
    /// Checks what is new in the log: gapless, linked, as acknowledged; and that an SQLite file is sound.
    pub fn check(&mut self, connection: &mut AnyConnection, ledger: &Ledger) -> Vec<String> {
        let rows = changes::after(connection, Seq(self.seq), i64::MAX).unwrap();
        let mut faults = Vec::new();
        let since = self.seq;
        for row in &rows {
            if row.seq != self.seq + 1 || self.hash.as_ref().is_some_and(|hash| *hash != row.prev_hash) {
                faults.push(format!("change {} does not follow change {}", row.seq, self.seq));
            }
            (self.seq, self.hash) = (row.seq, Some(row.hash.clone()));
        }
        if position(connection) != self.hash.clone().map(|hash| (self.seq, hash)) {
            faults.push(format!("the head is not at change {}", self.seq));
        }
        let log: HashMap<i64, Change> = rows.into_iter().map(|row| (row.seq, row)).collect();
        let new = ledger.acknowledged.iter().filter(|write| write.seq > since);
        faults.extend(
            new.filter(|write| !is_in(&log, write))
                .map(|write| format!("lost: {write:?}")),
        );
        faults.extend(shelf_faults(connection, ledger));
        faults.extend(made_faults(connection, ledger));
        faults.extend(told(ledger));
        faults.extend(unsound(connection));
        faults
    }
}

/// What the sessions themselves noticed, the first of it.
fn told(ledger: &Ledger) -> impl Iterator<Item = String> {
    let stale = ledger
        .stale
        .iter()
        .take(SHOWN)
        .map(|read| format!("stale: {read}"));
    let odd = ledger
        .odd
        .iter()
        .take(SHOWN)
        .map(|answer| format!("odd: {answer}"));
    stale.chain(odd)
}

/// What SQLite itself finds wrong with its file.
fn unsound(connection: &mut AnyConnection) -> Option<String> {
    let AnyConnection::Sqlite(_) = connection else {
        return None;
    };
    let query = "SELECT COUNT(*) AS number FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
    let found = number(connection, query);
    (found != 0).then(|| format!("the file is damaged in {found} places"))
}

/// Checks everything but the work of other processes; how many acknowledged writes are lost, and what else is wrong.
pub fn check(connection: &mut AnyConnection, ledger: &Ledger) -> (usize, Vec<String>) {
    let log: HashMap<i64, Change> = whole_log(connection)
        .into_iter()
        .map(|row| (row.seq, row))
        .collect();
    let lost: Vec<&Acknowledged> = ledger
        .acknowledged
        .iter()
        .filter(|write| !is_in(&log, write))
        .collect();
    let mut faults: Vec<String> = lost.iter().map(|write| format!("lost: {write:?}")).collect();
    match changes::verify(connection).unwrap() {
        Ok(count) if count == i64::try_from(log.len()).unwrap() => {}
        other => faults.push(format!("the chain of {} changes: {other:?}", log.len())),
    }
    faults.extend(shelf_faults(connection, ledger));
    faults.extend(log.values().filter_map(sold_out_twice));
    faults.extend(made_faults(connection, ledger));
    faults.extend(split_products(connection, &log));
    faults.extend(told(ledger));
    (lost.len(), faults)
}

fn whole_log(connection: &mut AnyConnection) -> Vec<Change> {
    changes::after(connection, Seq(0), i64::MAX).unwrap()
}

fn after(change: &Change) -> Option<Value> {
    serde_json::from_str(change.state_after.as_deref()?).ok()
}

/// Whether the log has the write at its position, with the state that its answer showed.
fn is_in(log: &HashMap<i64, Change>, write: &Acknowledged) -> bool {
    let Some(change) = log.get(&write.seq) else {
        return false;
    };
    let Some(state) = after(change) else {
        return false;
    };
    let is_as_said = match &write.said {
        Said::Price(price) => state["price"] == price.as_str(),
        Said::Stock(left) => state["stock_quantity"] == *left,
        Said::Made(name) => state["name"] == name.as_str() && change.action == "created",
    };
    change.entity == "product" && i64::from(change.entity_id) == write.product_id && is_as_said
}

/// Each delta under one key counts once, however often it was sent.
fn shelf_faults(connection: &mut AnyConnection, ledger: &Ledger) -> Vec<String> {
    let mut faults = Vec::new();
    for (product_id, expected) in &ledger.stock {
        let query = format!("SELECT stock_quantity AS number FROM products WHERE product_id = {product_id}");
        let found = number(connection, &query);
        if found != *expected {
            faults.push(format!(
                "product {product_id} has {found} in stock instead of {expected}"
            ));
        }
    }
    faults
}

fn sold_out_twice(change: &Change) -> Option<String> {
    let left = after(change)?["stock_quantity"].as_i64()?;
    (left < 0).then(|| format!("change {} leaves a stock of {left}", change.seq))
}

/// One product for each key.
fn made_faults(connection: &mut AnyConnection, ledger: &Ledger) -> Option<String> {
    let query = "SELECT COUNT(*) AS number FROM products WHERE name LIKE 'Made %'";
    let (found, made) = (number(connection, query), i64::try_from(ledger.made).unwrap());
    (found != made).then(|| format!("{found} products were made by {made} requests"))
}

/// A product is as its last change left it: row and log were written together or not at all.
fn split_products(connection: &mut AnyConnection, log: &HashMap<i64, Change>) -> Vec<String> {
    let mut last: HashMap<i32, &Change> = HashMap::new();
    for change in log.values().filter(|change| change.entity == "product") {
        let known = last.entry(change.entity_id).or_insert(change);
        if known.seq < change.seq {
            *known = change;
        }
    }
    let count = number(connection, "SELECT COUNT(*) AS number FROM products");
    let versions = number(
        connection,
        "SELECT CAST(SUM(version) AS INTEGER) AS number FROM products",
    );
    let logged: i64 = last.values().map(|change| i64::from(change.version)).sum();
    let logged_count = i64::try_from(last.len()).unwrap();
    let mut faults = Vec::new();
    if (count, versions) != (logged_count, logged) {
        faults.push(format!(
            "{count} products with {versions} versions, the log knows {logged_count} with {logged}"
        ));
    }
    faults
}
