//! The head of the change log while a database is being filled: kept here, so that the database has none until everything
//! else is in. Must not know where it comes from.

use diesel::RunQueryDsl;

use super::Table;
use super::statement::Insert;
use super::value::{Digest, Row, Value};
use crate::db::changes::{Head, new_epoch};
use crate::db::connection::AnyConnection;
use crate::error::{Error, Result};

/// The rows of `change_head` that were handed in; one, unless they are not what a shop has.
#[derive(Clone, Default)]
pub(super) struct KeptHead {
    rows: Vec<(Table, Row)>,
}

impl KeptHead {
    /// Whether a table's rows belong here and not into the database.
    pub fn is_of(table: &Table) -> bool {
        table.name == "change_head"
    }

    pub fn add(&mut self, table: &Table, rows: &[Row]) {
        self.rows
            .extend(rows.iter().map(|row| (table.clone(), row.clone())));
    }

    pub fn clear(&mut self) {
        self.rows.clear();
    }

    pub fn digest(&self) -> Result<Digest> {
        let mut digest = Digest::default();
        for (_, row) in &self.rows {
            digest.add(&row.to_line().map_err(Error::internal)?);
        }
        Ok(digest)
    }

    /// Where the log is said to end.
    pub fn head(&self) -> Result<Head> {
        let (table, row) = self.one()?;
        let value = |column: &str| row.0.get(table.position(column)?);
        let text = |column: &str| value(column)?.as_text().map(str::to_owned);
        let head = || {
            Some(Head {
                epoch: text("epoch")?,
                seq: value("seq")?.as_integer()?,
                hash: text("hash")?,
            })
        };
        head().ok_or_else(|| Error::internal("the head of the change log lacks something"))
    }

    /// Names the history anew and gives the database its head: from then on it is a shop's.
    pub fn write(self, connection: &mut AnyConnection) -> Result<Head> {
        let epoch = new_epoch()?;
        let (table, mut row) = self.one()?.clone();
        let position = table.position("epoch");
        let Some(named) = position.and_then(|position| row.0.get_mut(position)) else {
            return Err(Error::internal("the head of the change log lacks its epoch"));
        };
        *named = Value::Text(Some(epoch.clone()));
        let (table, rows) = (&table, &[row][..]);
        Insert { table, rows }.execute(connection)?;
        Ok(Head {
            epoch,
            ..self.head()?
        })
    }

    fn one(&self) -> Result<&(Table, Row)> {
        match self.rows.as_slice() {
            [one] => Ok(one),
            rows => Err(Error::internal(format!(
                "the change log has {} heads instead of one",
                rows.len()
            ))),
        }
    }
}
