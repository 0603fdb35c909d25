//! Brings a database to the shape this binary needs: embedded migrations, one process at a time.
//! Must not know what the tables are for, except that the change log needs its one head row.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::changes::GENESIS_HASH;
use super::connection::{Access, AnyConnection, ConnectionManager, DatabaseUrl};
use super::dialect;
use super::schema::change_head;
use crate::error::{Error, Result};

#[cfg(feature = "mysql")]
const MYSQL: EmbeddedMigrations = embed_migrations!("migrations/mysql");
#[cfg(feature = "sqlite")]
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// A migration may rewrite a large table; this bounds only waiting for the file's lock.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// What migrating did.
#[derive(Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The database had no tables of ours before: this start created the shop.
    pub created: bool,
    /// Names of the migrations that ran, in order.
    pub applied: Vec<String>,
}

/// Runs what is missing. Creates the folder of an SQLite file. Blocking.
///
/// # Errors
/// The database's own error; nothing is half done on SQLite, on MySQL each migration is one statement.
pub fn migrate(url: &DatabaseUrl) -> Result<Migrated> {
    if let Some(folder) = url.sqlite_file().and_then(|file| file.parent()) {
        // People's password hashes are in there: a folder that is made here is its owner's alone.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| Error::internal(format!("cannot create {}: {error}", folder.display())))?;
    }
    let mut connection = connect(url)?;
    dialect::while_migrating_alone(&mut connection, |connection| {
        let created = connection
            .applied_migrations()
            .map_err(Error::Internal)?
            .is_empty();
        let applied = run_pending(connection)?;
        ensure_head(connection)?;
        Ok(Migrated { created, applied })
    })
}

/// Names of the migrations that `migrate` would run. Blocking.
///
/// # Errors
/// The database's own error.
pub fn pending(url: &DatabaseUrl) -> Result<Vec<String>> {
    let mut connection = connect(url)?;
    match &mut connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => names(connection.pending_migrations(MYSQL)),
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(connection) => names(connection.pending_migrations(SQLITE)),
    }
}

fn connect(url: &DatabaseUrl) -> Result<AnyConnection> {
    ConnectionManager::new(url.clone(), Access::ReadWrite, PATIENCE)
        .establish()
        .map_err(|error| Error::unavailable("database", error))
}

fn run_pending(connection: &mut AnyConnection) -> Result<Vec<String>> {
    let applied = match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => connection.run_pending_migrations(MYSQL),
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(connection) => connection.run_pending_migrations(SQLITE),
    };
    Ok(applied
        .map_err(Error::Internal)?
        .iter()
        .map(ToString::to_string)
        .collect())
}

fn names<DB: diesel::backend::Backend>(
    migrations: diesel::migration::Result<Vec<Box<dyn diesel::migration::Migration<DB>>>>,
) -> Result<Vec<String>> {
    Ok(migrations
        .map_err(Error::Internal)?
        .iter()
        .map(|migration| migration.name().to_string())
        .collect())
}

/// The head row starts the log: a random epoch names this history.
fn ensure_head(connection: &mut AnyConnection) -> Result<()> {
    if change_head::table.count().get_result::<i64>(connection)? == 0 {
        let mut epoch = [0_u8; 16];
        getrandom::fill(&mut epoch).map_err(Error::internal)?;
        diesel::insert_into(change_head::table)
            .values((
                change_head::change_head_id.eq(1),
                change_head::epoch.eq(hex::encode(epoch)),
                change_head::seq.eq(0),
                change_head::hash.eq(GENESIS_HASH),
            ))
            .execute(connection)?;
    }
    Ok(())
}
