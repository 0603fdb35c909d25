//! One database server (or one reader of the SQLite file): work that is run on it within its deadlines, and whether it
//! is in service. Must not know which node a query should go to.

pub mod monitor;
mod pool;
mod relay;
mod service;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;

pub use pool::PoolState;
pub(super) use relay::RelayThread;
pub use service::{Facts, ServiceReport};

use self::pool::{GREETING, Opener, Pool};
use self::relay::{Line, Relay};
use self::service::Service;
use super::connection::{Access, AnyConnection, DatabaseUrl};
use crate::error::{Error, Result};
use crate::metrics::DatabaseMetrics;

/// The most connections that a node can be given.
pub const LARGEST_POOL: u32 = 100;

/// The limits of a node.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections, and so threads, that the node may hold at once.
    pub pool_size: u32,
    /// How long a caller waits for one of them.
    pub acquire: Duration,
    /// How long a caller waits for its answer.
    pub query: Duration,
    /// How far a replica may be behind before it is left out.
    pub lag: Duration,
    /// How long a server may keep silent before it is taken for frozen.
    pub frozen: Duration,
}

#[cfg(test)]
impl Limits {
    /// For tests, which are about something else.
    pub fn patient() -> Limits {
        Limits {
            pool_size: 2,
            acquire: Duration::from_secs(10),
            query: Duration::from_secs(20),
            lag: Duration::from_secs(2),
            frozen: Duration::from_secs(2),
        }
    }
}

pub(super) struct Node {
    pub name: String,
    pub pool: Pool,
    pub service: Service,
    /// Tells everybody who waits that the server is frozen.
    frozen: Notify,
    /// A look is under way, perhaps one that was given up and whose thread still waits.
    is_looked_at: AtomicBool,
    limits: Limits,
    metrics: DatabaseMetrics,
}

impl Node {
    /// Prepares a node without connecting. `relay_thread` carries its connections if it is a server.
    pub fn new(
        name: String,
        url: DatabaseUrl,
        access: Access,
        limits: Limits,
        relay_thread: Option<tokio::runtime::Handle>,
        metrics: DatabaseMetrics,
    ) -> Node {
        let relay = match (&url, relay_thread) {
            (DatabaseUrl::Mysql(url), Some(thread)) => Relay::to(url, thread, GREETING),
            _ => None,
        };
        let opener = Opener::new(url, access, limits.query, relay);
        let node = Node {
            pool: Pool::new(opener, limits.pool_size, limits.acquire),
            service: Service::new(name.clone(), metrics.clone()),
            frozen: Notify::new(),
            is_looked_at: AtomicBool::new(false),
            name,
            limits,
            metrics,
        };
        node.note_connections();
        node
    }

    /// Runs blocking work with one connection on a thread of its own, within both deadlines. Work that takes too long
    /// loses its connection, so that its thread comes back too.
    pub async fn run<T, F>(self: &Arc<Self>, operation: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        let asked = Instant::now();
        let Some(permit) = self.pool.enter().await? else {
            self.metrics.count_pool_timeout(&self.name);
            return Err(Error::unavailable(
                "database",
                format!("no free connection to {} in time", self.name),
            ));
        };
        let node = Arc::clone(self);
        let turn = Arc::new(Turn::default());
        let of_work = Arc::clone(&turn);
        let answer = within(self.limits.acquire + GREETING + self.limits.query, move |line| {
            let _permit = permit;
            node.run_blocking(operation, asked, (line, &of_work), work)
        });
        let answer = tokio::select! {
            answer = answer => answer,
            error = self.lets_go(&turn) => Some(Err(error)),
        };
        // Where somebody looks after the node, they tell slow work from a frozen server.
        let is_slow = answer.is_none() && self.service.is_watched();
        let answer = answer.unwrap_or_else(|| Err(self.silent()));
        if !is_slow {
            self.service.note(&answer);
        }
        answer
    }

    /// Comes when the server is frozen or takes no connection while work still has none: then the work is given up, and
    /// will not be done. Work that has a connection ends with it.
    async fn lets_go(&self, turn: &Turn) -> Error {
        loop {
            let error = tokio::select! {
                () = self.frozen.notified() => self.silent(),
                why = self.pool.unreachable() => {
                    Error::unavailable("database", format!("{} cannot be reached: {why}", self.name))
                }
            };
            if turn.claim() {
                return error;
            }
        }
    }

    fn run_blocking<T>(
        &self,
        operation: &'static str,
        asked: Instant,
        (line, turn): (&Mutex<Option<Line>>, &Turn),
        work: impl FnOnce(&mut AnyConnection) -> Result<T>,
    ) -> Result<T> {
        let mut started = asked;
        let answer = self.pool.with(
            |connected| {
                *line.lock() = connected;
                started = Instant::now();
                self.metrics
                    .observe_wait(&self.name, started.duration_since(asked).as_secs_f64());
                self.note_connections();
            },
            |connection| {
                if !turn.claim() {
                    return Err(self.silent());
                }
                work(connection)
            },
        );
        self.metrics
            .observe_operation(&self.name, operation, started.elapsed().as_secs_f64());
        self.note_connections();
        answer
    }

    /// Asks the node how it is, over a connection of its own: a pool in use says nothing about the server. A server that
    /// keeps silent is frozen, and everybody who waits on it is let go.
    pub async fn look(
        self: &Arc<Self>,
        look: impl FnOnce(&mut AnyConnection) -> Result<Facts> + Send + 'static,
    ) {
        if self.is_looked_at.swap(true, Ordering::AcqRel) {
            return;
        }
        let node = Arc::clone(self);
        let looked = within(self.limits.frozen, move |line| {
            let _over = LookOver(&node);
            let kept = node.service.take_connection(&node.pool);
            let mut connection = match kept {
                Some(connection) => connection,
                None => node
                    .pool
                    .opener()
                    .open()
                    .map_err(|error| Error::unavailable("database", error))?,
            };
            *line.lock() = connection.line();
            let facts = look(&mut connection.database)?;
            node.service.keep_connection(connection);
            Ok(facts)
        })
        .await;
        match looked {
            Some(Ok(facts)) => {
                if self.service.is_another_server(&facts) {
                    tracing::warn!(db_node = %self.name, "behind the node's address stands another server");
                    self.pool.renew();
                }
                self.service.found_well(facts);
            }
            Some(Err(error)) => self.service.found_ill(&error),
            None => {
                self.service.found_ill(&self.silent());
                self.pool.hang_up();
                self.frozen.notify_waiters();
            }
        }
        self.note_connections();
    }

    /// Connections may be as many as this from now on.
    pub fn resize(&self, size: u32) {
        self.pool.resize(size);
        self.note_connections();
    }

    fn silent(&self) -> Error {
        Error::unavailable("database", format!("{} did not answer in time", self.name))
    }

    fn note_connections(&self) {
        let PoolState { size, idle, used } = self.pool.state();
        self.metrics.set_connections(&self.name, [size, idle, used]);
    }
}

/// The thread of a look has come back.
struct LookOver<'a>(&'a Node);

impl Drop for LookOver<'_> {
    fn drop(&mut self) {
        self.0.is_looked_at.store(false, Ordering::Release);
    }
}

/// Whether a piece of work may still begin: either its thread claims it to do it or its caller to give it up, never both,
/// so that nothing is done of which somebody was told that it was not.
#[derive(Default)]
struct Turn(AtomicBool);

impl Turn {
    /// Whether this is the first claim.
    fn claim(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Runs blocking work that tells over which line it talks; after the deadline the line is hung up, and the answer is
/// `None`.
#[expect(
    clippy::disallowed_methods,
    reason = "bounded by the node's permits, or one per look"
)]
async fn within<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce(&Mutex<Option<Line>>) -> Result<T> + Send + 'static,
) -> Option<Result<T>> {
    let line: Arc<Mutex<Option<Line>>> = Arc::default();
    let of_work = Arc::clone(&line);
    let task = tokio::task::spawn_blocking(move || work(&of_work));
    match tokio::time::timeout(deadline, task).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(panicked)) => Some(Err(Error::internal(panicked))),
        Err(_) => {
            if let Some(line) = line.lock().take() {
                line.hang_up();
            }
            None
        }
    }
}
