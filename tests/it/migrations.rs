//! The two sets of migrations stay in step, and what the program reads is what they make.

use std::collections::BTreeSet;

use vitrine::db::migrate;

use crate::helpers::{Shop, empty_database};
use crate::on_both_databases;

on_both_databases!(
    every_column_that_the_program_knows_can_be_read,
    a_migrated_database_is_left_alone,
    the_plan_is_told_before_anything_runs_and_a_stamp_ends_it,
    a_new_database_is_made_without_a_thought_for_writes,
    taking_the_newest_migration_back_says_what_is_lost,
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

#[test]
fn each_migration_says_who_waits_for_it_and_what_is_lost_with_it() {
    let stamps: Vec<String> = names("migrations/mysql")
        .iter()
        .map(|name| name.split('_').next().unwrap().to_owned())
        .collect();
    let noted: Vec<&str> = migrate::NOTES.iter().map(|note| note.stamp).collect();
    assert_eq!(noted, stamps, "src/db/migrate/notes.rs");
    for note in migrate::NOTES {
        assert!(!note.lost.is_empty(), "{}", note.stamp);
        if let migrate::Effect::Contract { works_from } = note.effect {
            assert!(
                noted.contains(&works_from) && works_from <= note.stamp,
                "{}",
                note.stamp
            );
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
    assert!(migrate::plan(&primary, None).unwrap().is_empty());
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

/// What `vitrine migrate` with these arguments says about another database, and its exit code.
fn migrate_command(shop: &Shop, url: &str, arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = shop.vitrine(&["migrate"]);
    command
        .args(arguments)
        .env("VITRINE__DATABASE__PRIMARY", url)
        .env("VITRINE__DATABASE__REPLICAS", "");
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).unwrap(), output.status.code())
}

async fn the_plan_is_told_before_anything_runs_and_a_stamp_ends_it(shop: Shop) {
    let url = empty_database(&shop);
    let (plan, code) = migrate_command(&shop, &url, &["--check"]);
    assert_eq!(code, Some(1), "{plan}");
    let place = |name: &str| {
        plan.find(name)
            .unwrap_or_else(|| panic!("{name} is not in {plan}"))
    };
    assert!(place("20261122000100_change_head") < place("20261125002100_schema_floor"));
    let breadth = plan
        .lines()
        .find(|line| line.contains("products_breadth"))
        .unwrap();
    assert!(breadth.contains("blocking"), "{breadth}");
    assert_eq!(
        migrate_command(&shop, &url, &["--check"]).0,
        plan,
        "looking changed something"
    );

    let (said, code) = migrate_command(&shop, &url, &["--to", "20261122000400"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.ends_with("Added 4 migrations.\n") && !said.contains("product_slugs"),
        "{said}"
    );
    let (rest, _) = migrate_command(&shop, &url, &["--check"]);
    assert!(
        rest.contains("product_slugs") && !rest.contains("change_head"),
        "{rest}"
    );
    assert_eq!(
        migrate_command(&shop, &url, &["--to", "20261122000400"]).1,
        Some(0)
    );
    assert_eq!(
        migrate_command(&shop, &url, &["--to", "20269999000000"]).1,
        Some(1)
    );

    let (refused, code) = migrate_command(&shop, &url, &["--online"]);
    assert!(
        code == Some(1)
            && refused.starts_with(rest.split("error: ").next().unwrap())
            && refused.contains("Nothing was changed"),
        "{refused}"
    );
    assert_eq!(migrate_command(&shop, &url, &["--check"]).0, rest);

    assert_eq!(migrate_command(&shop, &url, &[]).1, Some(0));
    assert_eq!(migrate_command(&shop, &url, &["--online"]).1, Some(0));
    let (nothing, code) = migrate_command(&shop, &url, &["--check"]);
    assert_eq!(
        (nothing.as_str(), code),
        ("The database is up to date.\n", Some(0))
    );
}

async fn a_new_database_is_made_without_a_thought_for_writes(shop: Shop) {
    let (said, code) = migrate_command(&shop, &empty_database(&shop), &["--online"]);
    assert!(code == Some(0) && said.contains("Added "), "{said}");
}

async fn taking_the_newest_migration_back_says_what_is_lost(shop: Shop) {
    let url = empty_database(&shop);
    assert_eq!(migrate_command(&shop, &url, &[]).1, Some(0));
    // All the way down, so that each way back is walked once, and up again.
    for note in migrate::NOTES.iter().rev() {
        let (said, code) = migrate_command(&shop, &url, &["--down"]);
        let told = said.contains(note.stamp) && said.contains(&format!("What is lost: {}.", note.lost));
        assert!(told && code == Some(0), "{said}");
    }
    assert_eq!(
        migrate_command(&shop, &url, &["--down"]).1,
        Some(1),
        "nothing is left"
    );
    let (said, code) = migrate_command(&shop, &url, &[]);
    let all = format!("Added {} migrations.\n", migrate::NOTES.len());
    assert!(said.ends_with(&all) && code == Some(0), "{said}");
}

/// A statement that waits for a table makes everybody after it wait, too.
#[cfg(feature = "mysql")]
#[actix_web::test]
async fn a_migration_gives_way_to_whoever_uses_its_table_and_tries_again() {
    use diesel::connection::SimpleConnection;
    use std::time::{Duration, Instant};
    use vitrine::db::DatabaseUrl;

    use crate::helpers::servers::{Servers, connect};

    let Some(servers) = Servers::find() else { return };
    let url = format!("{}/{}", servers.primary, servers.create_database());
    let database = DatabaseUrl::parse(&url).unwrap();
    migrate::migrate_to(&database, Some("20261125001400")).unwrap();
    let (mut reader, mut other) = (connect(&url), connect(&url));
    reader
        .batch_execute("BEGIN; SELECT product_id FROM products")
        .unwrap();
    let migrating = std::thread::spawn(move || migrate::migrate_to(&database, Some("20261125001500")));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let asked = Instant::now();
    other.batch_execute("SELECT product_id FROM products").unwrap();
    let waited = asked.elapsed();
    assert!(!migrating.is_finished(), "it did not wait for the reader");
    assert!(waited < Duration::from_secs(4), "a customer waited {waited:?}");
    reader.batch_execute("COMMIT").unwrap();
    assert_eq!(migrating.join().unwrap().unwrap().applied, ["20261125001500"]);
}
