//! Storage of the catalog: queries written once for both databases. Functions take a connection, never a pool,
//! and must not know HTTP, roles or caches.
//!
//! What at most one row can match is asked for by `get_result`, not `first`: that adds a bound LIMIT, on whose value
//! SQLite plans, so it would compile the statement anew each time (a seventh of an import's time).

pub mod attributes;
pub mod choices;
pub mod clock;
#[cfg(test)]
mod explain;
pub mod feeds;
pub mod indexed;
pub mod lists;
pub mod popularity;
pub mod prices;
pub mod products;
mod rows;
pub mod search_rules;
pub mod slugs;
pub mod terms;
pub mod text_pages;
pub mod uses;

use diesel::dsl::auto_type;
use diesel::prelude::*;

use crate::db::Moment;
use crate::db::schema::products as table;

/// What customers may see at a moment: switched on, not deleted, published. The one definition, used by every public
/// query.
#[auto_type(no_type_alias)]
pub fn visible(now: Moment) -> _ {
    let published = table::publish_at.is_null().or(table::publish_at.le(now));
    table::is_active
        .eq(true)
        .and(table::deleted_at.is_null())
        .and(published)
}
