//! What an import tells: what became of the rows, which were refused and why. Must not know where it is shown.

use std::fmt;

use super::rows::Cell;
use crate::catalog::{Elsewhere, flat_name};
use crate::error::FieldError;

/// Characters of a value that are repeated.
const SHOWN_VALUE: usize = 80;

/// The column of what is wrong with a row as a whole.
const WHOLE_ROW: &str = "row";

/// A fault of a row, for which the row was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As a spreadsheet shows it: the header is row 1. In a JSONL file the line.
    pub row: u64,
    pub column: String,
    /// The start of what stands there, control characters escaped.
    pub value: String,
    pub reason: String,
}

impl Refusal {
    /// What is wrong with a row as a whole.
    pub(super) fn of_row(row: u64, reason: String) -> Refusal {
        Refusal {
            row,
            column: WHOLE_ROW.to_owned(),
            value: String::new(),
            reason,
        }
    }

    /// What is wrong with the cell of a column; `cells` are those of the row.
    pub(super) fn of_cell(row: u64, cells: &[Cell], column: &str, reason: String) -> Refusal {
        let text = cells
            .iter()
            .find(|cell| cell.column == column)
            .map_or("", |cell| cell.text.as_str());
        Refusal {
            row,
            column: column.to_owned(),
            value: shown(text),
            reason,
        }
    }

    /// What the catalog says of the fields of a row.
    pub(super) fn of_fields(row: u64, cells: &[Cell], faults: &[FieldError]) -> Vec<Refusal> {
        let refusal = |fault: &FieldError| {
            let field = flat_name(&fault.pointer);
            Refusal::of_cell(row, cells, column_of(&field, cells), fault.detail.clone())
        };
        faults.iter().map(refusal).collect()
    }
}

/// The column from which a field's value came.
fn column_of<'a>(field: &'a str, cells: &[Cell]) -> &'a str {
    let has = |column: &str| cells.iter().any(|cell| cell.column == column);
    match field {
        "stock_quantity" if has("stock") => "stock",
        "image_url" if has("image_file") => "image_file",
        "image_url" if has("images") => "images",
        _ if field.starts_with("sale_") && has("sale") => "sale",
        _ if field.starts_with("attr.") && has("attributes") => "attributes",
        _ => field,
    }
}

/// The start of a text on one line, without anything that a terminal would obey.
fn shown(text: &str) -> String {
    let mut characters = text.trim().chars();
    let mut shown = String::new();
    for character in characters.by_ref().take(SHOWN_VALUE) {
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    if characters.next().is_some() {
        shown.push_str("...");
    }
    shown
}

/// What became of all rows: `rows` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub rows: u64,
    pub created: u64,
    pub changed: u64,
    pub same: u64,
    pub refused: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary {
            rows,
            created,
            changed,
            same,
            refused,
        } = self;
        write!(
            f,
            "rows={rows} created={created} changed={changed} same={same} refused={refused}"
        )
    }
}

/// Who is told while an import runs.
pub trait Observer {
    /// Columns that mean nothing here, each of them once.
    fn unknown_columns(&mut self, names: &[String]);
    /// A row was refused; one call per fault, in the order of the rows.
    fn refused(&mut self, refusal: &Refusal);
    /// A category of the file stays where it stands in the shop; told at the end, each of them once.
    fn stands_elsewhere(&mut self, found: &Elsewhere);
    /// So many rows are done.
    fn progress(&mut self, rows: u64);
}
