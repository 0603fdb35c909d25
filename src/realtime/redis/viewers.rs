//! How many look at what on the other nodes: each writes its own counts into Redis under a name that is gone when the node is, and
//! reads those of the others. Nothing else is kept. Must not believe what it reads.

use std::collections::HashMap;
use std::time::Duration;

use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{Client, cmd};

use super::stream::{PATIENCE, ask, connect};
use crate::db::Tag;
use crate::realtime::live::Live;

/// Shops that share a Redis are told apart by their history.
const KEY: &str = "vitrine:viewers";

/// How often nodes tell one another.
const EVERY: Duration = Duration::from_secs(3);

/// Seconds after which a node that tells nothing any more counts for nothing, and for which it is asked about.
const LIFE_S: u64 = 10;

/// Topics that one node tells of, those with the most first, and nodes that are read.
const MOST_TOPICS: usize = 1_000;
const MOST_NODES: usize = 64;

/// A topic's tag and how many watch it, most significant byte first.
const ENTRY_BYTES: usize = 12;

/// Tells and asks, for ever.
pub async fn exchange(client: &Client, live: &Live) {
    let node = format!("{:016x}", fastrand::u64(..));
    let mut connection = None;
    loop {
        let shared = share(client, connection.take(), &node, live).await;
        let others = match shared {
            Ok((used, others)) => {
                connection = Some(used);
                others
            }
            Err(fault) => {
                tracing::debug!(fault, "how many look at what on other nodes is not known");
                HashMap::new()
            }
        };
        live.others_watch(others);
        tokio::time::sleep(EVERY).await;
    }
}

async fn share(
    client: &Client,
    connection: Option<MultiplexedConnection>,
    node: &str,
    live: &Live,
) -> Result<(MultiplexedConnection, HashMap<Tag, usize>), String> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => connect(client).await?,
    };
    let nodes = format!("{KEY}:{}", live.epoch());
    let of = |node: &str| format!("{nodes}:{node}");
    let mut tell = cmd("SET");
    tell.arg(of(node)).arg(written(live.watched(MOST_TOPICS)));
    tell.arg("EX").arg(LIFE_S);
    let () = ask(&tell, &mut connection, PATIENCE).await?;
    let mut join = cmd("SADD");
    join.arg(&nodes).arg(node);
    let _new: i64 = ask(&join, &mut connection, PATIENCE).await?;
    let mut expire = cmd("EXPIRE");
    expire.arg(&nodes).arg(LIFE_S);
    let _set: i64 = ask(&expire, &mut connection, PATIENCE).await?;
    let mut members = cmd("SRANDMEMBER");
    members.arg(&nodes).arg(MOST_NODES);
    let mut others: Vec<String> = ask(&members, &mut connection, PATIENCE).await?;
    others.retain(|other| other != node);
    let mut sum = HashMap::new();
    if others.is_empty() {
        return Ok((connection, sum));
    }
    let mut counts = cmd("MGET");
    counts.arg(others.iter().map(|other| of(other)).collect::<Vec<_>>());
    let counts: Vec<Option<Vec<u8>>> = ask(&counts, &mut connection, PATIENCE).await?;
    for (other, count) in others.iter().zip(counts) {
        match count {
            Some(bytes) => read(&bytes, &mut sum),
            // It is gone.
            None => {
                let mut part = cmd("SREM");
                part.arg(&nodes).arg(other);
                let _gone: i64 = ask(&part, &mut connection, PATIENCE).await?;
            }
        }
    }
    Ok((connection, sum))
}

fn written(watched: Vec<(Tag, usize)>) -> Vec<u8> {
    let entry = |(tag, count): (Tag, usize)| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        tag.0.to_be_bytes().into_iter().chain(count.to_be_bytes())
    };
    watched.into_iter().flat_map(entry).collect()
}

/// Adds what another node tells.
fn read(bytes: &[u8], sum: &mut HashMap<Tag, usize>) {
    for entry in bytes.chunks_exact(ENTRY_BYTES).take(MOST_TOPICS) {
        let (Some(tag), Some(count)) = (entry.first_chunk(), entry.last_chunk()) else {
            return;
        };
        let count = usize::try_from(u32::from_be_bytes(*count)).unwrap_or(usize::MAX);
        let known = sum.entry(Tag(u64::from_be_bytes(*tag))).or_default();
        *known = known.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_node_writes_another_adds_and_garbage_is_bounded() {
        let bytes = written(vec![(Tag(7), 3), (Tag(u64::MAX), 1)]);
        let mut sum = HashMap::from([(Tag(7), 2)]);
        read(&bytes, &mut sum);
        assert_eq!(sum, HashMap::from([(Tag(7), 5), (Tag(u64::MAX), 1)]));
        read(b"short", &mut sum);
        assert_eq!(sum.len(), 2);
        let mut many = HashMap::new();
        let garbage: Vec<u8> = (0..2_000_u64)
            .flat_map(|tag| written(vec![(Tag(tag), usize::MAX)]))
            .collect();
        read(&garbage, &mut many);
        assert_eq!(many.len(), MOST_TOPICS);
    }
}
