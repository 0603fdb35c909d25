//! What happens on one connection between BEGIN and COMMIT for each intent. Must not know nodes or pools.

use std::time::Duration;

use diesel::Connection;

use super::changes::{self, Origin, WriteTransaction, Written};
use super::connection::AnyConnection;
use super::dialect;
use super::types::Seq;
use crate::error::{Error, Result};

/// How often a transaction that lost a deadlock or a lock wait is run again.
const ATTEMPTS: u32 = 3;
const LONGEST_PAUSE_MS: u64 = 20;

/// What a read found, and how much of the change log it had seen.
#[derive(Debug, Clone)]
pub struct Snapshot<T> {
    pub value: T,
    /// The history that the node has.
    pub epoch: String,
    /// Every change up to here is in `value`. Full-text matches are the exception: they ignore snapshots.
    pub as_of: Seq,
}

impl<T> Snapshot<T> {
    /// The same snapshot of something made from its value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Snapshot<U> {
        Snapshot {
            value: make(self.value),
            epoch: self.epoch,
            as_of: self.as_of,
        }
    }
}

impl<T> Snapshot<Option<T>> {
    /// What was found.
    ///
    /// # Errors
    /// `NotFound` when that is nothing.
    pub fn or_not_found(self, what: &'static str) -> Result<Snapshot<T>> {
        let Some(value) = self.value else {
            return Err(Error::NotFound { what });
        };
        Ok(Snapshot {
            value,
            epoch: self.epoch,
            as_of: self.as_of,
        })
    }
}

/// What a write returned, and the last position of its transaction.
#[derive(Debug, Clone)]
pub struct Committed<T> {
    pub value: T,
    pub seq: Seq,
}

/// A logged write; also what it has appended.
pub(super) fn write<T>(
    connection: &mut AnyConnection,
    origin: &Origin,
    work: &impl Fn(&mut WriteTransaction<'_>) -> Result<T>,
) -> Result<(Committed<T>, Written)> {
    retrying(|| {
        refuse_former_primary(connection)?;
        connection.transaction(|connection| logged(connection, origin, work))
    })
}

/// A logged write that is taken back.
pub(super) fn rehearse<T>(
    connection: &mut AnyConnection,
    origin: &Origin,
    work: &impl Fn(&mut WriteTransaction<'_>) -> Result<T>,
) -> Result<Committed<T>> {
    retrying(|| {
        let mut rehearsed = None;
        let ended: Result<()> = connection.transaction(|connection| {
            rehearsed = Some(logged(connection, origin, work)?.0);
            Err(diesel::result::Error::RollbackTransaction.into())
        });
        match (rehearsed, ended) {
            (Some(committed), _) => Ok(committed),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(Error::internal("a rehearsal ended without a result")),
        }
    })
}

/// A read in one snapshot: `None` when that has not seen `seq`, and `query` was not run. On MySQL the session's REPEATABLE
/// READ makes position and data one snapshot, on SQLite WAL does.
pub(super) fn read<T>(
    connection: &mut AnyConnection,
    seq: Seq,
    query: &impl Fn(&mut AnyConnection) -> Result<T>,
) -> Result<Option<Snapshot<T>>> {
    retrying(|| {
        connection.transaction(|connection| {
            // A replica that has not seen the tables yet is as good as down.
            let head = changes::head(connection).map_err(|error| Error::unavailable("database", error))?;
            let as_of = Seq(head.seq);
            if as_of < seq {
                return Ok(None);
            }
            Ok(Some(Snapshot {
                value: query(connection)?,
                epoch: head.epoch,
                as_of,
            }))
        })
    })
}

/// Reads and writes outside the log.
pub(super) fn unlogged<T>(
    connection: &mut AnyConnection,
    work: &impl Fn(&mut AnyConnection) -> Result<T>,
) -> Result<T> {
    retrying(|| {
        connection.transaction(|connection| {
            dialect::wait_to_write(connection)?;
            work(connection)
        })
    })
}

/// Reads what is newest, on the primary.
pub(super) fn current<T>(
    connection: &mut AnyConnection,
    query: &impl Fn(&mut AnyConnection) -> Result<T>,
) -> Result<T> {
    retrying(|| connection.transaction(|connection| query(connection)))
}

/// The inside of a write's transaction: lock the head, work, move the head.
fn logged<T>(
    connection: &mut AnyConnection,
    origin: &Origin,
    work: &impl Fn(&mut WriteTransaction<'_>) -> Result<T>,
) -> Result<(Committed<T>, Written)> {
    let mut transaction = WriteTransaction::begin(connection, origin)?;
    let value = work(&mut transaction)?;
    let (seq, written) = transaction.finish()?;
    Ok((Committed { value, seq }, written))
}

/// After a fail-over the old primary is read-only, but lets an account with all rights write all the same.
fn refuse_former_primary(connection: &mut AnyConnection) -> Result<()> {
    if dialect::is_read_only(connection)? {
        let why = "the server is read-only: another one has taken its place";
        return Err(Error::unavailable("database", why));
    }
    Ok(())
}

/// Two that lost against each other should not meet again.
#[expect(
    clippy::disallowed_methods,
    reason = "on a thread that is there to wait for a database"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(fastrand::u64(1..=LONGEST_PAUSE_MS)));
}

fn retrying<T>(mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..ATTEMPTS {
        match attempt() {
            Err(error) if error.is_retryable() => {
                tracing::debug!(%error, "a transaction lost a race and is run again");
                pause();
            }
            settled => return settled,
        }
    }
    attempt()
}
