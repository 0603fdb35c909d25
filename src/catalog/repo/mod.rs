//! Storage of the catalog: queries written once for both databases. Functions take a connection, never a pool,
//! and must not know HTTP, roles or caches.
//!
//! What at most one row can match is asked for by `get_result`, not `first`: that adds a bound LIMIT, on whose value
//! SQLite plans, so it would compile the statement anew each time (a seventh of an import's time).

pub mod categories;
#[cfg(test)]
mod explain;
mod keyset;
pub mod lists;
pub mod products;
mod rows;
pub mod slugs;

use diesel::BoolExpressionMethods;
use diesel::ExpressionMethods;
use diesel::dsl::{And, Eq, IsNull};

use crate::db::schema::products as table;

/// What customers may see: switched on and not deleted. The one definition, used by every public query.
pub fn visible() -> And<Eq<table::is_active, bool>, IsNull<table::deleted_at>> {
    table::is_active.eq(true).and(table::deleted_at.is_null())
}
