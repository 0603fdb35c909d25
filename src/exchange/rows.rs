//! Rows of a file as cells with column names, one at a time, whatever the file's format. Must not know what a column
//! means.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use super::csv::{Record, Records};
use super::formula::unguarded;

/// Longest line of a JSONL file: a bound on memory.
const LONGEST_LINE: u64 = 1024 * 1024;

/// Column names of a header that are repeated to somebody whose header is not understood.
const SHOWN_COLUMNS: usize = 8;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header row (RFC 4180).
    Csv,
    /// One JSON object per line.
    JsonLines,
}

impl Format {
    /// By the ending of the file's name; `None` when that says nothing.
    pub fn of_name(name: &str) -> Option<Format> {
        match name.to_ascii_lowercase().rsplit_once('.')?.1 {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::JsonLines),
            _ => None,
        }
    }

    fn of_content(start: &[u8]) -> Format {
        match start.trim_ascii_start().first() {
            Some(b'{') => Format::JsonLines,
            _ => Format::Csv,
        }
    }
}

/// One cell that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Trimmed and in lower case.
    pub column: String,
    pub text: String,
    /// A list or an object, written as JSON.
    pub is_nested: bool,
}

/// The cells that hold something; or why the row cannot be read at all.
pub type Cells = Result<Vec<Cell>, String>;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// As a spreadsheet numbers the rows of a CSV file (the header is 1), and an editor the lines of a JSONL file.
    pub number: u64,
    pub cells: Cells,
}

/// The rows of one file.
pub struct Rows {
    /// The columns that the header names; JSONL has none.
    pub columns: Vec<String>,
    pub rows: Box<dyn Iterator<Item = std::io::Result<Row>> + Send>,
}

impl Rows {
    /// Starts to read a file. Without a format its first character decides.
    ///
    /// # Errors
    /// Why the file as a whole cannot be read.
    pub fn open(source: impl Read + Send + 'static, format: Option<Format>) -> Result<Rows, String> {
        let mut source = BufReader::with_capacity(64 * 1024, source);
        let start = source.fill_buf().map_err(|error| error.to_string())?;
        if UTF16_MARKS.iter().any(|mark| start.starts_with(mark)) {
            return Err("The file is UTF-16 text: save it as UTF-8.".to_owned());
        }
        if start.starts_with(UTF8_MARK) {
            source.consume(UTF8_MARK.len());
        }
        let format = format.unwrap_or_else(|| Format::of_content(source.buffer()));
        match format {
            Format::Csv => csv_rows(source),
            Format::JsonLines => Ok(Rows {
                columns: Vec::new(),
                rows: Box::new(JsonLines { source, number: 0 }),
            }),
        }
    }
}

fn csv_rows(source: impl BufRead + Send + 'static) -> Result<Rows, String> {
    let mut records = Records::new(source);
    let header = records.next().ok_or("The file is empty.")?;
    let columns = header_columns(&header.map_err(|error| error.to_string())?)?;
    let names = columns.clone();
    let rows = records.map(move |record| {
        record.map(|record| Row {
            number: record.row,
            cells: csv_cells(&names, record),
        })
    });
    Ok(Rows {
        columns,
        rows: Box::new(rows),
    })
}

/// The names of the columns. One that stands there twice is a fault: nobody could say which cell counts.
fn header_columns(header: &Record) -> Result<Vec<String>, String> {
    let mut columns = Vec::new();
    for cell in &header.cells {
        let name = std::str::from_utf8(cell).map_err(|_| "The file is not UTF-8 text: save it as UTF-8.")?;
        columns.push(name.trim().to_lowercase());
    }
    if !columns
        .iter()
        .any(|name| matches!(name.as_str(), "name" | "sku" | "slug"))
    {
        return Err(header_advice(&columns));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = columns
        .iter()
        .find(|name| !name.is_empty() && !seen.insert(name.as_str()))
    {
        return Err(format!("The header names the column \"{twice}\" twice."));
    }
    Ok(columns)
}

fn header_advice(columns: &[String]) -> String {
    let shown: Vec<String> = columns
        .iter()
        .take(SHOWN_COLUMNS)
        .map(|name| name.escape_debug().to_string())
        .collect();
    let first = columns.first().map(String::as_str).unwrap_or_default();
    let guess = match columns {
        _ if first.starts_with('<') => " It looks like XML or HTML.",
        _ if first.starts_with(['[', '{']) => " It looks like JSON: write one object per line.",
        [_] if first.contains('\t') => " It looks separated by tabs: save it with commas.",
        _ if first.contains(';') => " It looks separated by semicolons: save it with commas.",
        _ => "",
    };
    format!(
        "The first row has to name the columns, among them name, sku or slug; it is: {}{}.{guess}",
        shown.join(", ").chars().take(200).collect::<String>(),
        if columns.len() > SHOWN_COLUMNS {
            ", ..."
        } else {
            ""
        }
    )
}

fn csv_cells(columns: &[String], record: Record) -> Cells {
    if record.is_unclosed {
        return Err(
            "opens a quotation mark that is never closed, so the rest of the file became part of this row"
                .to_owned(),
        );
    }
    if record.cells.len() != columns.len() {
        let (found, expected) = (record.cells.len(), columns.len());
        return Err(format!("has {found} cells where the header has {expected}"));
    }
    let mut cells = Vec::new();
    for (column, cell) in columns.iter().zip(record.cells) {
        let text = String::from_utf8(cell)
            .map_err(|_| format!("column {column} is not UTF-8 text: save the file as UTF-8"))?;
        let text = unguarded(&text);
        if !text.trim().is_empty() {
            cells.push(Cell {
                column: column.clone(),
                text: text.to_owned(),
                is_nested: false,
            });
        }
    }
    Ok(cells)
}

struct JsonLines<R> {
    source: R,
    number: u64,
}

impl<R: BufRead> JsonLines<R> {
    /// The next line that is not blank; one that is too long is skipped without being kept.
    fn read(&mut self) -> std::io::Result<Option<Row>> {
        loop {
            self.number += 1;
            let mut line = Vec::new();
            let mut limited = self.source.by_ref().take(LONGEST_LINE + 1);
            let length = limited.read_until(b'\n', &mut line)?;
            if length == 0 {
                return Ok(None);
            }
            let is_whole = line.ends_with(b"\n") || length as u64 <= LONGEST_LINE;
            if !is_whole {
                self.source.skip_until(b'\n')?;
            }
            let cells = match line.trim_ascii() {
                [] if is_whole => continue,
                _ if !is_whole => Err("is longer than 1 MiB".to_owned()),
                line => json_cells(line),
            };
            return Ok(Some(Row {
                number: self.number,
                cells,
            }));
        }
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<std::io::Result<Row>> {
        self.read().transpose()
    }
}

fn json_cells(line: &[u8]) -> Cells {
    let line = std::str::from_utf8(line).map_err(|_| "is not UTF-8 text")?;
    let object: serde_json::Map<String, Value> = serde_json::from_str(line).map_err(|error| {
        let told = error.to_string();
        // Every line is "line 1" to its own parser.
        let cause = told.split(" at line ").next().unwrap_or_default();
        format!("is not a JSON object: {cause}, at character {}", error.column())
    })?;
    let cells = object.into_iter().filter_map(|(column, value)| {
        let (text, is_nested) = match value {
            Value::Null => return None,
            Value::String(text) => (text, false),
            Value::Array(_) | Value::Object(_) => (value.to_string(), true),
            Value::Bool(_) | Value::Number(_) => (value.to_string(), false),
        };
        (!text.trim().is_empty()).then(|| Cell {
            column: column.trim().to_lowercase(),
            text,
            is_nested,
        })
    });
    Ok(cells.collect())
}
