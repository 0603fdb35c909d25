//! The databases: one primary, any number of replicas, and the change log that every write appends to.
//! Must not know HTTP or what a shop does with its tables.
//!
//! A caller names its intent and never sees a connection outside it:
//! [`Router::read`], [`Router::read_at_least`], [`Router::write`], and [`Router::unlogged`] for the few tables
//! that stand outside the log.

pub mod changes;
pub mod connection;
pub mod dialect;
pub mod idempotency;
pub mod lease;
pub mod limit;
pub mod migrate;
mod node;
pub mod partition;
pub mod reader;
mod router;
pub mod schema;
pub mod tables;
pub mod tag;
mod transaction;
pub mod types;
pub mod walk;

pub use changes::{Action, Actor, Change, Entity, NewChange, Origin, WriteTransaction};
pub use connection::{AnyConnection, DatabaseUrl, MultiBackend};
pub use node::{Facts, LARGEST_POOL, Limits, PoolState, ServiceReport, monitor};
pub use router::{NodeReport, Router};
pub use tag::Tag;
pub use transaction::{Committed, Snapshot};
pub use types::{Moment, Money, Seq};
