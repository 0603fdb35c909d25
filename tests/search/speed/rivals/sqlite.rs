//! FTS5 with its Porter stemmer, a table beside it for the counts.

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_query};

use super::{COUNTED, Counted, Id, NARROWED, PIECE, counted, row};
use crate::catalog::Catalog;
use crate::measure::{Clock, Figures, forget_peak, memory, seconds, size_of};
use crate::queries::{Kind, Queries};

const TABLES: &str = "
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA mmap_size = 4294967296;
    CREATE TABLE products (id INTEGER PRIMARY KEY, name, brand, categories, traits, description, category, colour, stock);
    CREATE VIRTUAL TABLE words USING fts5(name, brand, categories, traits, description,
        content = 'products', content_rowid = 'id', tokenize = 'porter unicode61');";

const INDEXES: &str = "
    INSERT INTO words(words) VALUES ('rebuild');
    INSERT INTO words(words) VALUES ('optimize');
    CREATE INDEX narrowed ON products (colour, stock, category, brand);
    ANALYZE;";

pub fn measure(catalog: &Catalog, queries: &Queries, size: usize) -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let mut figures = Figures::of("SQLite FTS5");
    forget_peak();
    let begun = Instant::now();
    #[expect(clippy::disallowed_methods, reason = "a database of its own")]
    let mut connection =
        SqliteConnection::establish(&folder.path().join("words.db").to_string_lossy()).unwrap();
    connection.batch_execute(TABLES).unwrap();
    for first in (0..size).step_by(PIECE) {
        let products = (first..size.min(first + PIECE)).map(|number| row(&catalog.product(number)));
        let rows = products.collect::<Vec<_>>().join(",");
        connection
            .batch_execute(&format!("INSERT INTO products VALUES {rows}"))
            .unwrap();
    }
    connection.batch_execute(INDEXES).unwrap();
    figures.add("build, s", seconds(begun));
    let (peak, own) = memory();
    figures.add(
        "highest memory of the build, MiB (own at its end)",
        format!("{peak} ({own})"),
    );
    figures.add("on disk, MiB", size_of(folder.path()).to_string());
    figures.time_all(Clock::Own, queries, |kind, text| ask(&mut connection, kind, text));
    let (peak, own) = memory();
    figures.add("memory after searches, MiB (own)", format!("{peak} ({own})"));
    figures
}

fn ask(connection: &mut SqliteConnection, kind: &Kind, text: &str) -> Option<usize> {
    if kind.is_misspelt {
        return None;
    }
    let matched = format!("words MATCH '{text}{}'", if kind.is_begun { "*" } else { "" });
    let narrowed = if kind.is_narrowed { NARROWED } else { "1" };
    let mut found = 0;
    if !text.is_empty() {
        let hits = match kind.is_narrowed {
            true => format!(
                "SELECT id FROM words JOIN products ON id = words.rowid WHERE {matched} AND {narrowed} ORDER BY rank LIMIT 24"
            ),
            false => format!("SELECT rowid AS id FROM words WHERE {matched} ORDER BY rank LIMIT 24"),
        };
        let hits: Vec<Id> = sql_query(hits).load(connection).unwrap();
        found += hits.iter().filter(|hit| hit.id > 0).count();
    }
    for column in COUNTED.iter().filter(|_| kind.facets) {
        let among = match text.is_empty() {
            true => format!("products WHERE {narrowed}"),
            false => format!("words JOIN products ON id = words.rowid WHERE {matched} AND {narrowed}"),
        };
        let column = column.replace("brand", "products.brand");
        let count =
            format!("SELECT CAST({column} AS TEXT) AS value, COUNT(*) AS count FROM {among} GROUP BY 1");
        let rows: Vec<Counted> = sql_query(count).load(connection).unwrap();
        found += counted(&rows);
    }
    Some(found)
}
