//! The statements over any table: read a page of it, fill it, empty it. Names come from a list of tables and are quoted;
//! values are parameters. Must not know what is read or why.

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Untyped;
use diesel::{QueryResult, RunQueryDsl};

use super::value::{Row, Value};
use super::{Column, Table};
use crate::db::connection::{AnyConnection, MultiBackend};

/// Which rows are meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which<'a> {
    All,
    /// Those behind this key, in the order of keys.
    Behind(&'a [Value]),
    /// Those with one of these values in a column; never none.
    Having(&'a str, &'a [Value]),
    /// Those with at least this value in a column.
    AtLeast(&'a str, &'a Value),
    /// Those with nothing in a column.
    Without(&'a str),
}

/// Rows of a table in the order of its key.
pub(super) struct Select<'a> {
    pub table: &'a Table,
    pub which: Which<'a>,
    pub limit: Option<usize>,
}

/// Adds rows to a table; never none.
pub(super) struct Insert<'a> {
    pub table: &'a Table,
    pub rows: &'a [Row],
}

/// Takes rows out of a table.
pub(super) struct Delete<'a> {
    pub table: &'a Table,
    pub which: Which<'a>,
}

macro_rules! statements {
    ($($statement:ident),+) => { $(
        impl QueryId for $statement<'_> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl RunQueryDsl<AnyConnection> for $statement<'_> {}
    )+ };
}

statements!(Select, Insert, Delete);

impl Query for Select<'_> {
    type SqlType = Untyped;
}

impl QueryFragment<MultiBackend> for Select<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        separated(&mut out, &self.table.columns, |out, column: &Column| {
            out.push_identifier(&column.name)?;
            out.push_sql(" AS ");
            out.push_sql(column.kind.alias());
            Ok(())
        })?;
        out.push_sql(" FROM ");
        out.push_identifier(&self.table.name)?;
        self.which.walk(self.table, &mut out)?;
        out.push_sql(" ORDER BY ");
        separated(&mut out, &self.table.key, |out, column: &String| {
            out.push_identifier(column)
        })?;
        if let Some(limit) = self.limit {
            out.push_sql(&format!(" LIMIT {limit}"));
        }
        Ok(())
    }
}

impl QueryFragment<MultiBackend> for Insert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_identifier(&self.table.name)?;
        out.push_sql(" (");
        separated(&mut out, &self.table.columns, |out, column: &Column| {
            out.push_identifier(&column.name)
        })?;
        out.push_sql(") VALUES ");
        separated(&mut out, self.rows, |out, row: &'b Row| {
            out.push_sql("(");
            separated(out, &row.0, |out, value: &'b Value| value.bind(out))?;
            out.push_sql(")");
            Ok(())
        })
    }
}

impl QueryFragment<MultiBackend> for Delete<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("DELETE FROM ");
        out.push_identifier(&self.table.name)?;
        self.which.walk(self.table, &mut out)
    }
}

impl<'a> Which<'a> {
    fn walk<'b>(&'b self, table: &Table, out: &mut AstPass<'_, 'b, MultiBackend>) -> QueryResult<()>
    where
        'a: 'b,
    {
        match *self {
            Which::All => Ok(()),
            Which::Behind(key) => {
                out.push_sql(" WHERE ");
                behind(&table.key, key, out)
            }
            Which::AtLeast(column, value) => {
                out.push_sql(" WHERE ");
                out.push_identifier(column)?;
                out.push_sql(" >= ");
                value.bind(out)
            }
            Which::Without(column) => {
                out.push_sql(" WHERE ");
                out.push_identifier(column)?;
                out.push_sql(" IS NULL");
                Ok(())
            }
            Which::Having(column, values) => {
                out.push_sql(" WHERE ");
                out.push_identifier(column)?;
                out.push_sql(" IN (");
                separated(out, values, |out, value: &'b Value| value.bind(out))?;
                out.push_sql(")");
                Ok(())
            }
        }
    }
}

/// `a >= ? AND (a > ? OR (a = ? AND b > ?))`: written so that both databases enter the key where the page begins.
fn behind<'b>(
    columns: &[String],
    key: &'b [Value],
    out: &mut AstPass<'_, 'b, MultiBackend>,
) -> QueryResult<()> {
    let ([column, columns @ ..], [value, values @ ..]) = (columns, key) else {
        out.push_sql("1 = 0");
        return Ok(());
    };
    let compare = |out: &mut AstPass<'_, 'b, MultiBackend>, operator: &str| {
        out.push_identifier(column)?;
        out.push_sql(operator);
        value.bind(out)
    };
    if columns.is_empty() {
        return compare(out, " > ");
    }
    compare(out, " >= ")?;
    out.push_sql(" AND (");
    compare(out, " > ")?;
    out.push_sql(" OR (");
    compare(out, " = ")?;
    out.push_sql(" AND ");
    behind(columns, values, out)?;
    out.push_sql("))");
    Ok(())
}

fn separated<'p, 'b, T: 'p>(
    out: &mut AstPass<'_, 'b, MultiBackend>,
    parts: impl IntoIterator<Item = &'p T>,
    mut push: impl FnMut(&mut AstPass<'_, 'b, MultiBackend>, &'p T) -> QueryResult<()>,
) -> QueryResult<()> {
    for (position, part) in parts.into_iter().enumerate() {
        if position > 0 {
            out.push_sql(", ");
        }
        push(out, part)?;
    }
    Ok(())
}
