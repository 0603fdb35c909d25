//! Which process of the shop does what only one of them shall do at a time. Must not know what that is.
//!
//! The holder counts its beats up in the one row of the lease. Who sees the same beat for `STALE`, by the clock of its own
//! machine, takes the lease over: no two clocks are ever compared. What the holder writes it writes behind [`Lease::fence`],
//! in the same transaction, so whoever was frozen while another one took over writes nothing any more.

use std::time::{Duration, Instant};

use diesel::prelude::*;

use super::connection::AnyConnection;
use super::router::Router;
use super::schema::leases as table;
use crate::error::{Error, Result};

/// Without a beat for so long a holder counts as gone. It beats every [`BEAT`], and gives up when none succeeds in time.
const STALE: Duration = Duration::from_secs(8);

/// How often the holder beats and the others look.
pub const BEAT: Duration = Duration::from_secs(2);

/// The longest wait for one beat.
const PATIENCE: Duration = Duration::from_secs(4);

/// What stands in the row, and since when that has been seen.
#[derive(Debug)]
struct Sighting {
    holder: String,
    beats: i64,
    since: Instant,
}

/// One process's claim to a lease.
#[derive(Debug)]
pub struct Lease {
    name: &'static str,
    holder: String,
    seen: Option<Sighting>,
}

/// What the holder shows with each of its writes.
#[derive(Debug, Clone)]
pub struct Fence {
    name: &'static str,
    holder: String,
}

impl Lease {
    /// A claim under a name that no process had before.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(name: &'static str) -> Result<Lease> {
        let mut holder = [0_u8; 16];
        getrandom::fill(&mut holder).map_err(Error::internal)?;
        Ok(Lease {
            name,
            holder: hex::encode(holder),
            seen: None,
        })
    }

    /// Keeps the lease or takes it if nobody holds it; whether it is this process's now.
    ///
    /// # Errors
    /// Those of the database, and its silence: then the lease does not count as held.
    pub async fn keep(&mut self, db: &Router) -> Result<bool> {
        let (name, holder) = (self.name, self.holder.clone());
        let stale = self.seen.as_ref().filter(|seen| seen.since.elapsed() >= STALE);
        let stale = stale.map(|seen| (seen.holder.clone(), seen.beats));
        let work = move |connection: &mut AnyConnection| keep(connection, name, &holder, stale.as_ref());
        let kept = tokio::time::timeout(PATIENCE, db.unlogged("lease.keep", work)).await;
        let other = kept.map_err(|late| Error::unavailable("database", late))??;
        let Some((holder, beats)) = other else {
            self.seen = None;
            return Ok(true);
        };
        match &self.seen {
            Some(seen) if (seen.beats, &seen.holder) == (beats, &holder) => {}
            _ => {
                self.seen = Some(Sighting {
                    holder,
                    beats,
                    since: Instant::now(),
                });
            }
        }
        Ok(false)
    }

    /// Lets another process take over at once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn release(&self, db: &Router) -> Result<()> {
        let (name, holder) = (self.name, self.holder.clone());
        let work = move |connection: &mut AnyConnection| {
            let own = table::table
                .filter(table::lease.eq(name))
                .filter(table::holder.eq(&holder));
            diesel::delete(own).execute(connection)?;
            Ok(())
        };
        db.unlogged("lease.release", work).await
    }

    pub fn fence(&self) -> Fence {
        Fence {
            name: self.name,
            holder: self.holder.clone(),
        }
    }
}

impl Fence {
    /// Whether the lease is still held; if so, nobody takes it before the transaction ends. Call it first.
    ///
    /// # Errors
    /// Those of the statement.
    pub fn stands(&self, connection: &mut AnyConnection) -> Result<bool> {
        beat(connection, self.name, &self.holder)
    }
}

fn beat(connection: &mut AnyConnection, name: &str, holder: &str) -> Result<bool> {
    let own = table::table
        .filter(table::lease.eq(name))
        .filter(table::holder.eq(holder));
    let beaten = diesel::update(own)
        .set(table::beats.eq(table::beats + 1))
        .execute(connection)?;
    Ok(beaten == 1)
}

/// Who else holds it and how often it has beaten; `None` when it is `holder` now.
fn keep(
    connection: &mut AnyConnection,
    name: &str,
    holder: &str,
    stale: Option<&(String, i64)>,
) -> Result<Option<(String, i64)>> {
    if beat(connection, name, holder)? {
        return Ok(None);
    }
    let found: Option<(String, i64)> = table::table
        .find(name)
        .select((table::holder, table::beats))
        .get_result(connection)
        .optional()?;
    let Some(found) = found else {
        let inserted = diesel::insert_into(table::table)
            .values((
                table::lease.eq(name),
                table::holder.eq(holder),
                table::beats.eq(1_i64),
            ))
            .execute(connection);
        return match inserted.map_err(Error::from) {
            // Another process was faster.
            Err(error) if error.is_taken() => Ok(Some((String::new(), 0))),
            inserted => inserted.map(|_| None),
        };
    };
    if stale != Some(&found) {
        return Ok(Some(found));
    }
    let as_seen = table::table
        .filter(table::lease.eq(name))
        .filter(table::holder.eq(&found.0))
        .filter(table::beats.eq(found.1));
    let taken = diesel::update(as_seen)
        .set((table::holder.eq(holder), table::beats.eq(table::beats + 1)))
        .execute(connection)?;
    Ok((taken != 1).then_some(found))
}
