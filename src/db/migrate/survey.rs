//! What a database has and lacks, read without any right to change it.

use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::super::connection::{AnyConnection, MultiBackend};
use super::notes::{Note, note};
use super::{TOO_NEW, dialect};
use crate::error::{Error, Result};

#[cfg(feature = "mysql")]
const MYSQL: EmbeddedMigrations = embed_migrations!("migrations/mysql");
#[cfg(feature = "sqlite")]
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// A migration that runs, or is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    pub note: &'static Note,
}

/// Migrations in the order in which they run.
pub type Plan = Vec<Step>;

/// A database beside what this program knows.
pub(super) struct Survey {
    /// Known migrations that ran, and those that did not.
    applied: Vec<Step>,
    pending: Vec<Step>,
    /// Stamps of a newer program.
    pub unknown: Vec<String>,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Looks at a database.
pub(super) fn survey(connection: &mut AnyConnection) -> Result<Survey> {
    let versions: Vec<Version> = if dialect::has_table(connection, "__diesel_schema_migrations")? {
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations WHERE version NOT LIKE 'begun %' ORDER BY version")
            .load(connection)?
    } else {
        Vec::new()
    };
    let ran = |stamp: &str| versions.iter().any(|row| row.version == stamp);
    let known = embedded(connection)?
        .iter()
        .map(|migration| step(migration.as_ref()))
        .collect::<Result<Vec<Step>>>()?;
    let unknown = versions
        .iter()
        .map(|row| row.version.clone())
        .filter(|stamp| known.iter().all(|step| step.note.stamp != stamp))
        .collect();
    let (applied, pending) = known.into_iter().partition(|step| ran(step.note.stamp));
    Ok(Survey {
        applied,
        pending,
        unknown,
    })
}

impl Survey {
    /// Nothing of ours is there.
    pub fn is_empty(&self) -> bool {
        self.applied.is_empty() && self.unknown.is_empty()
    }

    /// Everything that this program needs is there.
    pub fn is_complete(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether a migration ran.
    pub fn has(&self, stamp: &str) -> bool {
        self.applied.iter().any(|step| step.note.stamp == stamp)
    }

    pub fn newest(&self) -> Option<Step> {
        self.applied.last().cloned()
    }

    /// What is missing, up to and including `to`.
    pub fn plan(&self, to: Option<&str>) -> Result<Plan> {
        let Some(to) = to else {
            return Ok(self.pending.clone());
        };
        // People copy what a plan prints: the stamp, or the stamp and its name.
        let stamp = to.split('_').next().unwrap_or(to);
        if note(stamp).is_none() {
            return Err(Error::bad_request(
                "unknown_stamp",
                format!(
                    "{to} is no migration of this program; `vitrine migrate --check` lists those that are missing."
                ),
            ));
        }
        let wanted = self.pending.iter().filter(|step| step.note.stamp <= stamp);
        Ok(wanted.cloned().collect())
    }

    /// Migrating a database that a newer program changed is that program's work.
    pub fn refuse_unknown(&self) -> Result<()> {
        if self.unknown.is_empty() {
            return Ok(());
        }
        Err(too_new(
            &self.unknown,
            "Migrate with the newer program that made them.",
        ))
    }
}

/// The refusal of a database by a program that is older.
pub(super) fn too_new(unknown: &[String], advice: &str) -> Error {
    Error::Conflict {
        code: TOO_NEW,
        detail: format!(
            "The database has migrations that this program (version {}) does not know: {}. {advice}",
            env!("CARGO_PKG_VERSION"),
            unknown.join(", ")
        ),
    }
}

/// All migrations of this program for this kind of database, in order.
pub(super) fn embedded(connection: &AnyConnection) -> Result<Vec<Box<dyn Migration<MultiBackend>>>> {
    let source = match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => MYSQL,
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => SQLITE,
    };
    let mut migrations = source.migrations().map_err(Error::Internal)?;
    migrations.sort_by(|one, other| one.name().version().cmp(&other.name().version()));
    Ok(migrations)
}

fn step(migration: &dyn Migration<MultiBackend>) -> Result<Step> {
    let stamp = migration.name().version().to_string();
    let name = migration.name().to_string();
    let note =
        note(&stamp).ok_or_else(|| Error::internal(format!("nothing is noted of migration {name}")))?;
    Ok(Step { name, note })
}
