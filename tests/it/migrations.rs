//! The two sets of migrations stay in step.

use std::collections::BTreeSet;

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
