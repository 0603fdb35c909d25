//! A shop from one database into another, of the same kind or the other. Must not know pictures: their folder stays.

use super::{Told, place};
use crate::db::DatabaseUrl;
use crate::db::changes::Head;
use crate::db::tables::{self, Digest, Load, Snapshot, Table};
use crate::error::{Error, Result};

/// What was copied.
#[derive(Debug)]
pub struct Copied {
    pub rows: u64,
    pub tables: usize,
    /// Where the change log ends, under the name of its new history.
    pub head: Head,
}

/// Copies everything as of one snapshot into an empty database, then compares every table both ways.
///
/// # Errors
/// A database that is not empty; one that this program does not know all of; a table that is not equal in the end.
pub fn copy(from: &DatabaseUrl, to: &DatabaseUrl, told: Told<'_>) -> Result<Copied> {
    tables::refuse_full(to)?;
    tables::snapshot(from, |snapshot| {
        let (stamp, tables) = (snapshot.stamp()?, snapshot.tables()?);
        let (rows, head) = place::fill(to, stamp, |load| copy_tables(snapshot, load, &tables, told))?;
        Ok(Copied {
            rows,
            tables: tables.len(),
            head,
        })
    })
}

fn copy_tables(
    snapshot: &mut Snapshot<'_>,
    load: &mut Load,
    tables: &[Table],
    told: Told<'_>,
) -> Result<u64> {
    let mut rows = 0;
    for table in tables {
        let written = copy_table(snapshot, load, table, told)?;
        if load.digest(table)? != written {
            return Err(Error::internal(format!(
                "the table {} is not equal on both sides",
                table.name
            )));
        }
        rows += written.rows;
    }
    told("indexes", 0);
    load.index()?;
    load.verify_references()?;
    load.verify_log()?.map_err(Error::internal)?;
    Ok(rows)
}

fn copy_table(snapshot: &mut Snapshot<'_>, load: &mut Load, table: &Table, told: Told<'_>) -> Result<Digest> {
    snapshot.each_page(table, |page| {
        load.insert(table, page.rows)?;
        told(&table.name, page.so_far);
        Ok(())
    })
}
