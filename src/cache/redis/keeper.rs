//! Holds the one connection to Redis: makes it, looks after it, makes another one. Must not know what is asked over it.
//!
//! It runs as one task for as long as the process does, and the connection lives on that task's runtime. Requests, on
//! threads with runtimes of their own, only ever use what is there.

use std::time::{Duration, Instant};

use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{AsyncConnectionConfig, ConnectionInfo, IntoConnectionInfo, cmd};
use deadpool_redis::{Connection, Manager, Pool, PoolError, Runtime};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};

use super::breaker::Opened;
use super::{Redis, jittered};
use crate::db::Moment;
use crate::error::{Error, Result};

/// How long Redis is left alone after it failed.
const COOLING: Duration = Duration::from_secs(2);

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(1);

/// How often an idle connection is looked after, and how long it may take to answer then.
const LOOK: Duration = Duration::from_secs(1);
const LOOK_PATIENCE: Duration = Duration::from_millis(500);

/// Looks at a new connection; the quickest answer counts.
const LOOKS: usize = 3;

/// How Redis is, for whoever shows it to the owner.
#[derive(Debug, Clone)]
pub struct RedisReport {
    /// Host and port, or the socket; never a password.
    pub address: String,
    pub is_up: bool,
    /// Since when it has been so, once a connection was tried.
    pub since: Option<Moment>,
    /// What it failed with, until it is well again.
    pub fault: Option<String>,
}

#[derive(Default)]
pub(super) struct Condition(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    since: Option<Moment>,
    fault: Option<String>,
}

/// Where Redis is, and the pool of one connection to it.
pub(super) struct Address {
    shown: String,
    pool: Pool,
}

impl Address {
    pub fn parse(url: &SecretString) -> Result<Address> {
        let info = connection_info(url)?;
        let shown = info.addr().to_string();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            // Each request has its own.
            .set_response_timeout(None);
        let manager = Manager::new_with_config(info, config).map_err(Error::internal)?;
        let pool = Pool::builder(manager)
            .max_size(1)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(CONNECT))
            .build()
            .map_err(Error::internal)?;
        Ok(Address { shown, pool })
    }
}

fn connection_info(url: &SecretString) -> Result<ConnectionInfo> {
    let info = url
        .expose_secret()
        .into_connection_info()
        .map_err(Error::internal)?;
    // Without it a small request waits for the acknowledgement of the one before: up to 40 ms.
    let socket = info.tcp_settings().clone().set_nodelay(true);
    Ok(info.set_tcp_settings(socket))
}

impl Redis {
    /// Connects, and connects anew whenever the connection breaks or Redis falls silent. Never ends.
    pub async fn keep_connected(self) {
        loop {
            let why = match self.connect().await {
                Ok(connection) => self.hold(connection).await,
                Err(fault) => {
                    self.is_down(fault);
                    Opened::Silent
                }
            };
            if why != Opened::Lost {
                tokio::time::sleep(jittered(COOLING)).await;
            }
        }
    }

    /// Whether Redis is asked at the moment.
    pub fn is_up(&self) -> bool {
        !self.0.breaker.is_open()
    }

    pub fn report(&self) -> RedisReport {
        let noted = self.0.condition.0.lock();
        RedisReport {
            address: self.0.address.shown.clone(),
            is_up: self.is_up(),
            since: noted.since,
            fault: noted.fault.clone(),
        }
    }

    /// A connection over which Redis answers as quickly as requests need it.
    async fn connect(&self) -> std::result::Result<Connection, String> {
        let mut connection = self.0.address.pool.get().await.map_err(|error| match error {
            // In Redis's own words, without the pool's.
            PoolError::Backend(error) => error.to_string(),
            other => other.to_string(),
        })?;
        for _ in 0..LOOKS {
            let begun = Instant::now();
            if let Err(fault) = look(&mut connection).await {
                drop(Connection::take(connection));
                return Err(fault);
            }
            if begun.elapsed() < self.0.deadline {
                return Ok(connection);
            }
        }
        drop(Connection::take(connection));
        Err("it answers too slowly".to_owned())
    }

    /// Lends the connection to all requests until it is no good any more.
    async fn hold(&self, connection: Connection) -> Opened {
        let breaker = &self.0.breaker;
        let begun = Instant::now();
        let mut own = (*connection).clone();
        breaker.close((*connection).clone());
        self.is_well();
        let (why, fault) = loop {
            let looked = async {
                tokio::time::sleep(LOOK).await;
                look(&mut own).await
            };
            tokio::select! {
                why = breaker.opened() => break (why, shown(why).to_owned()),
                looked = looked => if let Err(fault) = looked {
                    breaker.open(Opened::Silent);
                    break (Opened::Silent, fault);
                },
            }
        };
        // Not back into the pool, which would hand it out again.
        drop(Connection::take(connection));
        self.is_down(fault);
        // One that breaks as soon as it is made is not made over and over.
        if begun.elapsed() < COOLING {
            Opened::Silent
        } else {
            why
        }
    }

    fn is_well(&self) {
        self.0.metrics.set_breaker(false);
        let mut noted = self.0.condition.0.lock();
        noted.since = Some(Moment::now());
        if noted.fault.take().is_some() {
            tracing::info!(redis = self.0.address.shown, "Redis is back in service");
        }
    }

    fn is_down(&self, fault: String) {
        self.0.metrics.set_breaker(true);
        let mut noted = self.0.condition.0.lock();
        if noted.fault.is_none() {
            tracing::warn!(
                redis = self.0.address.shown,
                fault,
                "Redis is out of service: answers are kept in this process only"
            );
            noted.since = Some(Moment::now());
        }
        noted.fault = Some(fault);
    }
}

async fn look(connection: &mut MultiplexedConnection) -> std::result::Result<(), String> {
    let ping = cmd("PING");
    match tokio::time::timeout(LOOK_PATIENCE, ping.query_async::<String>(connection)).await {
        Ok(Ok(_)) => Ok(()),
        // One that cannot write to its disk refuses even this, and is as good as ever to read.
        Ok(Err(error)) if error.code() == Some("MISCONF") => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(shown(Opened::Silent).to_owned()),
    }
}

fn shown(why: Opened) -> &'static str {
    match why {
        Opened::Silent => "it does not answer in time",
        Opened::Lost => "the connection broke",
    }
}
