//! Splits `products` by category inside MariaDB, and puts it together again. Must not know why a shop wants that.
//!
//! A partitioned table can have no unique key without the partitioning column, and no foreign key may lead to it. So what
//! must be unique moves to a table of its own, `product_keys`, kept by triggers: they run inside the statement that
//! writes the product, so a taken address or article number fails it as the unique key did. Nothing else of the program
//! knows of any of this: each index keeps its name, and `FORCE INDEX (PRIMARY)` finds `keys::BY_ID`, since a name may be
//! shortened as long as only one key begins with it.
//!
//! Both ways are worked out from what the database has at the moment, so a way that broke off is walked on by asking again.

mod keys;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::{AnyConnection, DatabaseUrl};
use super::migrate;
use crate::error::{Error, Result};

/// How many partitions there are; the hash of a category's name decides which one holds it.
pub const PARTITIONS: u32 = 16;

/// Where a shop stands, and what each way would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionPlan {
    pub is_partitioned: bool,
    pub products: i64,
    pub categories: i64,
    /// Empty when nothing is left to do in that direction.
    pub apply: Vec<String>,
    pub revert: Vec<String>,
}

/// Looks at a database; changes nothing. Blocking.
///
/// # Errors
/// A refusal with its reason on SQLite and MySQL; the database's own error.
pub fn plan(url: &DatabaseUrl) -> Result<PartitionPlan> {
    migrate::alone(url, look)
}

/// Partitions. Blocking, for the shop's writers, too.
///
/// # Errors
/// As [`plan`].
pub fn apply(url: &DatabaseUrl) -> Result<()> {
    migrate::alone(url, |connection| {
        let statements = look(connection)?.apply;
        run(connection, &statements)
    })
}

/// Takes partitioning back. Blocking, for the shop's writers, too.
///
/// # Errors
/// As [`plan`].
pub fn revert(url: &DatabaseUrl) -> Result<()> {
    migrate::alone(url, |connection| {
        let statements = look(connection)?.revert;
        run(connection, &statements)
    })
}

fn run(connection: &mut AnyConnection, statements: &[String]) -> Result<()> {
    for statement in statements {
        migrate::patiently(statement, || {
            diesel::connection::SimpleConnection::batch_execute(connection, statement).map_err(Into::into)
        })?;
    }
    Ok(())
}

/// What the database has of both shapes.
struct Found {
    definition: String,
    has_keys: bool,
    triggers: Vec<String>,
    /// Statements that lead the foreign keys elsewhere.
    to_keys: Vec<String>,
    to_products: Vec<String>,
}

fn look(connection: &mut AnyConnection) -> Result<PartitionPlan> {
    refuse_others(connection)?;
    let found = Found {
        definition: definition(connection)?,
        has_keys: texts(connection, "SELECT table_name AS text FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'product_keys'")?.len() == 1,
        triggers: texts(connection, "SELECT trigger_name AS text FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND trigger_name LIKE 'product\\_keys\\_%'")?,
        to_keys: lead(connection, "products", "product_keys")?,
        to_products: lead(connection, "product_keys", "products")?,
    };
    let is_partitioned = found.definition.contains("PARTITION BY");
    Ok(PartitionPlan {
        is_partitioned,
        products: number(connection, "SELECT COUNT(*) AS number FROM products")?,
        categories: number(
            connection,
            "SELECT COUNT(DISTINCT category) AS number FROM products",
        )?,
        apply: if is_partitioned {
            Vec::new()
        } else {
            apply_statements(&found)?
        },
        revert: revert_statements(&found, is_partitioned),
    })
}

fn apply_statements(found: &Found) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    if !found.has_keys {
        statements.push(keys::TABLE.to_owned());
    }
    for (name, trigger) in keys::TRIGGERS {
        if !found.triggers.iter().any(|known| known == name) {
            statements.push(trigger.to_owned());
        }
    }
    // After the triggers, so that nothing written meanwhile is missed.
    statements.push(keys::FILL.to_owned());
    statements.extend(found.to_keys.iter().cloned());
    let changes = keys::split(&found.definition)?.join(", ");
    statements.push(format!(
        "ALTER TABLE products {changes} PARTITION BY KEY (category) PARTITIONS {PARTITIONS}"
    ));
    Ok(statements)
}

fn revert_statements(found: &Found, is_partitioned: bool) -> Vec<String> {
    let mut statements = Vec::new();
    if is_partitioned {
        let changes = keys::joined(&found.definition).join(", ");
        statements.push(format!("ALTER TABLE products {changes} REMOVE PARTITIONING"));
    }
    statements.extend(found.to_products.iter().cloned());
    statements.extend(found.triggers.iter().map(|name| format!("DROP TRIGGER {name}")));
    if found.has_keys {
        statements.push("DROP TABLE product_keys".to_owned());
    }
    statements
}

fn refuse_others(connection: &mut AnyConnection) -> Result<()> {
    let reason = match connection {
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => Some("SQLite has no partitions; its file holds one table as one tree."),
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => {
            let version = texts(connection, "SELECT VERSION() AS text")?.join("");
            let reason = "MySQL has no full text in partitioned tables, which the search of the shop needs; MariaDB has.";
            (!version.contains("MariaDB")).then_some(reason)
        }
    };
    reason.map_or(Ok(()), |reason| {
        Err(Error::bad_request("cannot_partition", reason))
    })
}

/// Ends the name of a foreign key that leads to `product_keys`.
const BY_KEYS: &str = "_by_keys";

/// Leads every foreign key that points at `from` to the same column of `to`. One statement each, under another name since
/// one statement cannot use a name twice: whoever is ended in between leaves no table without its key.
fn lead(connection: &mut AnyConnection, from: &str, to: &str) -> Result<Vec<String>> {
    let query = format!(
        "SELECT CONCAT(table_name, ' ', constraint_name, ' ', column_name) AS text \
         FROM information_schema.key_column_usage WHERE referenced_table_schema = DATABASE() \
         AND referenced_table_name = '{from}' ORDER BY table_name, constraint_name"
    );
    let mut statements = Vec::new();
    for found in texts(connection, &query)? {
        let [table, name, column] = found.split(' ').collect::<Vec<_>>()[..] else {
            return Err(Error::internal(format!("an unusual foreign key: {found}")));
        };
        let renamed = name
            .strip_suffix(BY_KEYS)
            .map_or_else(|| format!("{name}{BY_KEYS}"), str::to_owned);
        statements.push(format!(
            "ALTER TABLE {table} DROP FOREIGN KEY {name}, \
             ADD CONSTRAINT {renamed} FOREIGN KEY ({column}) REFERENCES {to} (product_id)"
        ));
    }
    Ok(statements)
}

#[derive(QueryableByName)]
struct Definition {
    #[diesel(sql_type = Text, column_name = "Create Table")]
    text: String,
}

fn definition(connection: &mut AnyConnection) -> Result<String> {
    let found: Definition = diesel::sql_query("SHOW CREATE TABLE products").get_result(connection)?;
    Ok(found.text)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

fn texts(connection: &mut AnyConnection, query: &str) -> Result<Vec<String>> {
    let rows: Vec<Row> = diesel::sql_query(query).load(connection)?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn number(connection: &mut AnyConnection, query: &str) -> Result<i64> {
    let found: Number = diesel::sql_query(query).get_result(connection)?;
    Ok(found.number)
}
