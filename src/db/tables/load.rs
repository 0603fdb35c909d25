//! Fills an empty database with rows. Must not know where they come from.
//!
//! Until the last row is in, and whoever loads has compared it, the change log has no head, and no program serves such a
//! database.

use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl};

use super::head::KeptHead;
use super::read::each_page;
use super::statement::{Delete, Insert, Which};
use super::value::{Digest, Row, Value};
use super::{Table, dialect};
use crate::db::changes::{self, ChainFault, Head};
use crate::db::connection::{AnyConnection, DatabaseUrl};
use crate::db::migrate;
use crate::error::Result;

/// One statement: rows that come in one packet of a server, as few as compile quickly.
const ROWS: usize = 50;
const BYTES: usize = 1 << 20;

/// Rows that are committed at once.
const COMMITTED: usize = 5_000;

/// A database that is being filled.
pub struct Load {
    url: DatabaseUrl,
    connection: AnyConnection,
    /// Statements that build what was put off.
    put_off: Vec<String>,
    head: KeptHead,
}

impl Load {
    /// Makes the tables as they were at the migration `stamp`, without a row. Blocking.
    ///
    /// # Errors
    /// A conflict when there is a shop already; those of the migrations.
    pub fn begin(url: &DatabaseUrl, stamp: &str) -> Result<Load> {
        super::refuse_full(url)?;
        migrate::migrate_to(url, Some(stamp))?;
        let mut connection = migrate::open(url)?;
        dialect::prepare(&mut connection)?;
        let mut load = Load {
            url: url.clone(),
            connection,
            put_off: Vec::new(),
            head: KeptHead::default(),
        };
        // What migrations put in is in what comes.
        for table in super::all().iter().rev() {
            if migrate::has_table(&mut load.connection, &table.name)? {
                let which = Which::All;
                Delete { table, which }.execute(&mut load.connection)?;
            }
        }
        load.put_off = dialect::put_indexes_off(&mut load.connection)?;
        Ok(load)
    }

    /// Builds the indexes that are faster built at once, after most rows are in.
    ///
    /// # Errors
    /// Rows that break a rule of uniqueness; those of the statements.
    pub fn index(&mut self) -> Result<()> {
        for statement in std::mem::take(&mut self.put_off) {
            self.connection.batch_execute(&statement)?;
        }
        Ok(())
    }

    /// Adds rows.
    ///
    /// # Errors
    /// Those of the statements: a row that breaks a rule of the tables.
    pub fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<()> {
        if KeptHead::is_of(table) {
            self.head.add(table, rows);
            return Ok(());
        }
        for committed in rows.chunks(COMMITTED) {
            self.connection
                .transaction(|connection| insert(connection, table, committed))?;
        }
        Ok(())
    }

    /// Runs several changes as one.
    ///
    /// # Errors
    /// Those of `work`; nothing is changed then.
    pub fn together(&mut self, work: impl FnOnce(&mut Changing<'_>) -> Result<()>) -> Result<()> {
        let mut head = self.head.clone();
        self.connection.transaction(|connection| {
            work(&mut Changing {
                connection,
                head: &mut head,
            })
        })?;
        self.head = head;
        Ok(())
    }

    /// What a table holds now.
    ///
    /// # Errors
    /// Those of the queries.
    pub fn digest(&mut self, table: &Table) -> Result<Digest> {
        if KeptHead::is_of(table) {
            return self.head.digest();
        }
        each_page(&mut self.connection, table, |_| Ok(()))
    }

    /// Checks the chain of the change log; where it ends.
    ///
    /// # Errors
    /// Those of the queries; a broken chain is the inner result.
    pub fn verify_log(&mut self) -> Result<std::result::Result<Head, ChainFault>> {
        let head = self.head.head()?;
        let verified = changes::verify_up_to(&mut self.connection, &head)?;
        Ok(verified.map(|_| head))
    }

    /// Whether every row that a row refers to is there.
    ///
    /// # Errors
    /// The table with a row that refers to nothing; those of the queries.
    pub fn verify_references(&mut self) -> Result<()> {
        dialect::verify_references(&mut self.connection)
    }

    /// Sees to it that no id is given twice, and names the history anew, so that nobody takes it for the one it was read
    /// from: with that the database has a head and counts. Then runs the migrations that are missing, as any program would that
    /// is started on it.
    ///
    /// # Errors
    /// Those of the statements.
    pub fn finish(mut self) -> Result<Head> {
        self.index()?;
        dialect::skip_used_ids(&mut self.connection)?;
        let head = self.head.write(&mut self.connection)?;
        dialect::finish(&mut self.connection)?;
        drop(self.connection);
        migrate::migrate(&self.url)?;
        Ok(head)
    }
}

/// Several changes that are one.
pub struct Changing<'a> {
    connection: &'a mut AnyConnection,
    head: &'a mut KeptHead,
}

impl Changing<'_> {
    /// Takes out the rows that have one of these values in a column.
    ///
    /// # Errors
    /// Those of the statement.
    pub fn delete(&mut self, table: &Table, column: &str, values: &[Value]) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let which = Which::Having(column, values);
        Delete { table, which }.execute(self.connection)?;
        Ok(())
    }

    /// Takes out the rows that have at least this value in a column.
    ///
    /// # Errors
    /// Those of the statement.
    pub fn delete_from(&mut self, table: &Table, column: &str, value: &Value) -> Result<()> {
        let which = Which::AtLeast(column, value);
        Delete { table, which }.execute(self.connection)?;
        Ok(())
    }

    /// Takes out all rows.
    ///
    /// # Errors
    /// Those of the statement.
    pub fn clear(&mut self, table: &Table) -> Result<()> {
        if KeptHead::is_of(table) {
            self.head.clear();
            return Ok(());
        }
        let which = Which::All;
        Delete { table, which }.execute(self.connection)?;
        Ok(())
    }

    /// Adds rows.
    ///
    /// # Errors
    /// Those of the statements.
    pub fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<()> {
        if KeptHead::is_of(table) {
            self.head.add(table, rows);
            return Ok(());
        }
        insert(self.connection, table, rows)
    }
}

/// Adds rows, as many to a statement as fit.
fn insert(connection: &mut AnyConnection, table: &Table, rows: &[Row]) -> Result<()> {
    let mut rest = rows;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(ROWS).take_while(|row| {
            bytes += row.weight();
            bytes <= BYTES
        });
        let (rows, others) = rest.split_at(fits.count().max(1));
        Insert { table, rows }.execute(connection)?;
        rest = others;
    }
    Ok(())
}
