//! What `db/dialect.rs` is for queries, for loads: every place where the two databases need different words.

use std::collections::{BTreeMap, HashSet};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
#[cfg(feature = "mysql")]
use diesel::sql_types::Nullable;
use diesel::sql_types::{BigInt, Text};

use crate::db::changes::Entity;
use crate::db::connection::AnyConnection;
use crate::error::{Error, Result};

/// The table in which things of this kind have their ids from the database, and its key; `None` where there is only one.
fn numbered(entity: Entity) -> Option<(&'static str, &'static str)> {
    Some(match entity {
        Entity::Product => ("products", "product_id"),
        Entity::Category | Entity::Brand | Entity::Tag => ("terms", "term_id"),
        Entity::Attribute => ("attributes", "attribute_id"),
        Entity::Synonym | Entity::Redirect => ("search_rules", "rule_id"),
        Entity::Page => ("text_pages", "page_id"),
        Entity::Submission => ("submissions", "submission_id"),
        Entity::User => ("users", "user_id"),
        Entity::Key => ("api_keys", "key_id"),
        Entity::Webhook => ("webhooks", "webhook_id"),
        Entity::Cache | Entity::History => return None,
    })
}

/// Rows come in no order that references could follow, and nobody else looks at them yet; of SQLite's file nothing has to
/// survive a power cut before it is complete.
pub(super) fn prepare(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => connection.batch_execute(
            "SET SESSION foreign_key_checks = 0, SESSION unique_checks = 0, \
             SESSION lock_wait_timeout = 60, SESSION innodb_lock_wait_timeout = 60",
        ),
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(connection) => connection.batch_execute(
            "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; \
             PRAGMA temp_store = MEMORY;",
        ),
    }
}

/// Takes the indexes off the two tables that have many, and returns the statements that build them again. A server that keeps
/// each of them right with each row takes several times as long as one that sorts them once; SQLite does not.
pub(super) fn put_indexes_off(connection: &mut AnyConnection) -> Result<Vec<String>> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => {
            let mut statements = Vec::new();
            for table in ["products", "changes"] {
                let indexes = indexes(connection, table)?;
                if indexes.is_empty() {
                    continue;
                }
                let listed = |words: &dyn Fn(&(String, String)) -> String, is_text: bool| {
                    let wanted = indexes
                        .iter()
                        .filter(|(_, index)| index.starts_with("FULLTEXT") == is_text);
                    wanted.map(words).collect::<Vec<_>>().join(", ")
                };
                let drop = |(name, _): &(String, String)| format!("DROP KEY `{name}`");
                let add = |(_, index): &(String, String)| format!("ADD {index}");
                for is_text in [false, true] {
                    if !listed(&drop, is_text).is_empty() {
                        let dropped = format!("ALTER TABLE {table} {}", listed(&drop, is_text));
                        connection.batch_execute(&dropped)?;
                        statements.push(format!("ALTER TABLE {table} {}", listed(&add, is_text)));
                    }
                }
            }
            Ok(statements)
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => Ok(Vec::new()),
    }
}

/// Each index of a table but its primary key, by name, as the server writes it.
#[cfg(feature = "mysql")]
fn indexes(connection: &mut AnyConnection, table: &str) -> Result<Vec<(String, String)>> {
    #[derive(QueryableByName)]
    struct Definition {
        #[diesel(sql_type = Text, column_name = "Create Table")]
        text: String,
    }
    let definition: Definition =
        diesel::sql_query(format!("SHOW CREATE TABLE {table}")).get_result(connection)?;
    let index = |line: &str| {
        let line = line.trim().trim_end_matches(',');
        let kinds = ["KEY `", "UNIQUE KEY `", "FULLTEXT KEY `"];
        let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
        Some((rest.split_once('`')?.0.to_owned(), line.to_owned()))
    };
    Ok(definition.text.lines().filter_map(index).collect())
}

/// What was written stands in the database's own file and on the disk.
pub(super) fn finish(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => Ok(()),
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(connection) => {
            connection.batch_execute("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);")
        }
    }
}

/// Takes the shop's lock of backups for as long as the connection lasts; false when somebody has it. SQLite has none: there
/// is only one machine, and a file is locked.
pub(super) fn lock(connection: &mut AnyConnection) -> QueryResult<bool> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => {
            let words = sql::<Nullable<BigInt>>("GET_LOCK(CONCAT(DATABASE(), '.vitrine.backup'), 0)");
            let locked: Option<i64> = diesel::select(words).get_result(connection)?;
            Ok(locked == Some(1))
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => Ok(true),
    }
}

/// The next id of each kind of thing is above every id that the change log names, also of things that are gone: else the
/// history of one would be taken for another's.
pub(super) fn skip_used_ids(connection: &mut AnyConnection) -> Result<()> {
    let mut tables: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for entity in Entity::ALL {
        if let Some(table) = numbered(entity) {
            tables
                .entry(table)
                .or_default()
                .push(format!("'{}'", entity.name()));
        }
    }
    for ((table, key), entities) in tables {
        let entities = entities.join(", ");
        let highest = format!(
            "(SELECT MAX(id) FROM (SELECT COALESCE(MAX(entity_id), 0) AS id FROM changes WHERE entity IN ({entities}) \
             UNION ALL SELECT COALESCE(MAX({key}), 0) FROM {table}) AS ids)"
        );
        let highest: i64 = diesel::select(sql::<BigInt>(&highest)).get_result(connection)?;
        match connection {
            #[cfg(feature = "mysql")]
            AnyConnection::Mysql(connection) => {
                connection.batch_execute(&format!("ALTER TABLE {table} AUTO_INCREMENT = {}", highest + 1))?;
            }
            #[cfg(feature = "sqlite")]
            AnyConnection::Sqlite(connection) => connection.batch_execute(&format!(
                "DELETE FROM sqlite_sequence WHERE name = '{table}'; \
                 INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {highest});"
            ))?,
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Every table with each of its columns.
pub(super) fn columns(connection: &mut AnyConnection) -> Result<HashSet<(String, String)>> {
    let query = match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => {
            "SELECT CONCAT(table_name, ' ', column_name) AS text FROM information_schema.columns WHERE table_schema = DATABASE()"
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => {
            "SELECT t.name || ' ' || c.name AS text FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        }
    };
    let found: Vec<Found> = diesel::sql_query(query).load(connection)?;
    let parted = |Found { text }: &Found| {
        let (table, column) = text.split_once(' ')?;
        Some((table.to_owned(), column.to_owned()))
    };
    Ok(found.iter().filter_map(parted).collect())
}

/// Refuses a database in which a row refers to nothing.
pub(super) fn verify_references(connection: &mut AnyConnection) -> Result<()> {
    let query = match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => orphans(connection)?,
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => {
            "SELECT DISTINCT \"table\" AS text FROM pragma_foreign_key_check".to_owned()
        }
    };
    let orphaned: Vec<Found> = diesel::sql_query(query).load(connection)?;
    match orphaned.first() {
        None => Ok(()),
        Some(Found { text }) => Err(Error::internal(format!("a row of {text} refers to nothing"))),
    }
}

/// A query for the tables with a row whose foreign key leads nowhere; InnoDB does not look behind itself.
#[cfg(feature = "mysql")]
fn orphans(connection: &mut AnyConnection) -> Result<String> {
    let each = "SELECT CONCAT('SELECT ''', k.table_name, ''' AS text FROM `', k.table_name, '` a LEFT JOIN `', \
                k.referenced_table_name, '` b ON a.`', k.column_name, '` = b.`', k.referenced_column_name, \
                '` WHERE a.`', k.column_name, '` IS NOT NULL AND b.`', k.referenced_column_name, '` IS NULL') AS text \
                FROM information_schema.key_column_usage k \
                WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL";
    let queries: Vec<Found> = diesel::sql_query(each).load(connection)?;
    let queries: Vec<String> = queries.into_iter().map(|found| found.text).collect();
    Ok(format!(
        "SELECT DISTINCT text FROM ({}) AS orphans",
        queries.join(" UNION ALL ")
    ))
}
