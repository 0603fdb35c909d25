//! Running migrations one by one. On MySQL and MariaDB a statement that waits for a table makes everybody after it wait,
//! too: so it waits two seconds, gives way, and tries again.

use std::time::Duration;

use diesel::migration::Migration;
use diesel_migrations::MigrationHarness;

use super::super::connection::{AnyConnection, MultiBackend};
use super::survey::{Plan, Step, embedded};
use super::{dialect, floor};
use crate::error::{BoxError, Error, Result};

/// How often a migration asks for its table, two seconds each time: half a minute in all.
const ATTEMPTS: u32 = 10;

/// How long the shop has its tables to itself in between.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// Runs a plan; the stamps that ran.
pub(super) fn up(connection: &mut AnyConnection, plan: &Plan) -> Result<Vec<String>> {
    // Makes the table in which the stamps stand.
    let is_new = connection
        .applied_migrations()
        .map_err(Error::Internal)?
        .is_empty();
    let mut ran = Vec::new();
    for step in plan {
        let (migration, pace) = (&step.name, step.note.pace.name());
        // Nobody waits for empty tables.
        if is_new {
            tracing::debug!(migration, pace, "migrating");
        } else {
            tracing::info!(migration, pace, "migrating");
        }
        // Before it runs, so that no older program is let in while it does.
        floor::raise(connection, step.note)?;
        let was_begun = dialect::begin(connection, step.note.stamp)?;
        let migration = find(connection, step)?;
        let run = patiently(&step.name, PAUSE, || {
            match connection.run_migration(migration.as_ref()) {
                Err(error) if was_begun && dialect::stands_already(&error) => {
                    tracing::warn!(migration = step.name, "was done by a process that was killed");
                    Ok(dialect::stamp(connection, step.note.stamp)?)
                }
                settled => settled.map(drop),
            }
        });
        // Only a process that is killed leaves it there.
        dialect::end(connection, step.note.stamp)?;
        run?;
        ran.push(step.note.stamp.to_owned());
    }
    Ok(ran)
}

/// Takes one migration back.
pub(super) fn down(connection: &mut AnyConnection, step: &Step) -> Result<()> {
    let migration = find(connection, step)?;
    patiently(&step.name, PAUSE, || {
        connection.revert_migration(migration.as_ref())
    })?;
    Ok(())
}

fn find(connection: &AnyConnection, step: &Step) -> Result<Box<dyn Migration<MultiBackend>>> {
    embedded(connection)?
        .into_iter()
        .find(|migration| migration.name().to_string() == step.name)
        .ok_or_else(|| Error::internal(format!("there is no migration {}", step.name)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "migrations have a thread of their own, outside any request"
)]
pub(super) fn patiently<T>(
    name: &str,
    pause: Duration,
    mut attempt: impl FnMut() -> std::result::Result<T, BoxError>,
) -> Result<T> {
    for number in 1..ATTEMPTS {
        match attempt() {
            Err(error) if dialect::waited_in_vain(&error) => {
                tracing::warn!(
                    migration = name,
                    attempt = number,
                    "the table is in use; trying again"
                );
                std::thread::sleep(pause);
            }
            settled => return settled.map_err(Error::Internal),
        }
    }
    attempt().map_err(Error::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries_of(message: &'static str) -> (u32, String) {
        let mut tries = 0;
        let failed = patiently("a", Duration::ZERO, || -> std::result::Result<(), BoxError> {
            tries += 1;
            Err(message.into())
        });
        let said = failed.err().map_or_else(String::new, |error| error.chain());
        (tries, said)
    }

    #[test]
    fn a_migration_gives_up_on_a_table_that_is_never_free_and_says_why() {
        let busy = "Failed to run a with: Lock wait timeout exceeded; try restarting transaction";
        assert_eq!(tries_of(busy), (ATTEMPTS, busy.to_owned()));
    }

    #[test]
    fn a_migration_that_fails_for_another_reason_is_not_tried_again() {
        assert_eq!(tries_of("Duplicate column name").0, 1);
    }
}
