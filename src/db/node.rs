//! One database server (or one reader of the SQLite file): its pool, its permits, and whether it answers.
//! Must not know which node a query should go to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::connection::{Access, AnyConnection, ConnectionManager, DatabaseUrl};
use crate::error::{Error, Result};
use crate::metrics::DatabaseMetrics;

/// How long a node that failed is left out before it is tried again.
const COOLING: Duration = Duration::from_secs(1);

/// The three limits of a node.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections, and so threads, that the node may hold at once.
    pub pool_size: u32,
    /// How long a caller waits for one of them.
    pub acquire: Duration,
    /// How long a caller waits for its answer.
    pub query: Duration,
}

pub(super) struct Node {
    name: String,
    pool: r2d2::Pool<ConnectionManager>,
    /// Taken before a thread is: a frozen server holds at most `pool_size` threads, never all of them.
    permits: Arc<Semaphore>,
    limits: Limits,
    cooling_until: Mutex<Option<Instant>>,
    metrics: DatabaseMetrics,
}

impl Node {
    /// Prepares a node without connecting: a replica that is down must not keep the shop from starting.
    pub fn new(
        name: String,
        url: DatabaseUrl,
        access: Access,
        limits: Limits,
        metrics: DatabaseMetrics,
    ) -> Node {
        let pool = r2d2::Pool::builder()
            .max_size(limits.pool_size)
            .min_idle(Some(0))
            .connection_timeout(limits.acquire)
            .test_on_check_out(false)
            .idle_timeout(Some(Duration::from_secs(600)))
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(ConnectionManager::new(url, access, limits.query));
        metrics.set_connections(&name, 0, 0);
        Node {
            permits: Arc::new(Semaphore::new(limits.pool_size as usize)),
            cooling_until: Mutex::new(None),
            name,
            pool,
            limits,
            metrics,
        }
    }

    /// Whether it is worth asking: it did not fail within the last second.
    pub fn is_healthy(&self) -> bool {
        self.cooling_until
            .lock()
            .is_none_or(|until| until <= Instant::now())
    }

    /// Runs blocking work with one connection on a thread of its own, within both deadlines. The permit stays
    /// with the thread, so work that its caller gave up still counts until it really ends.
    #[expect(clippy::disallowed_methods, reason = "bounded by the node's permits")]
    pub async fn run<T, F>(self: &Arc<Self>, operation: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        let asked = Instant::now();
        let permit = tokio::time::timeout(self.limits.acquire, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| {
                Error::unavailable("database", format!("no free connection to {} in time", self.name))
            })?
            .map_err(Error::internal)?;
        let node = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            node.run_blocking(operation, asked, work)
        });
        let answer = match tokio::time::timeout(self.limits.acquire + self.limits.query, task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panicked)) => Err(Error::internal(panicked)),
            Err(_) => Err(Error::unavailable(
                "database",
                format!("{} did not answer in time", self.name),
            )),
        };
        self.note(&answer);
        answer
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where pooled connections are taken, under a permit"
    )]
    fn run_blocking<T>(
        &self,
        operation: &'static str,
        asked: Instant,
        work: impl FnOnce(&mut AnyConnection) -> Result<T>,
    ) -> Result<T> {
        let mut connection = self.pool.get()?;
        let started = Instant::now();
        self.metrics
            .observe_wait(&self.name, started.duration_since(asked).as_secs_f64());
        self.note_connections();
        let answer = work(&mut connection);
        self.metrics
            .observe_operation(&self.name, operation, started.elapsed().as_secs_f64());
        drop(connection);
        self.note_connections();
        answer
    }

    fn note_connections(&self) {
        let state = self.pool.state();
        self.metrics.set_connections(
            &self.name,
            state.idle_connections,
            state.connections.saturating_sub(state.idle_connections),
        );
    }

    fn note<T>(&self, answer: &Result<T>) {
        let failed = matches!(answer, Err(Error::Unavailable { .. }));
        let mut cooling_until = self.cooling_until.lock();
        if failed {
            tracing::warn!(db_node = %self.name, "a database node failed and is left out for a second");
            *cooling_until = Some(Instant::now() + COOLING);
        } else if answer.is_ok() {
            *cooling_until = None;
        }
    }
}
