//! The blocking half of an import: reads and understands rows, and hands them over in pieces. Must not know the
//! database.

use std::collections::HashSet;
use std::io::Read;

use tokio::sync::mpsc::Sender;

use super::report::Refusal;
use super::rows::{Format, Row, Rows};
use super::understand::{self, Expectations, Understood};
use crate::catalog::BATCH_ROWS;

/// Columns that mean nothing are told up to this many: in a JSONL file every line could bring new ones.
const TOLD_COLUMNS: usize = 200;

/// What was read since the piece before.
#[derive(Debug, Default)]
pub struct Piece {
    pub rows: Vec<Understood>,
    /// The faults of each row that cannot be taken over.
    pub refused: Vec<Vec<Refusal>>,
    /// Columns that mean nothing, met for the first time.
    pub unknown_columns: Vec<String>,
}

/// Reads to the end, or until nobody listens any more.
///
/// # Errors
/// Why the file as a whole cannot be read; what was read before was handed over.
pub fn read(
    source: impl Read + Send + 'static,
    format: Option<Format>,
    expectations: &Expectations,
    listener: &Sender<Piece>,
) -> Result<(), String> {
    let file = Rows::open(source, format)?;
    let mut told = HashSet::new();
    let mut piece = Piece::default();
    for column in &file.columns {
        piece.note_column(column, &mut told);
    }
    for row in file.rows {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                // Nobody listens only when the import has failed already.
                let _ = listener.blocking_send(piece);
                return Err(format!(
                    "Reading stopped: {error}. What stands before it is done."
                ));
            }
        };
        piece.note_columns(&row, &mut told);
        match expectations.understand(row) {
            Ok(row) => piece.rows.push(row),
            Err(faults) => piece.refused.push(faults),
        }
        if piece.rows.len() + piece.refused.len() >= BATCH_ROWS
            && listener.blocking_send(std::mem::take(&mut piece)).is_err()
        {
            return Ok(());
        }
    }
    let _ = listener.blocking_send(piece);
    Ok(())
}

impl Piece {
    fn note_columns(&mut self, row: &Row, told: &mut HashSet<String>) {
        for cell in row.cells.iter().flatten() {
            self.note_column(&cell.column, told);
        }
    }

    fn note_column(&mut self, column: &str, told: &mut HashSet<String>) {
        let is_news = !understand::is_known(column) && !told.contains(column) && told.len() < TOLD_COLUMNS;
        if is_news {
            told.insert(column.to_owned());
            self.unknown_columns.push(column.to_owned());
        }
    }
}
