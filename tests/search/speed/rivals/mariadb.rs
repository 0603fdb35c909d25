//! InnoDB's FULLTEXT as the server has it by default, with a buffer pool that holds the index.

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::{Connection, MysqlConnection, RunQueryDsl, sql_query};

use super::{COUNTED, Counted, Id, NARROWED, PIECE, counted, row};
use crate::catalog::Catalog;
use crate::measure::{Clock, Figures, seconds};
use crate::queries::{Kind, Queries};

/// The replicas of the test servers would do all of it again.
const TABLES: &str = "
    SET SESSION sql_log_bin = 0; SET GLOBAL innodb_buffer_pool_size = 1073741824;
    CREATE OR REPLACE DATABASE search_speed CHARACTER SET utf8mb4; USE search_speed;
    CREATE TABLE products (id INT PRIMARY KEY, name VARCHAR(255), brand VARCHAR(100), categories VARCHAR(255),
        traits VARCHAR(255), description TEXT, category VARCHAR(100), colour VARCHAR(20), stock INT);";

const INDEXES: &str = "
    ALTER TABLE products ADD INDEX narrowed (colour, stock, category, brand);
    ALTER TABLE products ADD FULLTEXT INDEX words (name, brand, categories, traits, description);
    ANALYZE TABLE products;";

const MATCH: &str = "MATCH (name, brand, categories, traits, description) AGAINST";

/// `None` without a server.
pub fn measure(catalog: &Catalog, queries: &Queries, size: usize) -> Option<Figures> {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the test servers say that they are"
    )]
    let server = std::env::var("VITRINE_TEST_MYSQL_PRIMARY_ADMIN").ok()?;
    let mut figures = Figures::of("MariaDB FULLTEXT");
    let begun = Instant::now();
    #[expect(clippy::disallowed_methods, reason = "a database of its own")]
    let mut connection = MysqlConnection::establish(&format!("{server}/mysql")).unwrap();
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
    let size = "SELECT CAST(SUM(file_size) / 1048576 AS SIGNED) AS id FROM information_schema.innodb_sys_tablespaces \
                WHERE name LIKE 'search_speed/%'";
    figures.add("on disk, MiB", number(&mut connection, size));
    figures.time_all(Clock::Wall, queries, |kind, text| {
        ask(&mut connection, kind, text)
    });
    let memory = "SELECT CAST(variable_value / 1048576 AS SIGNED) AS id FROM information_schema.global_status \
                  WHERE variable_name = 'MEMORY_USED'";
    figures.add(
        "memory after searches, MiB (own)",
        format!("({})", number(&mut connection, memory)),
    );
    connection.batch_execute("DROP DATABASE search_speed").unwrap();
    Some(figures)
}

fn number(connection: &mut MysqlConnection, query: &str) -> String {
    let rows: Vec<Id> = sql_query(query).load(connection).unwrap();
    rows[0].id.to_string()
}

fn ask(connection: &mut MysqlConnection, kind: &Kind, text: &str) -> Option<usize> {
    if kind.is_misspelt {
        return None;
    }
    // Every word has to be there, as in the other engines.
    let words: Vec<String> = text.split_whitespace().map(|word| format!("+{word}")).collect();
    let begun = if kind.is_begun { "*" } else { "" };
    let matched = match text.is_empty() {
        true => "1".to_owned(),
        false => format!("{MATCH} ('{}{begun}' IN BOOLEAN MODE)", words.join(" ")),
    };
    let narrowed = if kind.is_narrowed { NARROWED } else { "1" };
    let mut found = 0;
    if !text.is_empty() {
        let hits = format!(
            "SELECT CAST(id AS SIGNED) AS id FROM products WHERE {matched} AND {narrowed} ORDER BY {matched} DESC LIMIT 24"
        );
        let hits: Vec<Id> = sql_query(hits).load(connection).unwrap();
        found += hits.iter().filter(|hit| hit.id > 0).count();
    }
    for column in COUNTED.iter().filter(|_| kind.facets) {
        let count = format!(
            "SELECT CAST({column} AS CHAR) AS value, COUNT(*) AS count FROM products WHERE {matched} AND {narrowed} GROUP BY 1"
        );
        let rows: Vec<Counted> = sql_query(count).load(connection).unwrap();
        found += counted(&rows);
    }
    Some(found)
}
