//! Brings a database to the shape this binary needs: embedded migrations, one process at a time, the plan before the
//! work. Must not know what the tables are for, except that the change log needs its one head row.
//!
//! What is done to whose data is in `notes`; which programs may work on which database is in `floor`.

mod dialect;
mod floor;
mod notes;
mod run;
mod survey;

use diesel::prelude::*;

use super::changes::{GENESIS_HASH, new_epoch};
use super::connection::{self, Access, AnyConnection, DatabaseUrl};
use super::schema::{change_head, changes};
use crate::error::{Error, Result};

pub use notes::{Effect, NOTES, Note, Pace};
pub use survey::{Plan, Step};

/// How long a process waits for the lock of another one that migrates.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// The code of the error about a database that this program is too old for. Starting it again does not help.
pub const TOO_NEW: &str = "database_too_new";

/// The code of the error about a database that was not filled to its end.
pub const HALF_RESTORED: &str = "half_restored";

/// What migrating did.
#[derive(Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The database had no tables of ours before: this start created the shop.
    pub created: bool,
    /// Stamps of the migrations that ran, in order.
    pub applied: Vec<String>,
}

/// What a server does before it opens: runs what is missing, with the rights of `migrator`. A database that lacks nothing
/// is only looked at, with the rights of `user`; so a server needs no right to change tables once they are there. Blocking.
///
/// # Errors
/// [`TOO_NEW`] when a newer program made the database unfit for this one; the database's own error.
pub fn prepare(user: &DatabaseUrl, migrator: &DatabaseUrl) -> Result<Migrated> {
    if user.sqlite_file().is_none() {
        let mut connection = connect(user)?;
        let survey = survey::survey(&mut connection)?;
        if survey.is_complete() && super::changes::head(&mut connection).is_ok() {
            floor::admit(&mut connection, &survey)?;
            return Ok(Migrated {
                created: false,
                applied: Vec::new(),
            });
        }
    }
    let migrated = migrate(migrator)?;
    share(user, migrator)?;
    Ok(migrated)
}

/// Whether a database that cannot be migrated now, such as a replica, can be worked with as it is. Blocking.
///
/// # Errors
/// Unavailable when it lacks something, [`TOO_NEW`] when this program is too old for it.
pub fn admit(connection: &mut AnyConnection) -> Result<()> {
    let survey = survey::survey(connection)?;
    if !survey.is_complete() {
        return Err(Error::unavailable(
            "database",
            "it lacks migrations of this program",
        ));
    }
    floor::admit(connection, &survey)
}

/// Runs what is missing. Creates the folder of an SQLite file. Blocking.
///
/// # Errors
/// As [`migrate_to`].
pub fn migrate(url: &DatabaseUrl) -> Result<Migrated> {
    migrate_to(url, None)
}

/// Runs what is missing up to and including one stamp. Blocking.
///
/// # Errors
/// [`TOO_NEW`]; a stamp that is none; the database's own error. Nothing is half done on SQLite; on MySQL each migration is
/// one statement, those before the failed one stay.
pub fn migrate_to(url: &DatabaseUrl, to: Option<&str>) -> Result<Migrated> {
    let mut connection = open(url)?;
    dialect::while_migrating_alone(&mut connection, |connection| {
        let survey = survey::survey(connection)?;
        floor::admit(connection, &survey)?;
        // Before anything is written: whoever is restoring here would find it.
        refuse_half_restored(connection)?;
        let plan = survey.plan(to)?;
        let applied = run::up(connection, &plan)?;
        floor::settle(connection)?;
        ensure_head(connection)?;
        Ok(Migrated {
            created: survey.is_empty(),
            applied,
        })
    })
}

/// What [`migrate_to`] would run. Changes nothing. Blocking.
///
/// # Errors
/// Those of [`migrate_to`].
pub fn plan(url: &DatabaseUrl, to: Option<&str>) -> Result<Plan> {
    let mut connection = open(url)?;
    let survey = survey::survey(&mut connection)?;
    survey.refuse_unknown()?;
    survey.plan(to)
}

/// The newest migration, which [`take_back`] would take back. Blocking.
///
/// # Errors
/// As [`plan`]; `NotFound` when there is none.
pub fn newest(url: &DatabaseUrl) -> Result<Step> {
    let mut connection = open(url)?;
    let survey = survey::survey(&mut connection)?;
    survey.refuse_unknown()?;
    survey.newest().ok_or(Error::NotFound { what: "migration" })
}

/// Takes one migration back if it still is the newest one. Blocking.
///
/// # Errors
/// As [`newest`]; a conflict when another process migrated meanwhile.
pub fn take_back(url: &DatabaseUrl, step: &Step) -> Result<()> {
    let mut connection = open(url)?;
    dialect::while_migrating_alone(&mut connection, |connection| {
        let survey = survey::survey(connection)?;
        survey.refuse_unknown()?;
        if survey.newest().as_ref() != Some(step) {
            return Err(Error::Conflict {
                code: "migrated_meanwhile",
                detail: format!("{} is not the newest migration any more.", step.name),
            });
        }
        run::down(connection, step)?;
        floor::settle(connection)
    })
}

/// Gives the shop's own account what it needs of the tables, when somebody else makes them: everything but changing or
/// deleting rows of the change log. Where the one who migrates may not grant, somebody did by hand, or is told to. Blocking.
///
/// # Errors
/// The shop's own account cannot sign in.
#[cfg(feature = "mysql")]
pub fn share(user: &DatabaseUrl, migrator: &DatabaseUrl) -> Result<()> {
    if user == migrator {
        return Ok(());
    }
    let Some(account) = dialect::own_account(&mut connect(user)?)? else {
        return Ok(());
    };
    if let Err(error) = dialect::grant_tables(&mut connect(migrator)?, &account) {
        tracing::warn!(
            error = error.chain(),
            account,
            "database.migrate_url may not grant rights on new tables; grant them by hand, or give it GRANT OPTION"
        );
    }
    Ok(())
}

/// SQLite has no accounts.
#[cfg(not(feature = "mysql"))]
pub fn share(_: &DatabaseUrl, _: &DatabaseUrl) -> Result<()> {
    Ok(())
}

/// Runs `work` while nobody migrates.
pub(super) fn alone<T>(url: &DatabaseUrl, work: impl FnOnce(&mut AnyConnection) -> Result<T>) -> Result<T> {
    dialect::while_migrating_alone(&mut open(url)?, work)
}

/// Runs one statement that needs a whole table as migrations are run: it gives way to the shop and tries again.
pub(super) fn patiently<T>(
    statement: &str,
    attempt: impl FnMut() -> std::result::Result<T, crate::error::BoxError>,
) -> Result<T> {
    run::patiently(statement, run::PAUSE, attempt)
}

/// Whether anything of ours is there. Changes nothing.
pub(super) fn is_there(connection: &mut AnyConnection) -> Result<bool> {
    survey::survey(connection).map(|survey| !survey.is_empty())
}

/// The newest migration of a database that this program knows all of.
pub(super) fn stamp_of(connection: &mut AnyConnection) -> Result<&'static str> {
    let survey = survey::survey(connection)?;
    survey.refuse_unknown()?;
    let newest = survey.newest().ok_or(Error::NotFound { what: "migration" })?;
    Ok(newest.note.stamp)
}

/// Whether there is a table of this name.
pub(super) fn has_table(connection: &mut AnyConnection, name: &str) -> Result<bool> {
    dialect::has_table(connection, name)
}

/// Creates the folder of an SQLite file, then connects.
pub(super) fn open(url: &DatabaseUrl) -> Result<AnyConnection> {
    use std::os::unix::fs::DirBuilderExt;
    if let Some(folder) = url.sqlite_file().and_then(|file| file.parent()) {
        // People's password hashes are in there: a folder that is made here is its owner's alone.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| Error::internal(format!("cannot create {}: {error}", folder.display())))?;
    }
    let mut connection = connect(url)?;
    dialect::prepare(&mut connection)?;
    Ok(connection)
}

fn connect(url: &DatabaseUrl) -> Result<AnyConnection> {
    connection::open(url, Access::ReadWrite, PATIENCE)
}

/// A log without a head is the rest of a restore, or one that goes on now.
fn refuse_half_restored(connection: &mut AnyConnection) -> Result<()> {
    if lacks_head(connection)?
        && dialect::has_table(connection, "changes")?
        && changes::table.count().get_result::<i64>(connection)? > 0
    {
        return Err(Error::Conflict {
            code: HALF_RESTORED,
            detail: "A restore of this database did not finish, unless it goes on now. Drop it, create it anew and restore again."
                .to_owned(),
        });
    }
    Ok(())
}

fn lacks_head(connection: &mut AnyConnection) -> Result<bool> {
    Ok(dialect::has_table(connection, "change_head")?
        && change_head::table.count().get_result::<i64>(connection)? == 0)
}

/// The head row starts the log: a random epoch names this history.
fn ensure_head(connection: &mut AnyConnection) -> Result<()> {
    if !lacks_head(connection)? {
        return Ok(());
    }
    diesel::insert_into(change_head::table)
        .values((
            change_head::change_head_id.eq(1),
            change_head::epoch.eq(new_epoch()?),
            change_head::seq.eq(0),
            change_head::hash.eq(GENESIS_HASH),
        ))
        .execute(connection)?;
    Ok(())
}
