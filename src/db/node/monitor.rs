//! Looks after the servers: a heartbeat on the primary, how far each replica is behind it, who is frozen, who is back.
//! Must not know what is read or written meanwhile.
//!
//! How far a replica is behind is the time between the newest heartbeat seen anywhere and its own. It needs no equal
//! clocks, and with a primary that is frozen or dead nothing new exists that a replica could lack. The servers' own
//! figure says 0 there, and NULL where a thread has stopped.

use std::time::Duration;

use diesel::prelude::*;

use super::service::Facts;
use crate::db::Router;
use crate::db::changes;
use crate::db::connection::AnyConnection;
use crate::db::dialect;
use crate::db::schema::heartbeat;
use crate::error::{Error, Result};

/// Between two looks at a node.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// Looks after all nodes until the process ends. Readers of an SQLite file need nobody.
pub async fn watch(router: Router) {
    if router.is_on_sqlite() {
        return;
    }
    let primary = router.primary();
    primary.service.watch();
    let replicas = router.replicas().iter().map(|replica| async {
        replica.service.watch();
        loop {
            replica.look(facts).await;
            router.judge_lag();
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    let beats = async {
        loop {
            primary.look(beat).await;
            router.judge_lag();
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    futures_util::future::join(beats, futures_util::future::join_all(replicas)).await;
}

/// Looks once at every node, for a command that shows them.
pub async fn look_once(router: &Router) {
    router.primary().service.watch();
    router
        .replicas()
        .iter()
        .for_each(|replica| replica.service.watch());
    let looks = router.replicas().iter().map(|replica| replica.look(facts));
    router.primary().look(facts).await;
    futures_util::future::join_all(looks).await;
    router.judge_lag();
}

fn beat(connection: &mut AnyConnection) -> Result<Facts> {
    if dialect::is_read_only(connection)? {
        let why = "the primary takes no writes: it is read-only, or another server has taken its place";
        return Err(Error::unavailable("database", why));
    }
    dialect::beat(connection)?;
    facts_of(connection, false)
}

fn facts(connection: &mut AnyConnection) -> Result<Facts> {
    let read_only = dialect::is_read_only(connection)?;
    facts_of(connection, read_only)
}

fn facts_of(connection: &mut AnyConnection, read_only: bool) -> Result<Facts> {
    let (server_id, version) = dialect::server(connection)?;
    // A replica that has not seen the tables yet is as good as down.
    let head = changes::head(connection).map_err(|error| Error::unavailable("database", error))?;
    let beat_at = heartbeat::table
        .select(heartbeat::beat_at)
        .get_result(connection)
        .optional()?;
    Ok(Facts {
        server_id,
        version,
        read_only,
        seq: head.seq,
        beat_at,
    })
}
