//! Every table as rows of plain values, whichever database holds it: what backups and copies are made of. Must not know
//! what a table is for, nor where its rows go.
//!
//! Which tables and columns there are is taken from the schema that all queries are checked against, so a new column needs
//! no word here and a new table one line. What is not data is left out: `heartbeat` and `leases` tell of servers, `mails` is on its
//! way out, which a restored shop must not repeat, the index of words and the keys of partitioned products are kept by triggers, and
//! migrations are run anew.

mod dialect;
mod head;
mod load;
mod read;
mod schema;
mod statement;
mod value;

use serde::{Deserialize, Serialize};

pub use load::{Changing, Load};
pub use read::{Page, Rows, Snapshot, alone, refuse_full, snapshot};
pub use schema::all;
pub use value::{Digest, Kind, Row, Value};

/// A table as this program, or the one that made a backup, knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub name: String,
    /// The columns of the primary key, by which rows are ordered.
    pub key: Vec<String>,
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

impl Table {
    /// Where a column stands in a row.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// The key of a row of this table.
    fn key_of(&self, row: &Row) -> Vec<Value> {
        let of = |column: &String| row.0.get(self.position(column)?).cloned();
        self.key.iter().filter_map(of).collect()
    }
}
