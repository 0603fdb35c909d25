//! Where reads go. Must not know what is read.

use std::sync::Arc;

use super::Router;
use crate::db::connection::AnyConnection;
use crate::db::node::Node;
use crate::db::reader::{self, Dependence};
use crate::db::transaction::{self, Snapshot};
use crate::db::types::Seq;
use crate::error::{Error, Result};

impl Router {
    /// Reads from a random healthy replica, in one snapshot.
    ///
    /// # Errors
    /// Those of `query`; unavailable when no node answers.
    pub async fn read<T, F>(&self, operation: &'static str, query: F) -> Result<Snapshot<T>>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
    {
        self.read_at_least(operation, Seq::default(), query).await
    }

    /// Reads from a replica that has seen `seq`, else from the primary. A `seq` that even the primary has not seen
    /// (the database was restored, or the caller made it up) shows in the answer's `as_of`.
    ///
    /// # Errors
    /// Those of `query`; unavailable when no node answers.
    pub async fn read_at_least<T, F>(
        &self,
        operation: &'static str,
        seq: Seq,
        query: F,
    ) -> Result<Snapshot<T>>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
    {
        let snapshot = self.snapshot(operation, seq, query).await?;
        reader::note(&snapshot, None);
        Ok(snapshot)
    }

    /// As [`Router::read_at_least`], for an answer that may be kept: `query` says what it depends on.
    ///
    /// # Errors
    /// Those of `query`; unavailable when no node answers.
    pub async fn read_kept<T, F>(&self, operation: &'static str, seq: Seq, query: F) -> Result<Snapshot<T>>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<(T, Dependence)> + Send + Sync + 'static,
    {
        let snapshot = self.snapshot(operation, seq, query).await?;
        let mut dependence = Dependence::default();
        let snapshot = snapshot.map(|(value, depends)| {
            dependence = depends;
            value
        });
        reader::note(&snapshot, Some(dependence));
        Ok(snapshot)
    }

    async fn snapshot<T, F>(&self, operation: &'static str, seq: Seq, query: F) -> Result<Snapshot<T>>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
    {
        let query = Arc::new(query);
        let seq = seq.max(reader::position());
        let primary = &self.0.primary;
        let mut reason = if self.0.replicas.is_empty() {
            "no_replicas"
        } else {
            "no_healthy_replica"
        };
        for node in self.replicas_to_ask() {
            match self.read_from(&node, operation, seq, &query).await {
                Ok(Some(snapshot)) => {
                    let reason = if seq == Seq::default() { "any" } else { "fresh" };
                    self.0.metrics.count_decision("replica", reason);
                    return Ok(snapshot);
                }
                Ok(None) => reason = "stale_replica",
                Err(Error::Unavailable { .. }) => reason = "failed_replica",
                Err(error) => return Err(error),
            }
            // Another replica may have it, but the primary has it for sure.
            if reason == "stale_replica" && primary.service.is_in() {
                break;
            }
        }
        if !self.is_writable() {
            return Err(Error::unavailable(
                "database",
                "no node is in service that has seen it",
            ));
        }
        self.0.metrics.count_decision("primary", reason);
        let snapshot = self.read_from(primary, operation, Seq::default(), &query).await?;
        snapshot.ok_or_else(|| Error::internal("the primary is behind the start of the log"))
    }

    /// Reads what must be as it is now, from tables outside the change log too: from the primary. While that is out of
    /// service a replica answers, as it was when the primary fell silent.
    ///
    /// # Errors
    /// Those of `query`; unavailable when no node answers.
    pub async fn read_current<T, F>(&self, operation: &'static str, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
    {
        let query = Arc::new(query);
        let on_primary = Arc::clone(&query);
        let run = move |connection: &mut AnyConnection| transaction::current(connection, &*on_primary);
        match self.beside_the_log(operation, run).await {
            Err(Error::ReadOnly | Error::Unavailable { .. }) if !self.is_writable() => {
                let read = self.read(operation, move |connection| query(connection));
                Ok(read.await?.value)
            }
            answer => answer,
        }
    }

    /// `None` when the node has not seen `seq`.
    async fn read_from<T, F>(
        &self,
        node: &Arc<Node>,
        operation: &'static str,
        seq: Seq,
        query: &Arc<F>,
    ) -> Result<Option<Snapshot<T>>>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
    {
        let query = Arc::clone(query);
        node.run(operation, move |connection| {
            transaction::read(connection, seq, &*query)
        })
        .await
    }
}
