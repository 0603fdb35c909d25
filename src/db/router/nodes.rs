//! The nodes behind the router: which to ask, how they are, how many connections they have. Must not know queries.

use std::sync::Arc;

use super::Router;
use crate::db::connection::AnyConnection;
use crate::db::dialect;
use crate::db::node::{Node, PoolState, ServiceReport};
use crate::error::{Error, Result};

/// A node as operators see it.
#[derive(Debug, Clone)]
pub struct NodeReport {
    pub name: String,
    pub pool: PoolState,
    pub service: ServiceReport,
}

impl Router {
    /// Whether the shop can be changed at the moment, as far as is known.
    pub fn is_writable(&self) -> bool {
        let service = &self.0.primary.service;
        !service.is_watched() || service.is_in()
    }

    /// Whether the primary can be reached, whatever it holds.
    pub async fn primary_answers(&self) -> bool {
        let ping = |connection: &mut AnyConnection| Ok(dialect::server(connection)?);
        self.0.primary.run("ping", ping).await.is_ok()
    }

    /// Whether there are replicas to read from.
    pub fn has_replicas(&self) -> bool {
        !self.0.replicas.is_empty()
    }

    /// The primary, then the replicas.
    pub fn nodes(&self) -> Vec<NodeReport> {
        let nodes = std::iter::once(&self.0.primary).chain(&self.0.replicas);
        nodes
            .map(|node| NodeReport {
                name: node.name.clone(),
                pool: node.pool.state(),
                service: node.service.report(),
            })
            .collect()
    }

    /// Gives each node this many connections from now on. SQLite keeps its one writer.
    pub fn resize_pools(&self, size: u32) {
        if !self.0.is_on_sqlite {
            self.0.primary.resize(size);
        }
        self.0.replicas.iter().for_each(|replica| replica.resize(size));
    }

    pub fn is_on_sqlite(&self) -> bool {
        self.0.is_on_sqlite
    }

    pub(in crate::db) fn primary(&self) -> &Arc<Node> {
        &self.0.primary
    }

    pub(in crate::db) fn replicas(&self) -> &[Arc<Node>] {
        &self.0.replicas
    }

    /// Sets how far each replica is behind the newest heartbeat that any node has.
    pub(in crate::db) fn judge_lag(&self) {
        let replicas = &self.0.replicas;
        let nodes = std::iter::once(&self.0.primary).chain(replicas);
        let Some(newest) = nodes.filter_map(|node| node.service.beat_at()).max() else {
            return;
        };
        replicas.iter().for_each(|replica| replica.service.judge(newest));
    }

    /// Those in service and not too far behind, in random order; where everybody would have to wait comes last.
    pub(super) fn replicas_to_ask(&self) -> Vec<Arc<Node>> {
        let is_fresh = |node: &&Arc<Node>| node.service.is_fresh(self.0.lag_limit);
        let mut nodes: Vec<Arc<Node>> = self.0.replicas.iter().filter(is_fresh).cloned().collect();
        fastrand::shuffle(&mut nodes);
        nodes.sort_by_key(|node| !node.pool.has_room());
        nodes
    }

    /// The primary, or at once the answer that it cannot be written to now.
    pub(super) fn writable_primary(&self) -> Result<&Arc<Node>> {
        if self.is_writable() {
            Ok(&self.0.primary)
        } else {
            Err(Error::ReadOnly)
        }
    }
}
