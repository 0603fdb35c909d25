//! Checks each change as it arrives in the log, so that tampering shows without anybody asking. Must not repair anything.
//!
//! How far it has come is kept in the database, so that a start does not check everything again and several nodes do not
//! check the same; `vitrine audit verify` always begins at the first change.

use super::{BATCH, POLL};
use crate::db::changes::{self, AUDIT_FOLLOWER, ChainFault, Next, Position};
use crate::db::{AnyConnection, Router, Seq};
use crate::error::Result;
use crate::metrics::Metrics;

/// What a step of the check found.
enum Found {
    /// So many changes were sound.
    Sound(usize),
    Broken(ChainFault),
    /// The log is another one than was checked; from now on that one is.
    Forked,
}

/// Follows the log until the process ends.
pub async fn audit(db: Router, metrics: Metrics) {
    let mut newest = db.newest();
    let mut told = None;
    loop {
        match step(&db).await {
            Ok(Found::Sound(count)) => {
                metrics.set_audit_broken(false);
                told = None;
                if i64::try_from(count).is_ok_and(|count| count == BATCH) {
                    continue;
                }
            }
            Ok(Found::Forked) => {
                tracing::error!(
                    "the change log is another one than was checked before: it was restored or has forked, and is checked from its start"
                );
            }
            Ok(Found::Broken(fault)) => {
                metrics.set_audit_broken(true);
                if told.as_ref() != Some(&fault) {
                    tracing::error!(%fault, "the change log was tampered with");
                    told = Some(fault);
                }
            }
            Err(error) => tracing::debug!(%error, "the change log cannot be checked now"),
        }
        let _ = tokio::time::timeout(POLL, newest.changed()).await;
        // A burst of writes is checked in one go.
        tokio::time::sleep(POLL).await;
    }
}

async fn step(db: &Router) -> Result<Found> {
    let newest: Seq = *db.newest().borrow();
    let look = move |connection: &mut AnyConnection| {
        let head = changes::head(connection)?;
        let position = changes::position_of(connection, AUDIT_FOLLOWER)?;
        let position = match position {
            Some(position) => position,
            None => changes::begin(connection, &head)?,
        };
        let next = position.next(connection, BATCH)?;
        Ok((head, position, next))
    };
    let (head, position, next) = db.read_at_least("changes.audit", newest, look).await?.value;
    match next {
        Next::CaughtUp if head.seq > position.seq => Ok(Found::Broken(ChainFault::Missing(position.seq + 1))),
        Next::CaughtUp => Ok(Found::Sound(0)),
        Next::Forked(_) => begin_anew(db).await,
        Next::Changes(rows) => {
            let count = rows.len();
            let (checked, fault) = check(position, &rows)?;
            let store = move |connection: &mut AnyConnection| {
                changes::store_position(connection, AUDIT_FOLLOWER, &checked)
            };
            db.unlogged("changes.audited", store).await?;
            Ok(fault.map_or(Found::Sound(count), Found::Broken))
        }
    }
}

/// How far the changes are sound, and what is wrong behind that.
fn check(mut position: Position, rows: &[changes::Change]) -> Result<(Position, Option<ChainFault>)> {
    for change in rows {
        if let Some(fault) = position.fault_of(change)? {
            return Ok((position, Some(fault)));
        }
        position = position.after(change);
    }
    Ok((position, None))
}

/// What a replica says of a fork counts only if the primary says it, too.
async fn begin_anew(db: &Router) -> Result<Found> {
    let confirm = |connection: &mut AnyConnection| {
        let head = changes::head(connection)?;
        let Some(position) = changes::position_of(connection, AUDIT_FOLLOWER)? else {
            return Ok(false);
        };
        let is_forked = matches!(position.next(connection, 1)?, Next::Forked(_));
        if is_forked {
            let begin = changes::begin(connection, &head)?;
            changes::store_position(connection, AUDIT_FOLLOWER, &begin)?;
        }
        Ok(is_forked)
    };
    let is_forked = db.unlogged("changes.audit_anew", confirm).await?;
    Ok(if is_forked { Found::Forked } else { Found::Sound(0) })
}
