//! What `db/dialect.rs` is for queries, for migrations: every place where the two databases need different words.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::connection::AnyConnection;
use crate::error::{BoxError, Result};

/// Runs `work` while no other process migrates. On SQLite all of it is one transaction.
///
/// # Errors
/// Those of `work`, and a time-out when another process migrates for longer than 60 s.
pub(super) fn while_migrating_alone<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T>,
) -> Result<T> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => {
            let lock = |words: &str| sql::<diesel::sql_types::Nullable<BigInt>>(words);
            let locked: Option<i64> =
                diesel::select(lock("GET_LOCK(CONCAT(DATABASE(), '.vitrine.migrate'), 60)"))
                    .get_result(connection)?;
            if locked != Some(1) {
                let busy = "another process has been migrating it for 60 seconds";
                return Err(crate::error::Error::unavailable("database", busy));
            }
            let result = work(connection);
            diesel::select(lock("RELEASE_LOCK(CONCAT(DATABASE(), '.vitrine.migrate'))"))
                .get_result::<Option<i64>>(connection)?;
            result
        }
        // The file's own write lock, taken by a write that changes nothing: a second process waits for it as its
        // first statement, then finds nothing to do.
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => connection.transaction(|connection| {
            connection.batch_execute("PRAGMA user_version = 0")?;
            work(connection)
        }),
    }
}

/// Waits two seconds for a table and not longer, but lets the work take its time: MariaDB's limit on statements
/// would end a long ALTER TABLE, too.
pub(super) fn prepare(connection: &mut AnyConnection) -> Result<()> {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => {
            connection
                .batch_execute("SET SESSION lock_wait_timeout = 2, SESSION innodb_lock_wait_timeout = 2")?;
            // MySQL has no such limit on what migrates, and does not know the word.
            let _ = connection.batch_execute("SET SESSION max_statement_time = 0");
            Ok(())
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => Ok(()),
    }
}

/// Whether a statement gave up because somebody else held the table or its rows. The runner of migrations hands on
/// nothing but the server's words.
pub(super) fn waited_in_vain(error: &BoxError) -> bool {
    let said = error.to_string();
    said.contains("Lock wait timeout exceeded") || said.contains("Deadlock found")
}

/// Notes that a migration begins; whether one had begun and never ended. MySQL and MariaDB commit a change of a table by
/// itself, before its stamp is written: who is killed in between leaves a table that has it and a log that has not. On
/// SQLite all of it is one transaction.
pub(super) fn begin(connection: &mut AnyConnection, stamp: &str) -> QueryResult<bool> {
    if can_roll_back(connection) {
        return Ok(false);
    }
    diesel::sql_query("INSERT IGNORE INTO __diesel_schema_migrations (version) VALUES (?)")
        .bind::<Text, _>(format!("begun {stamp}"))
        .execute(connection)
        .map(|noted| noted == 0)
}

/// Forgets that a migration began.
pub(super) fn end(connection: &mut AnyConnection, stamp: &str) -> QueryResult<()> {
    if can_roll_back(connection) {
        return Ok(());
    }
    diesel::sql_query("DELETE FROM __diesel_schema_migrations WHERE version = ?")
        .bind::<Text, _>(format!("begun {stamp}"))
        .execute(connection)
        .map(drop)
}

fn can_roll_back(connection: &AnyConnection) -> bool {
    match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => false,
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => true,
    }
}

/// Writes down that a migration ran.
pub(super) fn stamp(connection: &mut AnyConnection, stamp: &str) -> QueryResult<()> {
    diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES (?)")
        .bind::<Text, _>(stamp)
        .execute(connection)
        .map(drop)
}

/// Whether a statement failed because its change is there already.
pub(super) fn stands_already(error: &BoxError) -> bool {
    let said = error.to_string();
    let words = [
        "already exists",
        "Duplicate column name",
        "Duplicate key name",
        "Unknown table",
        "Can't DROP",
    ];
    words.iter().any(|word| said.contains(word))
}

/// Whether the database has such a table.
pub(super) fn has_table(connection: &mut AnyConnection, name: &str) -> Result<bool> {
    let words = match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => {
            "(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = "
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => "(SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ",
    };
    let found: i64 =
        diesel::select(sql::<BigInt>(words).bind::<Text, _>(name).sql(")")).get_result(connection)?;
    Ok(found > 0)
}

/// The account as which a connection is signed in, quoted for a GRANT. SQLite has none.
#[cfg(feature = "mysql")]
pub(super) fn own_account(connection: &mut AnyConnection) -> Result<Option<String>> {
    let account: String = match connection {
        AnyConnection::Mysql(connection) => {
            diesel::select(sql::<Text>("CURRENT_USER()")).get_result(connection)?
        }
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => return Ok(None),
    };
    let (name, host) = account.rsplit_once('@').unwrap_or((&account, "%"));
    let quoted = |part: &str| format!("'{}'", part.replace('\\', "\\\\").replace('\'', "''"));
    Ok(Some(format!("{}@{}", quoted(name), quoted(host))))
}

/// Lets an account work with the rows of every table, but neither change nor delete those of the change log, nor touch
/// what migrations write down.
#[cfg(feature = "mysql")]
pub(super) fn grant_tables(connection: &mut AnyConnection, account: &str) -> Result<()> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let tables: Vec<Table> = diesel::sql_query(
        "SELECT table_name AS name FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
    )
    .load(connection)?;
    for Table { name } in tables {
        let rights = match name.as_str() {
            "__diesel_schema_migrations" | "schema_floor" => "SELECT",
            "changes" => "SELECT, INSERT",
            _ => "SELECT, INSERT, UPDATE, DELETE",
        };
        connection.batch_execute(&format!("GRANT {rights} ON `{name}` TO {account}"))?;
    }
    Ok(())
}
