//! Sends each query to the node that its intent names: `read` to a random healthy replica, `read_at_least` to
//! one that has seen a position, `write` to the primary. Must not know tables other than the log's.

mod nodes;
mod read;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

pub use nodes::NodeReport;

use crate::db::changes::{self, Head, Origin, WriteTransaction, Written};
use crate::db::connection::{Access, AnyConnection, DatabaseUrl};
use crate::db::node::{Limits, Node, RelayThread};
use crate::db::reader;
use crate::db::transaction::{self, Committed};
use crate::db::types::Seq;
use crate::error::Result;
use crate::metrics::DatabaseMetrics;

/// Readers of an SQLite file when no replicas are named: the router always routes.
const SQLITE_READERS: usize = 2;

/// Every decision that can be counted, so that each metric exists from the start.
const DECISIONS: [(&str, &str); 8] = [
    ("replica", "any"),
    ("replica", "fresh"),
    ("primary", "no_replicas"),
    ("primary", "no_healthy_replica"),
    ("primary", "stale_replica"),
    ("primary", "failed_replica"),
    ("primary", "write"),
    ("primary", "unlogged"),
];

/// Told of each write of this process.
type OnCommit = Box<dyn Fn(&Written) + Send + Sync>;

/// The databases of the shop behind three intents. Cloning is cheap.
#[derive(Clone)]
pub struct Router(Arc<Inner>);

struct Inner {
    // Before the thread that carries their connections.
    primary: Arc<Node>,
    replicas: Vec<Arc<Node>>,
    metrics: DatabaseMetrics,
    newest: watch::Sender<Seq>,
    on_commit: OnceLock<OnCommit>,
    lag_limit: Duration,
    is_on_sqlite: bool,
    _relay_thread: Option<RelayThread>,
}

impl Router {
    /// Prepares the nodes; connects to none of them.
    pub fn new(
        primary: DatabaseUrl,
        replicas: Vec<DatabaseUrl>,
        limits: Limits,
        metrics: DatabaseMetrics,
    ) -> Router {
        let is_on_sqlite = primary.sqlite_file().is_some();
        let relay_thread = if is_on_sqlite {
            None
        } else {
            RelayThread::start().ok()
        };
        let carried_by = relay_thread.as_ref().and_then(RelayThread::handle);
        let node = |name: String, url, access, limits| {
            let carried_by = carried_by.clone();
            Arc::new(Node::new(name, url, access, limits, carried_by, metrics.clone()))
        };
        let replica_urls = if is_on_sqlite && replicas.is_empty() {
            vec![primary.clone(); SQLITE_READERS]
        } else {
            replicas
        };
        let replicas = (1..)
            .zip(replica_urls)
            .map(|(number, url)| node(format!("replica-{number}"), url, Access::ReadOnly, limits))
            .collect();
        // SQLite has one writer; a second connection would only wait for the first one's lock.
        let primary_limits = if is_on_sqlite {
            Limits {
                pool_size: 1,
                acquire: limits.query,
                ..limits
            }
        } else {
            limits
        };
        let primary = node("primary".to_owned(), primary, Access::ReadWrite, primary_limits);
        for (target, reason) in DECISIONS {
            metrics.announce_decision(target, reason);
        }
        Router(Arc::new(Inner {
            primary,
            replicas,
            metrics,
            newest: watch::Sender::new(Seq::default()),
            on_commit: OnceLock::new(),
            lag_limit: limits.lag,
            is_on_sqlite,
            _relay_thread: relay_thread,
        }))
    }

    /// Runs `work` in one transaction on the primary that may append to the change log. It may be run again
    /// when it loses a deadlock, so everything it does must happen through the transaction.
    ///
    /// # Errors
    /// Those of `work` (everything is rolled back); unavailable when the primary does not answer.
    pub async fn write<T, F>(&self, operation: &'static str, origin: Origin, work: F) -> Result<Committed<T>>
    where
        T: Send + 'static,
        F: Fn(&mut WriteTransaction<'_>) -> Result<T> + Send + Sync + 'static,
    {
        self.0.metrics.count_decision("primary", "write");
        let (committed, written) = self
            .writable_primary()?
            .run(operation, move |connection| {
                transaction::write(connection, &origin, &work)
            })
            .await?;
        self.saw(committed.seq);
        // Before who asked for it learns that it was written, whoever keeps answers knows which of them are old now.
        if let Some(tell) = self.0.on_commit.get() {
            tell(&written);
        }
        reader::saw(committed.seq);
        Ok(committed)
    }

    /// From now on `tell` learns of each write of this process before whoever asked for it does. Only the first call counts.
    pub fn on_commit(&self, tell: impl Fn(&Written) + Send + Sync + 'static) {
        let _ = self.0.on_commit.set(Box::new(tell));
    }

    /// Does what [`Router::write`] does and takes it back, to learn what it would have returned.
    ///
    /// # Errors
    /// As [`Router::write`].
    pub async fn rehearse<T, F>(
        &self,
        operation: &'static str,
        origin: Origin,
        work: F,
    ) -> Result<Committed<T>>
    where
        T: Send + 'static,
        F: Fn(&mut WriteTransaction<'_>) -> Result<T> + Send + Sync + 'static,
    {
        self.0.metrics.count_decision("primary", "write");
        self.writable_primary()?
            .run(operation, move |connection| {
                transaction::rehearse(connection, &origin, &work)
            })
            .await
    }

    /// Runs `work` in one transaction on the primary over tables that stand outside the change log: sessions,
    /// set-up tokens, last use of keys. Reads and writes.
    ///
    /// # Errors
    /// Those of `work`; unavailable when the primary does not answer.
    pub async fn unlogged<T, F>(&self, operation: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
    {
        let run = move |connection: &mut AnyConnection| transaction::unlogged(connection, &work);
        self.beside_the_log(operation, run).await
    }

    /// Runs on the primary what the log knows nothing of.
    async fn beside_the_log<T, F>(&self, operation: &'static str, run: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
    {
        self.0.metrics.count_decision("primary", "unlogged");
        reader::note_unlogged();
        self.writable_primary()?.run(operation, run).await
    }

    /// The head of the log as the primary has it.
    ///
    /// # Errors
    /// Unavailable when the primary does not answer.
    pub async fn primary_head(&self) -> Result<Head> {
        let head = self.0.primary.run("change_head", changes::head).await?;
        self.saw(Seq(head.seq));
        Ok(head)
    }

    /// Somebody says that there is this change. It may be one of another shop, or of a history that is gone, so it is only a
    /// reason to ask the primary: what that has is what followers are woken with. `None` when it is known already.
    ///
    /// # Errors
    /// Unavailable when the primary does not answer.
    pub async fn heard_of(&self, seq: Seq) -> Result<Option<Head>> {
        if seq <= *self.0.newest.borrow() {
            return Ok(None);
        }
        self.writable_primary()?;
        self.primary_head().await.map(Some)
    }

    /// Wakes whoever follows the log when this process learns of a newer change.
    pub fn newest(&self) -> watch::Receiver<Seq> {
        self.0.newest.subscribe()
    }

    /// Whether any node can be read: what readiness asks.
    ///
    /// # Errors
    /// Unavailable when none can.
    pub async fn ping(&self) -> Result<()> {
        self.read("ping", |_| Ok(())).await.map(|_| ())
    }

    /// History was cut back: what was the newest before is none any more.
    pub fn forget_newest(&self, seq: Seq) {
        self.0.newest.send_replace(seq);
    }

    fn saw(&self, seq: Seq) {
        self.0.newest.send_if_modified(|newest| {
            let newer = seq > *newest;
            if newer {
                *newest = seq;
            }
            newer
        });
    }
}
