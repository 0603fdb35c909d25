//! Finished answers in Redis, where all nodes of the shop find them. Must not know HTTP, and never fails: whatever goes
//! wrong is a miss, and counted.
//!
//! One connection carries the requests of all threads. A task of its own holds it (`keeper`), so that no request ever waits
//! for a connection; how long one waits for an answer is `breaker`'s to say.

mod breaker;
mod keeper;
mod key;
mod stored;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{Cmd, ErrorKind, FromRedisValue, RedisError, cmd};
use secrecy::SecretString;

use crate::error::Result;
use crate::metrics::{CacheLayer, CacheMetrics, CacheResult, LeaseResult};
use breaker::{Breaker, Waited};
pub use keeper::RedisReport;
use keeper::{Address, Condition};
use key::Keys;
pub use stored::Stored;

/// Longer than making an answer takes in a healthy shop; whoever dies while making one holds nobody up for longer.
const LEASE_MS: u64 = 3000;

/// Takes a lease that nobody has. One that would never end is none of ours: it ends like any other.
const TAKE: &str = "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end \
     if redis.call('PTTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";

/// Gives a lease back only if it is still one's own: after its time another node may have it.
const GIVE_BACK: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end";

/// The Redis of the shop. Cloning is cheap.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    address: Address,
    keys: Keys,
    /// The longest time that anybody waits for an answer.
    deadline: Duration,
    breaker: Breaker<MultiplexedConnection>,
    condition: Condition,
    metrics: CacheMetrics,
}

/// Whether this node may make an answer that several want.
#[derive(Debug, PartialEq, Eq)]
pub enum Lease {
    /// It may, and gives the token back when it is done.
    Won(String),
    /// Another one is at it.
    Lost,
    /// Nobody knows.
    Unavailable,
}

/// Why there is no answer of Redis.
enum Fault {
    NotAsked,
    TimedOut,
    /// Redis refused, or the connection broke.
    Failed(RedisError),
}

impl Redis {
    /// Connects to nothing yet: that is for [`Redis::keep_connected`]. All keys begin with `vitrine:` and the namespace,
    /// which must tell shops apart that share a Redis.
    ///
    /// # Errors
    /// When the address is not one of a Redis.
    pub fn new(url: &SecretString, namespace: String, op: Duration, metrics: CacheMetrics) -> Result<Redis> {
        metrics.set_breaker(true);
        Ok(Redis(Arc::new(Inner {
            address: Address::parse(url)?,
            keys: Keys::new(namespace),
            deadline: op,
            breaker: Breaker::new(op),
            condition: Condition::default(),
            metrics,
        })))
    }

    /// The answer under a key. A miss, a Redis that is away and a value that is none are all `None`. Whoever gets one
    /// counts what it was worth: a hit, or out of date.
    pub async fn get(&self, key: &str) -> Option<Stored> {
        let key = self.0.keys.answer(key);
        // Asks for one byte more than a value may have, so that a foreign one does not fill the memory.
        let mut command = cmd("GETRANGE");
        command.arg(&key).arg(0).arg(stored::LARGEST);
        let value: Vec<u8> = match self.ask(&command).await {
            Ok(value) => value,
            Err(fault) => {
                self.count(fault.result());
                return None;
            }
        };
        if value.is_empty() {
            self.count(CacheResult::Miss);
            return None;
        }
        let found = Stored::decode(&key, &Bytes::from(value));
        if found.is_none() {
            self.count(CacheResult::Corrupt);
        }
        found
    }

    /// Keeps an answer for about `ttl`: ten per cent more or less, so that what was stored together is not all due together.
    pub async fn set(&self, key: &str, value: &Stored, ttl: Duration) {
        let key = self.0.keys.answer(key);
        let Some(value) = value.encode(&key) else {
            self.count(CacheResult::Rejected);
            return;
        };
        let lifetime = u64::try_from(jittered(ttl).as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let mut command = cmd("SET");
        command.arg(&key).arg(&value).arg("PX").arg(lifetime);
        if let Err(fault) = self.ask::<()>(&command).await {
            self.count(fault.result());
        }
    }

    /// Asks to be the one node that makes the answer under a key.
    pub async fn lease(&self, key: &str) -> Lease {
        let lease = self.ask_for_lease(key).await;
        self.0.metrics.count_lease(match lease {
            Lease::Won(_) => LeaseResult::Won,
            Lease::Lost => LeaseResult::Lost,
            Lease::Unavailable => LeaseResult::Unavailable,
        });
        lease
    }

    async fn ask_for_lease(&self, key: &str) -> Lease {
        let mut random = [0_u8; 16];
        if getrandom::fill(&mut random).is_err() {
            return Lease::Unavailable;
        }
        let token = hex::encode(random);
        let mut command = cmd("EVAL");
        command
            .arg(TAKE)
            .arg(1)
            .arg(self.0.keys.lease(key))
            .arg(&token)
            .arg(LEASE_MS);
        match self.ask::<bool>(&command).await {
            Ok(true) => Lease::Won(token),
            Ok(false) => Lease::Lost,
            Err(_) => Lease::Unavailable,
        }
    }

    /// Gives a lease back, so that the next change does not wait for its end.
    pub async fn release(&self, key: &str, token: &str) {
        let mut command = cmd("EVAL");
        command
            .arg(GIVE_BACK)
            .arg(1)
            .arg(self.0.keys.lease(key))
            .arg(token);
        // If it fails the lease ends by itself.
        drop(self.ask::<i64>(&command).await);
    }

    fn count(&self, result: CacheResult) {
        self.0.metrics.count(CacheLayer::L2, result);
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> std::result::Result<T, Fault> {
        let Some((mut connection, admission)) = self.0.breaker.admit() else {
            return Err(Fault::NotAsked);
        };
        let answer = match admission.wait(command.query_async(&mut connection)).await {
            Waited::Answer(answer) => answer,
            Waited::LetGo => return Err(Fault::NotAsked),
            Waited::TimedOut => {
                admission.failed();
                return Err(Fault::TimedOut);
            }
        };
        match &answer {
            Err(error) if is_answer(error) => admission.answered(),
            Err(error) if error.is_unrecoverable_error() => admission.lost(),
            Err(_) => admission.failed(),
            Ok(_) => admission.answered(),
        }
        answer.map_err(Fault::Failed)
    }
}

impl Fault {
    fn result(&self) -> CacheResult {
        match self {
            Fault::NotAsked => CacheResult::Bypass,
            Fault::TimedOut => CacheResult::Timeout,
            // Somebody else keeps a list, a set or the like under our key.
            Fault::Failed(error) if error.code() == Some("WRONGTYPE") => CacheResult::Corrupt,
            Fault::Failed(_) => CacheResult::Error,
        }
    }
}

/// Whether an error is what Redis said: then it is there, and saying it took no longer than any other answer.
fn is_answer(error: &RedisError) -> bool {
    error.code().is_some() || error.kind() == ErrorKind::UnexpectedReturnType
}

fn jittered(ttl: Duration) -> Duration {
    ttl.mul_f64(0.9 + 0.2 * fastrand::f64())
}
