//! How many rows of a query are wanted. Must not know what is read.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

use super::connection::{AnyConnection, MultiBackend};

/// At most so many rows.
///
/// SQLite plans on the value of a bound LIMIT, and so compiles a statement anew each time that it is run, with all values
/// at hand. That is right where the plan depends on them; where it does not, it took a sixth of a list of 24.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    rows: i64,
    /// Behind the number.
    words: &'static str,
}

impl Limit {
    /// As Diesel's own `limit`.
    pub fn planned(rows: i64) -> Limit {
        Limit { rows, words: "" }
    }

    /// For a query whose plan is settled, as by the index that it names. SQLite knows nothing of a sum; MySQL and MariaDB
    /// refuse it, and need it not.
    pub fn settled(connection: &AnyConnection, rows: i64) -> Limit {
        let words = match connection {
            #[cfg(feature = "mysql")]
            AnyConnection::Mysql(_) => "",
            #[cfg(feature = "sqlite")]
            AnyConnection::Sqlite(_) => " + 0",
        };
        Limit { rows, words }
    }

    /// The query up to this limit.
    pub fn of<Q>(self, query: Q) -> Limited<Q> {
        Limited { query, limit: self }
    }
}

/// A query with its limit.
pub struct Limited<Q> {
    query: Q,
    limit: Limit,
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Limited<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, i64>(&self.limit.rows)?;
        out.push_sql(self.limit.words);
        Ok(())
    }
}

impl<Q> QueryId for Limited<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Limited<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<AnyConnection> for Limited<Q> {}
