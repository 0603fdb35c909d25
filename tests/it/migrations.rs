//! The two sets of migrations stay in step, and what the program reads is what they make.

use std::collections::BTreeSet;

use vitrine::db::migrate;

use crate::helpers::Shop;
use crate::on_both_databases;

on_both_databases!(
    every_column_that_the_program_knows_can_be_read,
    a_migrated_database_is_left_alone
);

fn names(folder: &str) -> BTreeSet<String> {
    let names: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!names.is_empty());
    names
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(names("migrations/mysql"), names("migrations/sqlite"));
}

#[test]
fn a_migration_of_mysql_is_one_statement_because_it_cannot_be_rolled_back() {
    for name in names("migrations/mysql") {
        for part in ["up", "down"] {
            let sql = std::fs::read_to_string(format!("migrations/mysql/{name}/{part}.sql")).unwrap();
            let code: String = sql
                .lines()
                .filter(|line| !line.trim_start().starts_with("--"))
                .collect();
            assert_eq!(code.matches(';').count(), 1, "{name}/{part}.sql");
        }
    }
}

/// Tables with their columns, as `schema.rs` has them.
fn schema() -> Vec<(String, Vec<String>)> {
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for line in std::fs::read_to_string("src/db/schema.rs").unwrap().lines() {
        if let Some((table, _)) = line
            .strip_suffix(") {")
            .and_then(|line| line.trim().split_once(" ("))
        {
            tables.push((table.to_owned(), Vec::new()));
        } else if let Some((column, _)) = line.trim().split_once(" -> ") {
            tables.last_mut().unwrap().1.push(column.to_owned());
        }
    }
    assert!(
        tables.len() >= 10 && tables.iter().all(|(_, columns)| columns.len() >= 2),
        "{tables:?}"
    );
    tables
}

async fn every_column_that_the_program_knows_can_be_read(shop: Shop) {
    for (table, columns) in schema() {
        let columns = columns.join(", ");
        // Counted from outside, so that every backend reads them and none has to return them.
        shop.count(format!(
            "SELECT COUNT(*) AS count FROM (SELECT {columns} FROM {table}) AS all_rows"
        ))
        .await;
    }
}

async fn a_migrated_database_is_left_alone(shop: Shop) {
    let (primary, _) = vitrine::startup::database_urls(&shop.parts.settings.database).unwrap();
    assert!(shop.parts.is_new);
    assert!(migrate::pending(&primary).unwrap().is_empty());
    let head = shop.parts.db.primary_head().await.unwrap();
    assert_eq!(
        migrate::migrate(&primary).unwrap(),
        migrate::Migrated {
            created: false,
            applied: Vec::new()
        }
    );
    assert_eq!(
        shop.parts.db.primary_head().await.unwrap(),
        head,
        "the history has another name"
    );
    assert_eq!(
        (head.epoch.len(), head.seq),
        (32, 1),
        "a key, made for these tests"
    );
}
