//! Every place where the two databases need different words. Repositories call these by meaning and never
//! ask which database they talk to.

use diesel::BoxableExpression;
#[cfg(feature = "sqlite")]
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::connection::{AnyConnection, MultiBackend};
#[cfg(feature = "mysql")]
use super::schema::products;
use super::walk::Products;

/// A condition on products.
pub type ProductPredicate = Box<dyn BoxableExpression<Products, MultiBackend, SqlType = Bool>>;

/// The id that this session's last INSERT was given. The common denominator: MySQL has no RETURNING.
///
/// # Errors
/// Those of the query.
pub fn last_insert_id(connection: &mut AnyConnection) -> QueryResult<i32> {
    let id: i64 = match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => {
            diesel::select(sql::<BigInt>("CAST(LAST_INSERT_ID() AS SIGNED)")).get_result(connection)?
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(connection) => {
            diesel::select(sql::<BigInt>("last_insert_rowid()")).get_result(connection)?
        }
    };
    i32::try_from(id).map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))
}

/// Products whose name or description holds every word (or a word that begins with it); `words` are folded
/// letters and digits only, so no operator of a user reaches a full-text engine. No words match nothing.
pub fn holds_words(connection: &AnyConnection, words: &[String]) -> ProductPredicate {
    if words.is_empty() {
        return Box::new(sql::<Bool>("1 = 0"));
    }
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => mysql_holds_words(words),
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => {
            let query: Vec<String> = words.iter().map(|word| format!("\"{word}\"*")).collect();
            Box::new(
                sql::<Bool>(
                    "products.product_id IN (SELECT rowid FROM products_text WHERE products_text MATCH ",
                )
                .bind::<Text, _>(query.join(" "))
                .sql(")"),
            )
        }
    }
}

/// InnoDB indexes no word of fewer than three characters (`innodb_ft_min_token_size`), so those are looked
/// for in the name by LIKE: `+xr*` alone finds no "XR lamp".
#[cfg(feature = "mysql")]
fn mysql_holds_words(words: &[String]) -> ProductPredicate {
    const SHORTEST_INDEXED: usize = 3;
    let (indexed, short): (Vec<&String>, Vec<&String>) = words
        .iter()
        .partition(|word| word.chars().count() >= SHORTEST_INDEXED);
    let mut predicate: Option<ProductPredicate> = None;
    if !indexed.is_empty() {
        let query: Vec<String> = indexed.iter().map(|word| format!("+{word}*")).collect();
        predicate = Some(Box::new(
            sql::<Bool>("MATCH(products.name, products.description) AGAINST (")
                .bind::<Text, _>(query.join(" "))
                .sql(" IN BOOLEAN MODE)"),
        ));
    }
    for word in short {
        let in_name = products::name.like(format!("%{word}%"));
        predicate = Some(match predicate {
            None => Box::new(in_name),
            Some(others) => Box::new(others.and(in_name)),
        });
    }
    predicate.unwrap_or_else(|| Box::new(sql::<Bool>("1 = 0")))
}

/// Lets SQLite look at its tables where it has not since they grew: without that it takes the index of a flag that nearly
/// every row has for a telling one (a list by popularity of 100,000 products took 8.4 ms instead of 1.0). It reads at most
/// 400 rows of each index. The other two keep such figures by themselves.
///
/// # Errors
/// Those of the statement.
pub fn refresh_statistics(connection: &mut AnyConnection) -> crate::error::Result<()> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => Ok(()),
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(connection) => {
            let words = "PRAGMA analysis_limit = 400; PRAGMA optimize = 0x10002;";
            Ok(connection.batch_execute(words)?)
        }
    }
}

/// Whether the server refuses writes, whoever asks. (The variable alone: beside an aggregate MariaDB answers 0.)
///
/// # Errors
/// Those of the query.
pub fn is_read_only(connection: &mut AnyConnection) -> QueryResult<bool> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => {
            diesel::select(sql::<Bool>("@@GLOBAL.read_only <> 0")).get_result(connection)
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => Ok(false),
    }
}

/// The number and the version by which the server knows itself.
///
/// # Errors
/// Those of the query.
pub fn server(connection: &mut AnyConnection) -> QueryResult<(i64, String)> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => {
            let words = sql::<(BigInt, Text)>("CAST(@@server_id AS SIGNED), CAST(@@version AS CHAR)");
            diesel::select(words).get_result(connection)
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(connection) => {
            diesel::select(sql::<(BigInt, Text)>("0, sqlite_version()")).get_result(connection)
        }
    }
}

/// Makes a transaction that has begun the one that writes, once nobody else does. On SQLite one that has read first fails at once
/// where another process writes, however patient its connection is; others lock rows, and wait for those.
///
/// # Errors
/// Those of the statement.
pub fn wait_to_write(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => Ok(()),
        // Takes the lock, whether it finds a row or not.
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(connection) => {
            connection.batch_execute("UPDATE change_head SET seq = seq WHERE FALSE")
        }
    }
}

/// Writes the heartbeat, unless another node just did. No heartbeat is written on SQLite: it has no replicas.
///
/// # Errors
/// Those of the statement.
pub fn beat(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => diesel::sql_query(
            "INSERT INTO heartbeat (heartbeat_id, beat_at) VALUES (1, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE \
             beat_at = IF(beat_at < UTC_TIMESTAMP(6) - INTERVAL 400000 MICROSECOND, UTC_TIMESTAMP(6), beat_at)",
        )
        .execute(connection)
        .map(drop),
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => Ok(()),
    }
}
