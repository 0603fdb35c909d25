//! Laying a shipment over a database that is as it was before it. Must not know how shipments are chosen.

use super::super::damaged;
use super::super::manifest::Manifest;
use super::super::store::Store;
use super::shipment::{Gone, Part, Parts, Section, Shipped};
use crate::db::tables::{Changing, Load, Row, Table, Value};
use crate::error::Result;

/// Values in one statement.
const PIECE: usize = 500;

/// Lays a shipment over the database, whole or not at all.
///
/// # Errors
/// A shipment that is none; those of the statements.
pub fn apply(load: &mut Load, manifest: &Manifest, store: &dyn Store, shipped: &Shipped) -> Result<()> {
    let mut parts = Parts::of(store, shipped)?;
    load.together(|changing| {
        while let Part::Section(section, lines) = parts.next()? {
            let stored = manifest
                .tables
                .iter()
                .find(|stored| stored.table.name == section.table);
            let stored =
                stored.ok_or_else(|| damaged(&[format!("{} has an unknown table", shipped.name)]))?;
            replace(changing, &stored.table, &section, &lines)?;
        }
        Ok(())
    })
}

fn replace(changing: &mut Changing<'_>, table: &Table, section: &Section, lines: &[String]) -> Result<()> {
    let fault = || {
        damaged(&[format!(
            "a shipment holds a line that is no row of {}",
            table.name
        )])
    };
    let rows: Option<Vec<Row>> = lines
        .iter()
        .map(|line| Row::of_line(&table.columns, line))
        .collect();
    let rows = rows.ok_or_else(fault)?;
    for gone in &section.gone {
        match gone {
            Gone::All => changing.clear(table)?,
            Gone::Numbers { column, values } => {
                let values = values.iter().map(|value| Value::Integer(Some(*value)));
                delete(
                    changing,
                    table,
                    known(table, column).ok_or_else(fault)?,
                    values.collect(),
                )?;
            }
            Gone::Since { column, moment } => {
                let column = known(table, column).ok_or_else(fault)?;
                changing.delete_from(table, column, &Value::Moment(Some(*moment)))?;
            }
        }
    }
    changing.insert(table, &rows)
}

fn delete(changing: &mut Changing<'_>, table: &Table, column: &str, values: Vec<Value>) -> Result<()> {
    values
        .chunks(PIECE)
        .try_for_each(|piece| changing.delete(table, column, piece))
}

fn known<'a>(table: &Table, column: &'a str) -> Option<&'a str> {
    table.position(column).map(|_| column)
}
