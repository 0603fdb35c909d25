//! The house rules that no lint knows: who may name which library, and what every file begins with.

use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(Path::new("src"), &mut found);
    assert!(found.len() > 60);
    found
        .into_iter()
        .map(|path| {
            (
                path.to_str().unwrap().to_owned(),
                std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn offenders(word: &str, allowed: &[&str]) -> Vec<String> {
    let code = |text: &str| {
        text.lines()
            .any(|line| !line.trim_start().starts_with("//") && line.contains(word))
    };
    let is_test = |path: &str| path.contains("/tests/") || path.ends_with("tests.rs");
    let outside = |path: &str| !is_test(path) && !allowed.iter().any(|room| path.contains(room));
    sources()
        .into_iter()
        .filter(|(path, text)| outside(path) && code(text))
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn only_storage_names_the_database_library() {
    assert_eq!(
        offenders("diesel::", &["src/db/", "/repo/", "src/error/"]),
        [""; 0]
    );
}

#[test]
fn only_the_database_room_knows_which_databases_are_linked() {
    assert_eq!(
        offenders("feature = \"mysql\"", &["src/db/", "/repo/explain.rs"]),
        [""; 0]
    );
    assert_eq!(
        offenders("feature = \"sqlite\"", &["src/db/", "/repo/explain.rs"]),
        [""; 0]
    );
}

#[test]
fn only_views_and_the_web_room_write_markup() {
    assert_eq!(offenders("html!", &["/views", "src/web/"]), [""; 0]);
}

#[test]
fn nothing_is_put_into_a_page_unescaped() {
    assert_eq!(offenders("PreEscaped", &[]), [""; 0]);
}

#[test]
fn only_the_settings_read_the_environment() {
    assert_eq!(
        offenders("env::var", &["src/config/", "/repo/explain.rs"]),
        [""; 0]
    );
}

/// Rooms that must not be named from a room below them.
#[test]
fn imports_point_one_way() {
    let below: &[(&str, &[&str])] = &[
        (
            "src/db/",
            &[
                "catalog", "accounts", "admin", "search", "exchange", "media", "realtime", "cache",
                "startup", "cli", "web",
            ],
        ),
        (
            "src/web/",
            &[
                "catalog", "accounts", "admin", "search", "exchange", "media", "realtime", "cache",
                "startup", "cli",
            ],
        ),
        (
            "src/cache/",
            &[
                "catalog", "accounts", "admin", "search", "exchange", "startup", "cli",
            ],
        ),
        (
            "src/realtime/",
            &[
                "catalog", "accounts", "admin", "search", "exchange", "startup", "cli",
            ],
        ),
        (
            "src/catalog/",
            &["accounts", "admin", "search", "exchange", "startup", "cli"],
        ),
        (
            "src/accounts/",
            &["catalog", "admin", "search", "exchange", "startup", "cli"],
        ),
        (
            "src/media/",
            &[
                "catalog", "accounts", "admin", "search", "exchange", "startup", "cli",
            ],
        ),
        (
            "src/exchange/",
            &["accounts", "admin", "search", "startup", "cli"],
        ),
        ("src/admin/", &["search", "exchange", "startup", "cli"]),
        (
            "src/search/",
            &["admin", "accounts", "exchange", "startup", "cli"],
        ),
    ];
    for (room, forbidden) in below {
        for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with(room)) {
            for word in *forbidden {
                let named = text
                    .lines()
                    .any(|line| line.contains(&format!("use crate::{word}")));
                assert!(!named, "{path} names {word}, which lies above it");
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//!") || path.ends_with("tests.rs") || path.contains("/tests/"),
            "{path} does not say what it is for"
        );
        let lines = text.lines().count();
        assert!(
            lines <= 400,
            "{path} has {lines} lines; make it a folder of named parts"
        );
        for name in ["utils", "helpers", "common", "manager", "misc"] {
            assert!(
                !path.contains(&format!("/{name}")),
                "{path} has a name that says nothing"
            );
        }
    }
}
