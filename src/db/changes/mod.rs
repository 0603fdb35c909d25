//! The change log: every write of what people own appends to it in its own transaction, and whatever follows
//! the shop (history, live pages, caches, search) follows this log. Must not know what an entity means.
//!
//! A write first locks the one row of `change_head`. That serialises the writers, so `seq` has no gaps and is
//! in commit order: a follower that has seen `seq` has seen everything before it. With AUTO_INCREMENT a
//! follower at 6 would never see the 5 that committed later.

mod archived;
mod chain;
mod follow;
mod read;
mod write;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

pub use archived::{Log, begin};
pub use chain::{ChainFault, verify, verify_up_to};
pub(super) use follow::new_epoch;
pub use follow::{
    AUDIT_FOLLOWER, BACKUP_FOLLOWER, Next, Position, position_of, renew_epoch, store_position, stored_at,
};
pub use read::{BatchSummary, Selection, Window, find, of_batch, select, undone};
pub use write::{WriteTransaction, Written, lock_head};

use super::connection::AnyConnection;
use super::schema::{change_head, changes};
use super::types::{Moment, Seq};
use crate::error::Result;

/// Who wrote. People and keys by id only: names live in their own tables and can be erased there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    User(i32),
    /// A program with an API key.
    Key(i32),
    /// A command on the server's own command line.
    Cli,
    /// The shop itself, for example when it lays out the demo shop.
    System,
    /// A moment has come: a publication, the start or end of a sale.
    Clock,
}

impl Actor {
    /// Reads what `Display` writes.
    pub fn parse(name: &str) -> Option<Actor> {
        let id = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        match name.split_once(':') {
            Some(("user", text)) => id(text).map(Actor::User),
            Some(("key", text)) => id(text).map(Actor::Key),
            _ => [Actor::Cli, Actor::System, Actor::Clock]
                .into_iter()
                .find(|actor| actor.to_string() == name),
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Actor::User(id) => write!(f, "user:{id}"),
            Actor::Key(id) => write!(f, "key:{id}"),
            Actor::Cli => f.write_str("cli"),
            Actor::System => f.write_str("system"),
            Actor::Clock => f.write_str("clock"),
        }
    }
}

/// Where a write comes from; stands in each of its changes.
#[derive(Debug, Clone)]
pub struct Origin {
    pub actor: Actor,
    pub request_id: String,
    /// What bulk work belongs to, for example one import.
    pub batch: Option<String>,
}

/// The kind of thing that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    Product,
    Category,
    Brand,
    Tag,
    Attribute,
    /// Other words for what customers search for.
    Synonym,
    /// The page that a search leads to.
    Redirect,
    /// A page of the shop that is text.
    Page,
    /// What somebody proposed for the catalog. Its states say who, what about and how far it has come, not what was typed.
    Submission,
    User,
    Key,
    /// Somebody whom the shop tells of its changes.
    Webhook,
    /// What is kept of finished answers. There is one, so its id is 0; it has no version either.
    Cache,
    /// The log itself: a replica became the primary, and what it lacked is gone. No id and no version, as above.
    History,
}

impl Entity {
    pub const ALL: [Entity; 14] = [
        Entity::Product,
        Entity::Category,
        Entity::Brand,
        Entity::Tag,
        Entity::Attribute,
        Entity::Synonym,
        Entity::Redirect,
        Entity::Page,
        Entity::Submission,
        Entity::User,
        Entity::Key,
        Entity::Webhook,
        Entity::Cache,
        Entity::History,
    ];

    pub fn parse(name: &str) -> Option<Entity> {
        Self::ALL.into_iter().find(|entity| entity.name() == name)
    }

    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Entity::Product => "product",
            Entity::Category => "category",
            Entity::Brand => "brand",
            Entity::Tag => "tag",
            Entity::Attribute => "attribute",
            Entity::Synonym => "synonym",
            Entity::Redirect => "redirect",
            Entity::Page => "page",
            Entity::Submission => "submission",
            Entity::User => "user",
            Entity::Key => "key",
            Entity::Webhook => "webhook",
            Entity::Cache => "cache",
            Entity::History => "history",
        }
    }
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Created,
    Updated,
    Deleted,
    Restored,
    /// The term is no more; its products and addresses are another's.
    Merged,
    /// The clock: customers see it from now on.
    Published,
    SaleStarted,
    SaleEnded,
    /// Somebody had it dropped.
    Purged,
    /// From here on it goes on in another way than before.
    Forked,
}

impl Action {
    pub const ALL: [Action; 10] = [
        Action::Created,
        Action::Updated,
        Action::Deleted,
        Action::Restored,
        Action::Merged,
        Action::Published,
        Action::SaleStarted,
        Action::SaleEnded,
        Action::Purged,
        Action::Forked,
    ];

    pub fn parse(name: &str) -> Option<Action> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Action::Created => "created",
            Action::Updated => "updated",
            Action::Deleted => "deleted",
            Action::Restored => "restored",
            Action::Merged => "merged",
            Action::Published => "published",
            Action::SaleStarted => "sale_started",
            Action::SaleEnded => "sale_ended",
            Action::Purged => "purged",
            Action::Forked => "forked",
        }
    }
}

/// A change about to be appended. The states are what the entity's owner would want back: no secrets.
#[derive(Debug)]
pub struct NewChange {
    pub entity: Entity,
    pub entity_id: i32,
    /// The version the entity has after the change.
    pub version: i32,
    pub action: Action,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
}

/// A row of the log, as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Queryable, Selectable, Insertable)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = changes)]
pub struct Change {
    pub seq: i64,
    pub at: Moment,
    pub actor: String,
    pub request_id: String,
    pub entity: String,
    pub entity_id: i32,
    pub version: i32,
    pub action: String,
    pub state_before: Option<String>,
    pub state_after: Option<String>,
    pub batch: Option<String>,
    pub undo_of: Option<i64>,
    pub prev_hash: String,
    pub hash: String,
}

/// The hash before the first change.
pub const GENESIS_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Where the log stands.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = change_head)]
pub struct Head {
    /// Names this history; a restored or failed-over database gets another.
    pub epoch: String,
    pub seq: i64,
    pub hash: String,
}

/// Reads the head: inside a snapshot this is the snapshot's position.
///
/// # Errors
/// Those of the query; a database that was never migrated has no head.
pub fn head(connection: &mut AnyConnection) -> Result<Head> {
    Ok(change_head::table
        .select(Head::as_select())
        .get_result(connection)?)
}

/// The changes after `seq` up to a head that was read in the same snapshot, in order, at most `limit`. What stands beyond
/// the head was written past the log, as on a replica that has diverged: it is none of them.
///
/// # Errors
/// Those of the query.
pub fn up_to(connection: &mut AnyConnection, head: &Head, seq: Seq, limit: i64) -> Result<Vec<Change>> {
    let mut found = after(connection, seq, limit)?;
    found.retain(|change| change.seq <= head.seq);
    Ok(found)
}

/// The changes after `seq` in order, at most `limit`.
///
/// # Errors
/// Those of the query.
pub fn after(connection: &mut AnyConnection, seq: Seq, limit: i64) -> Result<Vec<Change>> {
    Ok(changes::table
        .filter(changes::seq.gt(seq.0))
        .order(changes::seq)
        .limit(limit)
        .select(Change::as_select())
        .load(connection)?)
}
