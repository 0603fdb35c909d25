//! All tables in one snapshot, page by page. Must not know where the rows go.

use std::fs::File;
use std::time::Duration;

use diesel::{Connection, RunQueryDsl};

use super::statement::{Select, Which};
use super::value::{Digest, Row, Value};
use super::{Column, Table, dialect};
use crate::db::changes::{self, Head};
use crate::db::connection::{self, Access, AnyConnection, DatabaseUrl};
use crate::db::types::Seq;
use crate::error::{Error, Result};

/// Rows of one page: some hundred kilobytes of products.
const PAGE: usize = 1000;

/// For one page, on a server that has other work.
const STATEMENT_LIMIT: Duration = Duration::from_secs(60);

/// Everything as it was at one position of the change log, however long the reading takes. Nobody waits for it.
pub struct Snapshot<'a> {
    connection: &'a mut AnyConnection,
    pub head: Head,
}

/// The rows of a table, a page at a time, in the order of its key.
pub struct Rows<'a> {
    table: &'a Table,
    behind: Option<Vec<Value>>,
    is_over: bool,
}

/// Rows of a table that were read together.
pub struct Page<'a> {
    pub rows: &'a [Row],
    /// The same as text.
    pub lines: &'a [String],
    /// How many rows there were with these.
    pub so_far: u64,
}

/// Runs `work` over a connection of its own, in one snapshot that cannot write. Blocking.
///
/// # Errors
/// Unavailable when the database does not answer; those of `work`.
pub fn snapshot<T>(url: &DatabaseUrl, work: impl FnOnce(&mut Snapshot<'_>) -> Result<T>) -> Result<T> {
    // Opening would make an empty file.
    if url.sqlite_file().is_some_and(|file| !file.exists()) {
        return Err(Error::NotFound {
            what: "database file",
        });
    }
    let mut connection = connection::open(url, Access::ReadOnly, STATEMENT_LIMIT)?;
    connection.transaction(|connection| {
        // The first read fixes the snapshot for all tables.
        let head = changes::head(connection)?;
        work(&mut Snapshot { connection, head })
    })
}

impl Snapshot<'_> {
    /// Hands out all of a table, page by page; the sum over its rows.
    ///
    /// # Errors
    /// Those of the queries and of `take`.
    pub fn each_page(&mut self, table: &Table, take: impl FnMut(&Page<'_>) -> Result<()>) -> Result<Digest> {
        each_page(self.connection, table, take)
    }

    /// The next page of rows; none at the end.
    ///
    /// # Errors
    /// Those of the query.
    pub fn next(&mut self, rows: &mut Rows<'_>) -> Result<Vec<Row>> {
        rows.next(self.connection)
    }

    /// The rows that have one of these values in a column, in the order of the table's key.
    ///
    /// # Errors
    /// Those of the query.
    pub fn having(&mut self, table: &Table, column: &str, values: &[Value]) -> Result<Vec<Row>> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let select = Select {
            table,
            which: Which::Having(column, values),
            limit: None,
        };
        Ok(select.load(self.connection)?)
    }

    /// The rows that have at least this value in a column, in the order of the table's key.
    ///
    /// # Errors
    /// Those of the query.
    pub fn at_least(&mut self, table: &Table, column: &str, value: &Value) -> Result<Vec<Row>> {
        let select = Select {
            table,
            which: Which::AtLeast(column, value),
            limit: None,
        };
        Ok(select.load(self.connection)?)
    }

    /// The rows that have nothing in a column, in the order of the table's key.
    ///
    /// # Errors
    /// Those of the query.
    pub fn without(&mut self, table: &Table, column: &str) -> Result<Vec<Row>> {
        let select = Select {
            table,
            which: Which::Without(column),
            limit: None,
        };
        Ok(select.load(self.connection)?)
    }

    /// Whether the change at a position is the one with this hash.
    ///
    /// # Errors
    /// Those of the query.
    pub fn has_change(&mut self, seq: Seq, hash: &str) -> Result<bool> {
        let found = changes::find(self.connection, seq)?;
        Ok(seq == Seq::default() || found.is_some_and(|change| change.hash == hash))
    }

    /// The tables that there are, with the columns that there are: those of a newer program may be missing yet.
    ///
    /// # Errors
    /// Those of the query.
    pub fn tables(&mut self) -> Result<Vec<Table>> {
        let present = dialect::columns(self.connection)?;
        let mut tables = super::all();
        for table in &mut tables {
            let is_there = |column: &Column| present.contains(&(table.name.clone(), column.name.clone()));
            table.columns.retain(is_there);
        }
        tables.retain(|table| !table.columns.is_empty());
        Ok(tables)
    }

    /// The newest migration that ran.
    ///
    /// # Errors
    /// A database that this program does not know all of; those of the queries.
    pub fn stamp(&mut self) -> Result<&'static str> {
        crate::db::migrate::stamp_of(self.connection)
    }
}

impl<'a> Rows<'a> {
    /// All of a table.
    pub fn of(table: &'a Table) -> Rows<'a> {
        Rows {
            table,
            behind: None,
            is_over: false,
        }
    }

    /// Those behind a key.
    pub fn behind(table: &'a Table, key: Vec<Value>) -> Rows<'a> {
        Rows {
            behind: Some(key),
            ..Rows::of(table)
        }
    }

    pub(super) fn next(&mut self, connection: &mut AnyConnection) -> Result<Vec<Row>> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let select = Select {
            table: self.table,
            which: self.behind.as_deref().map_or(Which::All, Which::Behind),
            limit: Some(PAGE),
        };
        let rows: Vec<Row> = select.load(connection)?;
        self.is_over = rows.len() < PAGE;
        self.behind = rows.last().map(|row| self.table.key_of(row));
        Ok(rows)
    }
}

/// As [`Snapshot::each_page`], on any connection.
pub(super) fn each_page(
    connection: &mut AnyConnection,
    table: &Table,
    mut take: impl FnMut(&Page<'_>) -> Result<()>,
) -> Result<Digest> {
    let (mut rows, mut digest) = (Rows::of(table), Digest::default());
    loop {
        let page = rows.next(connection)?;
        if page.is_empty() {
            return Ok(digest);
        }
        let lines: Vec<String> = page
            .iter()
            .map(Row::to_line)
            .collect::<std::result::Result<_, _>>()
            .map_err(Error::internal)?;
        lines.iter().for_each(|line| digest.add(line));
        take(&Page {
            rows: &page,
            lines: &lines,
            so_far: digest.rows,
        })?;
    }
}

/// Refuses a database with a shop in it, or with the rest of one. Makes nothing. Blocking.
///
/// # Errors
/// A conflict; unavailable when the database does not answer.
pub fn refuse_full(url: &DatabaseUrl) -> Result<()> {
    if !is_there(url)? {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "not_empty",
        detail: "There is a shop in the database already, or the rest of one. Nothing was changed; name an empty database."
            .to_owned(),
    })
}

fn is_there(url: &DatabaseUrl) -> Result<bool> {
    if url.sqlite_file().is_some_and(|file| !file.exists()) {
        return Ok(false);
    }
    let mut connection = connection::open(url, Access::ReadOnly, STATEMENT_LIMIT)?;
    crate::db::migrate::is_there(&mut connection)
}

/// Runs `work` unless another process of the shop is doing just that, on any machine; `None` then. Whatever is locked is
/// let go when the process ends, so one that is killed holds nobody up. Blocking.
///
/// # Errors
/// Those of `work`; unavailable when the database does not answer.
pub fn alone<T>(url: &DatabaseUrl, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    let mut connection = connection::open(url, Access::ReadWrite, STATEMENT_LIMIT)?;
    // A file of its own: closing the database's would let go of what SQLite has locked there.
    let beside = url.sqlite_file().map(|file| {
        let mut name = file.as_os_str().to_owned();
        name.push(".backup-lock");
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(name)
    });
    let beside = beside.transpose().map_err(Error::internal)?;
    let is_ours = beside.as_ref().is_none_or(|file| file.try_lock().is_ok());
    if !is_ours || !dialect::lock(&mut connection)? {
        return Ok(None);
    }
    work().map(Some)
}
