//! The stream in Redis through which nodes tell one another of changes. Must not believe what it reads.
//!
//! Each entry holds a history and a position in it, nothing of the change itself. A reader goes on behind the last entry that
//! it has read, also over a new connection, so that what was told meanwhile is not lost.

use std::time::Duration;

use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, Value, cmd};

use crate::db::Seq;

/// Shops that share a Redis share it too: the history tells them apart.
const KEY: &str = "vitrine:changes";

/// Entries that are kept, about; a node that missed more looks into the database anyway.
const KEPT: u64 = 10_000;

/// Entries that are read at once.
const BATCH: u64 = 1000;

/// How long Redis keeps a reader waiting when there is nothing.
const BLOCK: Duration = Duration::from_secs(5);

/// How long anything else may take. One that takes longer is frozen.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Longer names are not ours.
const LONGEST_EPOCH: usize = 64;

/// What one node tells the others: there is this change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub epoch: String,
    pub seq: Seq,
}

/// Tells. Its connection is made when there is something to tell.
pub struct Teller {
    client: Client,
    connection: Option<MultiplexedConnection>,
}

impl Teller {
    pub fn new(client: Client) -> Self {
        Self {
            client,
            connection: None,
        }
    }

    pub async fn tell(&mut self, told: &Told) -> Result<(), String> {
        let mut command = cmd("XADD");
        command.arg(KEY).arg("MAXLEN").arg("~").arg(KEPT).arg("*");
        command.arg("epoch").arg(&told.epoch).arg("seq").arg(told.seq.0);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.client).await?,
        };
        let _id: String = ask(&command, &mut connection, PATIENCE).await?;
        // One that failed is not used again.
        self.connection = Some(connection);
        Ok(())
    }
}

/// Listens, over a connection that does nothing else: it is always waiting.
pub struct Listener {
    connection: MultiplexedConnection,
    after: String,
}

impl Listener {
    /// Behind the end of the stream, or behind what was read before.
    pub async fn connect(client: &Client, after: Option<&str>) -> Result<Self, String> {
        let mut connection = connect(client).await?;
        let end = end(&mut connection).await?;
        let after = match after {
            // A stream that ends before that is another one: Redis was emptied, or is another server.
            Some(after) if position(after) <= position(&end) => after.to_owned(),
            _ => end,
        };
        Ok(Self { connection, after })
    }

    /// The last entry that was read.
    pub fn after(&self) -> &str {
        &self.after
    }

    /// What was told since; nothing after a while in which nothing was.
    pub async fn next(&mut self) -> Result<Vec<Told>, String> {
        let mut command = cmd("XREAD");
        command.arg("COUNT").arg(BATCH);
        command
            .arg("BLOCK")
            .arg(u64::try_from(BLOCK.as_millis()).unwrap_or(0));
        command.arg("STREAMS").arg(KEY).arg(&self.after);
        let reply: Value = ask(&command, &mut self.connection, BLOCK + PATIENCE).await?;
        let entries = entries(&reply);
        if let Some((last, _)) = entries.last() {
            self.after.clone_from(last);
        }
        Ok(entries
            .into_iter()
            .filter_map(|(_, fields)| told(&fields))
            .collect())
    }
}

pub async fn connect(client: &Client) -> Result<MultiplexedConnection, String> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(None);
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    connecting.await.map_err(|error| error.to_string())
}

pub async fn ask<T: FromRedisValue>(
    command: &Cmd,
    connection: &mut MultiplexedConnection,
    patience: Duration,
) -> Result<T, String> {
    match tokio::time::timeout(patience, command.query_async(connection)).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("it does not answer in time".to_owned()),
    }
}

/// The last entry there is; `$` would lose what is told between two reads.
async fn end(connection: &mut MultiplexedConnection) -> Result<String, String> {
    let mut command = cmd("XREVRANGE");
    command.arg(KEY).arg("+").arg("-").arg("COUNT").arg(1);
    let reply: Value = ask(&command, connection, PATIENCE).await?;
    let last = list(&reply).iter().find_map(|entry| text(list(entry).first()?));
    Ok(last.unwrap_or_else(|| "0-0".to_owned()))
}

/// The order of the names of entries: milliseconds, then a number.
fn position(id: &str) -> (u64, u64) {
    let (at, number) = id.split_once('-').unwrap_or((id, "0"));
    (at.parse().unwrap_or(0), number.parse().unwrap_or(0))
}

/// The entries of a reply of `XREAD` for one stream: name and fields. Whatever has another shape is none.
fn entries(reply: &Value) -> Vec<(String, Vec<Value>)> {
    let stream = list(reply).first().map_or(&[][..], list);
    let entries = stream.get(1).map_or(&[][..], list);
    let entry = |entry: &Value| match list(entry) {
        [id, fields] => Some((text(id)?, list(fields).to_vec())),
        _ => None,
    };
    entries.iter().filter_map(entry).collect()
}

fn told(fields: &[Value]) -> Option<Told> {
    let field = |name: &str| {
        let mut pairs = fields.chunks_exact(2);
        pairs.find_map(|pair| match pair {
            [key, value] if text(key).as_deref() == Some(name) => text(value),
            _ => None,
        })
    };
    let epoch = field("epoch").filter(|epoch| epoch.len() <= LONGEST_EPOCH)?;
    let seq = field("seq")?.parse().ok()?;
    Some(Told { epoch, seq: Seq(seq) })
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => &[],
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn fields(texts: &[&str]) -> Vec<Value> {
        texts.iter().map(|text| bulk(text)).collect()
    }

    #[test]
    fn an_entry_names_a_history_and_a_position() {
        let told = |texts: &[&str]| told(&fields(texts));
        let expected = Told {
            epoch: "e".to_owned(),
            seq: Seq(7),
        };
        assert_eq!(told(&["epoch", "e", "seq", "7"]), Some(expected.clone()));
        assert_eq!(told(&["more", "x", "seq", "7", "epoch", "e"]), Some(expected));
        for garbage in [
            &[][..],
            &["epoch", "e"],
            &["epoch", "e", "seq"],
            &["epoch", "e", "seq", "many"],
            &["epoch", "e", "seq", "99999999999999999999"],
            &["epoch", &"e".repeat(65), "seq", "7"],
        ] {
            assert_eq!(told(garbage), None, "{garbage:?}");
        }
    }

    #[test]
    fn a_reply_of_another_shape_holds_no_entries() {
        let entry = |id: &str| Value::Array(vec![bulk(id), Value::Array(fields(&["a", "b"]))]);
        let reply = |entries| Value::Array(vec![Value::Array(vec![bulk(KEY), Value::Array(entries)])]);
        let found = entries(&reply(vec![entry("1-0"), Value::Nil, entry("2-0")]));
        assert_eq!(found.len(), 2);
        for other in [
            Value::Nil,
            Value::Okay,
            Value::Int(3),
            Value::Array(vec![]),
            reply(vec![]),
            reply(vec![Value::Array(vec![bulk("1-0")])]),
        ] {
            assert_eq!(entries(&other), vec![], "{other:?}");
        }
    }

    #[test]
    fn names_of_entries_are_ordered_by_time_and_number() {
        assert!(position("9-5") < position("10-0"));
        assert!(position("10-2") < position("10-10"));
        assert!(position("0-0") < position("1-0"));
    }
}
