//! The hash chain that makes tampering with the change log visible. Must not repair anything.

use sha2::{Digest, Sha256};

use super::{Change, Head, Position, after, begin, head};
use crate::db::connection::AnyConnection;
use crate::db::types::Seq;
use crate::error::{Error, Result};

impl Change {
    /// SHA-256 over the previous row's hash and every field of this one, as a JSON array, in hex.
    pub(super) fn expected_hash(&self) -> Result<String> {
        let fields = (
            (
                &self.prev_hash,
                self.seq,
                self.at,
                &self.actor,
                &self.request_id,
                &self.entity,
                self.entity_id,
            ),
            (
                self.version,
                &self.action,
                &self.state_before,
                &self.state_after,
                &self.batch,
                self.undo_of,
            ),
        );
        Ok(hex::encode(Sha256::digest(
            serde_json::to_vec(&fields).map_err(Error::internal)?,
        )))
    }
}

/// What is wrong with a log whose chain is broken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    #[error("change {0} is missing")]
    Missing(i64),
    #[error("change {0} does not follow the one before it")]
    Unlinked(i64),
    #[error("change {0} was altered after it was written")]
    Altered(i64),
    #[error("the log ends at change {found}, its head says {expected}")]
    Truncated { found: i64, expected: i64 },
}

impl Position {
    /// What is wrong with the change that should come next.
    ///
    /// # Errors
    /// None that a change can cause.
    pub fn fault_of(&self, change: &Change) -> Result<Option<ChainFault>> {
        Ok(if change.seq != self.seq + 1 {
            Some(ChainFault::Missing(self.seq + 1))
        } else if change.prev_hash != self.hash {
            Some(ChainFault::Unlinked(change.seq))
        } else if change.expected_hash()? != change.hash {
            Some(ChainFault::Altered(change.seq))
        } else {
            None
        })
    }
}

/// Reads the whole log, from where it was archived, and checks that it is gapless, linked and unaltered; returns how many changes it holds.
///
/// # Errors
/// Those of the queries; a broken chain is the inner result.
pub fn verify(connection: &mut AnyConnection) -> Result<std::result::Result<i64, ChainFault>> {
    let end = head(connection)?;
    verify_up_to(connection, &end)
}

/// As [`verify`], of a log whose head is not in the database yet.
///
/// # Errors
/// As [`verify`].
pub fn verify_up_to(
    connection: &mut AnyConnection,
    end: &Head,
) -> Result<std::result::Result<i64, ChainFault>> {
    const PAGE: i64 = 500;
    let mut position = begin(connection, end)?;
    let archived = position.seq;
    loop {
        let rows = after(connection, Seq(position.seq), PAGE)?;
        if rows.is_empty() {
            break;
        }
        for row in rows.into_iter().take_while(|row| row.seq <= end.seq) {
            if let Some(fault) = position.fault_of(&row)? {
                return Ok(Err(fault));
            }
            position = position.after(&row);
        }
        if position.seq >= end.seq {
            break;
        }
    }
    if position != Position::end(end) {
        return Ok(Err(ChainFault::Truncated {
            found: position.seq,
            expected: end.seq,
        }));
    }
    Ok(Ok(position.seq - archived))
}
