//! The first rows of a query. Must not know what is read.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

use super::connection::{AnyConnection, MultiBackend};

/// A query that ends after so many rows. Unlike with Diesel's own `limit`, SQLite compiles it once: it plans on the value
/// of a bound LIMIT, and so compiles the statement anew for each (a sixth of the time of a list of 24), but of a sum it
/// knows nothing. MySQL and MariaDB plan on neither, and refuse the sum.
pub struct First<Q> {
    query: Q,
    rows: i64,
    sum: &'static str,
}

/// The first `rows` of a query.
pub fn first<Q>(connection: &AnyConnection, rows: i64, query: Q) -> First<Q> {
    let sum = match connection {
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => "",
        #[cfg(feature = "sqlite")]
        AnyConnection::Sqlite(_) => " + 0",
    };
    First { query, rows, sum }
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for First<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, i64>(&self.rows)?;
        out.push_sql(self.sum);
        Ok(())
    }
}

impl<Q> QueryId for First<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for First<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<AnyConnection> for First<Q> {}
