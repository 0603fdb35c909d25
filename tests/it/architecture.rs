//! The house rules that no lint knows (ARCHITECTURE.md): who may name whom, and what every file begins with.

use std::path::{Path, PathBuf};

/// A source file without its comments and unit tests.
struct Source {
    path: String,
    text: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    collect(Path::new("src"), &mut found);
    assert!(found.len() > 60);
    found
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.to_str().unwrap().to_owned();
            let code = if is_test(&path) {
                String::new()
            } else {
                code_of(&text)
            };
            Source { path, text, code }
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

/// Files that only tests are compiled from.
fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("repo/explain.rs")
}

fn code_of(text: &str) -> String {
    let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = program
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Files whose code holds a word, outside the places where it belongs.
fn strays(word: &str, owners: &[&str]) -> Vec<String> {
    let used = |source: &Source| source.code.contains(word);
    let owned = |path: &str| owners.iter().any(|owner| path.contains(owner));
    sources()
        .into_iter()
        .filter(|source| used(source) && !owned(&source.path))
        .map(|source| source.path)
        .collect()
}

const NOWHERE: [&str; 0] = [];

#[test]
fn each_library_has_its_rooms() {
    let rooms: &[(&str, &[&str])] = &[
        ("diesel::", &["src/db/", "/repo/", "src/error/database.rs"]),
        ("r2d2", &["src/db/", "src/error/database.rs"]),
        // The owner's pages and the answers of web hand markup through.
        ("maud::", &["/views", "src/web/", "src/admin/pages/"]),
        ("html!", &["/views", "src/web/"]),
        (
            "actix_web::",
            &[
                "/routes",
                "src/web/",
                "src/error/",
                "src/startup/",
                "src/health.rs",
                "src/main.rs",
                "src/accounts/guard/",
                "src/admin/api",
                "src/admin/pages/",
                "src/media/",
                "src/cache/",
                "src/realtime/line.rs",
                "src/realtime/session.rs",
            ],
        ),
        // Sessions are the only actors; their library is deprecated.
        ("use actix::", &["src/realtime/session.rs"]),
        ("actix_web_actors", &["src/realtime/session.rs"]),
        ("socket2", &["src/realtime/line.rs"]),
        ("actix_files", &["src/media/", "src/web/"]),
        (
            "awc::",
            &[
                "src/cli/healthcheck.rs",
                "src/cli/search.rs",
                "src/cli/backup/smoke.rs",
                "src/startup/warm_up.rs",
                "src/webhooks/send.rs",
            ],
        ),
        ("argon2", &["src/accounts/password.rs"]),
        ("governor", &["src/web/limits/rate.rs"]),
        ("prometheus_client", &["src/metrics/"]),
        ("clap::", &["src/cli/", "src/config/features.rs"]),
        ("indicatif", &["src/cli/"]),
        // What an import could not take over is written down for a spreadsheet.
        ("csv::", &["src/exchange/", "src/cli/import/fault_file.rs"]),
        ("quick_xml", &["src/web/xml.rs"]),
        ("rust_embed", &["src/web/assets.rs"]),
        ("embed_migrations", &["src/db/migrate/"]),
        ("deadpool_redis", &["src/cache/redis/", "src/realtime/"]),
        // Checksums, and numbers that stand for words.
        ("crc32fast", &["src/cache/redis/", "src/search/engine/schema.rs"]),
        ("frostem", &["src/search/engine/stem.rs"]),
        ("lettre::", &["src/mail/smtp.rs"]),
        ("object_store", &["src/backup/store/bucket/"]),
        ("pulldown_cmark", &["src/web/markdown.rs"]),
        ("tantivy", &["src/search/engine/"]),
        ("ring::signature", &["src/accounts/model/passkey/key.rs"]),
    ];
    for (word, owners) in rooms {
        assert_eq!(strays(word, owners), NOWHERE, "{word} belongs to {owners:?}");
    }
}

#[test]
fn only_the_database_room_knows_which_databases_are_linked() {
    for feature in ["feature = \"mysql\"", "feature = \"sqlite\""] {
        assert_eq!(strays(feature, &["src/db/"]), NOWHERE);
    }
    // The settings refuse what was not built in.
    let owners = ["src/backup/store/mod.rs", "src/config/backup.rs"];
    assert_eq!(strays("feature = \"s3\"", &owners), NOWHERE);
    let owner = ["src/accounts/model/passkey/key.rs"];
    assert_eq!(strays("feature = \"passkeys\"", &owner), NOWHERE);
    let owners = ["src/mail/", "src/config/mail.rs"];
    assert_eq!(strays("feature = \"mail\"", &owners), NOWHERE);
}

#[test]
fn only_the_audited_files_put_anything_into_a_page_unescaped() {
    let audited = ["src/web/structured.rs", "src/web/markdown.rs"];
    assert_eq!(strays("PreEscaped", &audited), NOWHERE);
}

#[test]
fn only_the_settings_read_the_environment() {
    assert_eq!(strays("env::var", &["src/config/"]), NOWHERE);
}

#[test]
fn only_commands_write_to_the_terminal() {
    assert_eq!(strays("println!", &["src/cli/"]), NOWHERE);
}

/// Which rooms a room may name, from the top down. A new room, or a new arrow, is a decision: it is written here first.
const ARROWS: &[(&str, &str)] = &[
    ("main", "cli"),
    (
        "cli",
        "startup backup exchange catalog search submissions webhooks history accounts mail media db web error config telemetry",
    ),
    (
        "startup",
        "admin search submissions webhooks notices backup exchange catalog accounts mail media cache realtime db web error metrics config health telemetry",
    ),
    (
        "admin",
        "search webhooks notices catalog history accounts cache db web error",
    ),
    ("search", "catalog accounts realtime db web error metrics config"),
    (
        "submissions",
        "catalog history accounts media realtime db web error config",
    ),
    ("webhooks", "catalog realtime db error metrics config"),
    ("notices", "submissions catalog accounts realtime db web error"),
    ("exchange", "catalog media db web error"),
    ("catalog", "history db web error"),
    ("history", "db web error"),
    ("accounts", "mail db web error config"),
    ("mail", "db error metrics config"),
    ("media", "db web error config"),
    ("backup", "media db error config"),
    ("cache", "db web error metrics config"),
    ("realtime", "db web error metrics config"),
    ("health", "db error metrics"),
    ("web", "db error metrics config telemetry"),
    ("db", "error metrics"),
    ("telemetry", "config error"),
    ("error", ""),
    ("metrics", ""),
    ("config", ""),
    ("lib", ""),
];

#[test]
fn imports_point_one_way() {
    for source in sources() {
        let room = source
            .path
            .strip_prefix("src/")
            .unwrap()
            .split(['/', '.'])
            .next()
            .unwrap();
        let (_, allowed) = ARROWS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{room} is no known room"));
        for named in rooms_named_in(&source.code) {
            let fine = named == room || allowed.split(' ').any(|allowed| allowed == named);
            assert!(fine, "{} names {named}, which {room} must not know", source.path);
        }
    }
}

/// The rooms behind `crate::`, also in `use crate::{a, b::c}`.
fn rooms_named_in(code: &str) -> Vec<&str> {
    let first = |path: &'_ str| {
        path.trim_start()
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .map_or(0, str::len)
    };
    let mut named = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            named.push(&rest[..first(rest)]);
            continue;
        };
        let (mut depth, mut start) = (1, 0);
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && character == ',') {
                let path = group[start..at].trim_start();
                named.push(&path[..first(path)]);
                start = at + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    named.retain(|word| ARROWS.iter().any(|(room, _)| room == word));
    named
}

#[test]
fn the_reader_of_imports_finds_every_room() {
    for (code, rooms) in [
        ("use crate::db::Router;", vec!["db"]),
        (
            "use crate::{accounts, admin, db::schema, web::layout};",
            vec!["accounts", "admin", "db", "web"],
        ),
        (
            "fn f() -> crate::error::Result<crate::db::Seq> {}",
            vec!["error", "db"],
        ),
        ("use super::web;", vec![]),
    ] {
        assert_eq!(rooms_named_in(code), rooms, "{code}");
    }
}

/// Inside a room: storage knows no answers, what is shown knows no storage, the model knows neither.
#[test]
fn inside_a_room_storage_and_pages_do_not_know_each_other() {
    for source in sources() {
        let forbidden: &[&str] = if source.path.contains("/repo/") {
            &["routes", "views", "Router", "maud"]
        } else if source.path.contains("/views") {
            &["repo::", "routes", "actix_web", "Router", "async "]
        } else if source.path.contains("/model") {
            &["repo::", "routes", "views", "Router", "actix_web", "maud"]
        } else {
            &[]
        };
        let names = |word: &&&str| {
            source
                .code
                .lines()
                .any(|line| line.starts_with("use ") && line.contains(**word))
        };
        assert_eq!(forbidden.iter().find(names), None, "{}", source.path);
    }
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    for Source { path, text, .. } in sources() {
        let starts = text.starts_with("//!") || is_test(&path);
        assert!(starts, "{path} does not say what it is for");
        let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = if is_test(&path) {
            0
        } else {
            program.lines().count()
        };
        assert!(
            lines <= 350,
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
