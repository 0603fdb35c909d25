//! The connections of one node: opened over lines that can be hung up, kept, counted, and as many as the node is given
//! at the time. Must not know what they are used for or whether the node is well.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::relay::{Line, Relay};
use crate::db::connection::{Access, AnyConnection, ConnectionManager, DatabaseUrl};
use crate::error::{Error, Result};

/// How long the driver may take to reach a server and be greeted.
pub(super) const GREETING: Duration = Duration::from_secs(2);

/// A connection that nobody used for this long is closed.
const IDLE: Duration = Duration::from_secs(600);

/// A connection with the line it runs over, if it runs over one.
pub(in crate::db) struct PooledConnection {
    pub database: AnyConnection,
    line: Option<Line>,
    /// The generation of the node when it was opened.
    generation: u64,
}

#[derive(Default)]
struct Unreachable {
    told: Notify,
    why: Mutex<String>,
}

/// Opens connections and tells which are of no more use, without asking the server.
#[derive(Clone)]
pub(in crate::db) struct Opener {
    url: DatabaseUrl,
    access: Access,
    query_limit: Duration,
    relay: Option<Relay>,
    /// Grows when all connections so far have become those of another server.
    generation: Arc<AtomicU64>,
    /// Tells those who wait for a connection that none could be opened, and why.
    unreachable: Arc<Unreachable>,
}

impl Opener {
    pub fn new(url: DatabaseUrl, access: Access, query_limit: Duration, relay: Option<Relay>) -> Opener {
        Opener {
            url,
            access,
            query_limit,
            relay,
            generation: Arc::default(),
            unreachable: Arc::default(),
        }
    }

    /// Opens a connection; blocks, at most for [`GREETING`] where there is a relay.
    pub fn open(&self) -> std::result::Result<PooledConnection, diesel::r2d2::Error> {
        let generation = self.generation.load(Ordering::Acquire);
        let establish =
            |url: DatabaseUrl| ConnectionManager::new(url, self.access, self.query_limit).establish();
        let Some(relay) = &self.relay else {
            return Ok(PooledConnection {
                database: establish(self.url.clone())?,
                line: None,
                generation,
            });
        };
        let (url, line) = relay.open().map_err(|error| {
            let why = diesel::ConnectionError::BadConnection(error.to_string());
            diesel::r2d2::Error::ConnectionError(why)
        })?;
        let limit = relay.limit(&line);
        let database = establish(DatabaseUrl::Mysql(url))?;
        drop(limit);
        Ok(PooledConnection {
            database,
            line: Some(line),
            generation,
        })
    }
}

impl PooledConnection {
    pub fn line(&self) -> Option<Line> {
        self.line.clone()
    }

    fn is_dead(&self) -> bool {
        self.line.as_ref().is_some_and(Line::is_dead)
    }
}

impl r2d2::ManageConnection for Opener {
    type Connection = PooledConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> std::result::Result<PooledConnection, Self::Error> {
        self.open().inspect_err(|error| {
            *self.unreachable.why.lock() = error.to_string();
            self.unreachable.told.notify_waiters();
        })
    }

    /// Costs no round trip: the line knows whether the server hung up.
    fn is_valid(&self, connection: &mut PooledConnection) -> std::result::Result<(), Self::Error> {
        let is_current = connection.generation == self.generation.load(Ordering::Acquire);
        if is_current && !connection.is_dead() {
            return Ok(());
        }
        let why = diesel::ConnectionError::BadConnection("the connection has ended".to_owned());
        Err(diesel::r2d2::Error::ConnectionError(why))
    }

    fn has_broken(&self, connection: &mut PooledConnection) -> bool {
        use diesel::r2d2::R2D2Connection;
        std::thread::panicking() || connection.is_dead() || connection.database.is_broken()
    }
}

/// The connections of a node. As many callers get in as there are connections, so a server that is frozen holds so many
/// threads and no more.
pub(in crate::db) struct Pool {
    opener: Opener,
    acquire: Duration,
    connections: RwLock<r2d2::Pool<Opener>>,
    permits: Arc<Semaphore>,
    size: AtomicU32,
    in_use: Mutex<Vec<(u64, Line)>>,
    next: AtomicU64,
}

/// How many connections a pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// The most there may be.
    pub size: u32,
    pub idle: u32,
    pub used: u32,
}

impl Pool {
    /// Connects to nothing yet: a replica that is down must not keep the shop from starting.
    pub fn new(opener: Opener, size: u32, acquire: Duration) -> Pool {
        Pool {
            connections: RwLock::new(connections(&opener, size, acquire)),
            permits: Arc::new(Semaphore::new(size as usize)),
            size: AtomicU32::new(size),
            in_use: Mutex::default(),
            next: AtomicU64::default(),
            opener,
            acquire,
        }
    }

    /// Comes with the reason when a connection could not be opened: whoever still waits for one had better ask elsewhere,
    /// since the pool would go on trying for as long as they wait.
    pub async fn unreachable(&self) -> String {
        self.opener.unreachable.told.notified().await;
        self.opener.unreachable.why.lock().clone()
    }

    /// Whether somebody would get in without waiting.
    pub fn has_room(&self) -> bool {
        self.permits.available_permits() > 0
    }

    /// Waits for one's turn; `None` when it does not come in time.
    pub async fn enter(&self) -> Result<Option<OwnedSemaphorePermit>> {
        let turn = Arc::clone(&self.permits).acquire_owned();
        match tokio::time::timeout(self.acquire, turn).await {
            Ok(permit) => permit.map(Some).map_err(Error::internal),
            Err(_) => Ok(None),
        }
    }

    /// Takes a connection and hands it to `work`; `started` learns the line first, so that it can be hung up from
    /// elsewhere. Blocks: callers have entered before.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where pooled connections are taken, under a permit"
    )]
    pub fn with<T>(
        &self,
        started: impl FnOnce(Option<Line>),
        work: impl FnOnce(&mut AnyConnection) -> Result<T>,
    ) -> Result<T> {
        let connections = self.connections.read().clone();
        let mut connection = connections.get()?;
        let _in_use = connection.line().map(|line| InUse::note(self, line));
        started(connection.line());
        work(&mut connection.database)
    }

    /// Ends every connection that somebody is waiting on, and forgets those that nobody uses.
    pub fn hang_up(&self) {
        self.in_use.lock().iter().for_each(|(_, line)| line.hang_up());
        self.renew();
    }

    /// From now on only connections that are opened from now on count: behind the address stands another server.
    pub fn renew(&self) {
        self.opener.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Gives the node more or fewer connections. What is in use is left alone.
    pub fn resize(&self, size: u32) {
        let mut connections = self.connections.write();
        let before = self.size.swap(size, Ordering::AcqRel);
        *connections = self::connections(&self.opener, size, self.acquire);
        drop(connections);
        if size > before {
            self.permits.add_permits((size - before) as usize);
        } else {
            let permits = Arc::clone(&self.permits);
            let fewer = before - size;
            tokio::spawn(async move {
                // Those in use are taken away as they come back.
                if let Ok(taken) = permits.acquire_many(fewer).await {
                    taken.forget();
                }
            });
        }
    }

    pub fn state(&self) -> PoolState {
        let state = self.connections.read().state();
        let size = self.size.load(Ordering::Acquire);
        PoolState {
            size,
            idle: state.idle_connections,
            used: state.connections.saturating_sub(state.idle_connections),
        }
    }

    pub fn opener(&self) -> &Opener {
        &self.opener
    }
}

fn connections(opener: &Opener, size: u32, acquire: Duration) -> r2d2::Pool<Opener> {
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        // Whoever is let in finds a connection or may open one.
        .connection_timeout(acquire + GREETING)
        .test_on_check_out(true)
        .idle_timeout(Some(IDLE))
        .error_handler(Box::new(r2d2::NopErrorHandler))
        .build_unchecked(opener.clone())
}

/// A line that somebody waits on, until dropped.
struct InUse<'a> {
    pool: &'a Pool,
    number: u64,
}

impl InUse<'_> {
    fn note(pool: &Pool, line: Line) -> InUse<'_> {
        let number = pool.next.fetch_add(1, Ordering::Relaxed);
        pool.in_use.lock().push((number, line));
        InUse { pool, number }
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.pool
            .in_use
            .lock()
            .retain(|(number, _)| *number != self.number);
    }
}
