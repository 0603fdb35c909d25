//! Storage of the catalog: queries written once for both databases. Functions take a connection, never a pool,
//! and must not know HTTP, roles or caches.

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
