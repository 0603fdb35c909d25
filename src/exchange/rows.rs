//! Rows of a file, as cells with column names, one at a time. Must not know what a column means.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

/// Longest line of a JSONL file: a bound on memory.
const LONGEST_LINE: u64 = 1024 * 1024;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header row (RFC 4180).
    Csv,
    /// One JSON object per line.
    JsonLines,
}

impl Format {
    /// By the ending of the file's name; anything but JSON lines is read as CSV.
    pub fn of(name: &str) -> Format {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".jsonl") || name.ends_with(".ndjson") {
            Format::JsonLines
        } else {
            Format::Csv
        }
    }
}

/// Column names and texts, blank cells left out; or why a row cannot be read at all.
pub type Cells = Result<Vec<(String, String)>, String>;

/// One row, numbered as a spreadsheet or an editor shows it: the first line of the file is 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub number: u64,
    pub cells: Cells,
}

/// Reads a file row by row.
///
/// # Errors
/// The file cannot be read, or its header row is none.
pub fn read<'a>(
    source: impl Read + 'a,
    format: Format,
) -> Result<Box<dyn Iterator<Item = std::io::Result<Row>> + 'a>, String> {
    let mut source = BufReader::new(source);
    let start = source.fill_buf().map_err(|error| error.to_string())?;
    if start.starts_with(BOM) {
        source.consume(BOM.len());
    }
    match format {
        Format::Csv => csv_rows(source),
        Format::JsonLines => Ok(Box::new(JsonLines { source, number: 0 })),
    }
}

fn csv_rows<'a>(
    source: impl Read + 'a,
) -> Result<Box<dyn Iterator<Item = std::io::Result<Row>> + 'a>, String> {
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(source);
    let mut records = reader.into_byte_records();
    let header = records
        .next()
        .ok_or("The file is empty.")?
        .map_err(|error| error.to_string())?;
    let header = csv::StringRecord::from_byte_record(header).map_err(|_| "The file is not UTF-8 text.")?;
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    if !columns
        .iter()
        .any(|name| matches!(name.as_str(), "name" | "sku" | "slug"))
    {
        return Err("The first row must name the columns; among them name, sku or slug.".to_owned());
    }
    let rows = records.zip(2..).map(move |(record, number)| {
        let record = record.map_err(std::io::Error::other)?;
        Ok(Row {
            number,
            cells: csv_cells(&columns, &record),
        })
    });
    Ok(Box::new(rows))
}

fn csv_cells(columns: &[String], record: &csv::ByteRecord) -> Cells {
    if record.len() != columns.len() {
        return Err(format!(
            "has {} cells where the header has {}; is a quotation mark left open?",
            record.len(),
            columns.len()
        ));
    }
    let mut cells = Vec::new();
    for (column, cell) in columns.iter().zip(record) {
        let text = std::str::from_utf8(cell).map_err(|_| format!("column {column} is not UTF-8 text"))?;
        if !text.trim().is_empty() {
            cells.push((column.clone(), text.to_owned()));
        }
    }
    Ok(cells)
}

struct JsonLines<R> {
    source: R,
    number: u64,
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = std::io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = Vec::new();
            self.number += 1;
            match self
                .source
                .by_ref()
                .take(LONGEST_LINE + 1)
                .read_until(b'\n', &mut line)
            {
                Err(error) => return Some(Err(error)),
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(length) if length as u64 > LONGEST_LINE => {
                    let rest = self.source.skip_until(b'\n').map(|_| Row {
                        number: self.number,
                        cells: Err("is longer than 1 MiB".to_owned()),
                    });
                    return Some(rest);
                }
                Ok(_) => {
                    return Some(Ok(Row {
                        number: self.number,
                        cells: json_cells(&line),
                    }));
                }
            }
        }
    }
}

fn json_cells(line: &[u8]) -> Cells {
    let object: serde_json::Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| format!("is not a JSON object: {error}"))?;
    let cells = object.into_iter().filter_map(|(column, value)| match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some((column, text)),
        other => Some((column, other.to_string())),
    });
    Ok(cells.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, format: Format) -> Vec<(u64, Cells)> {
        read(text.as_bytes(), format)
            .unwrap()
            .map(|row| row.unwrap())
            .map(|row| (row.number, row.cells))
            .collect()
    }

    fn cells(pairs: &[(&str, &str)]) -> Cells {
        Ok(pairs
            .iter()
            .map(|(column, text)| ((*column).to_owned(), (*text).to_owned()))
            .collect())
    }

    #[test]
    fn csv_is_read_as_spreadsheets_write_it() {
        let text = "\u{feff} Name ,SKU,price\r\n\"a, \"\"b\"\"\nc\",1,\r\nshort,2\r\nLamp,3,5,extra\r\n\r\nLast,4,1.00";
        let rows = all(text, Format::Csv);
        assert_eq!(rows[0], (2, cells(&[("name", "a, \"b\"\nc"), ("sku", "1")])));
        assert!(rows[1].1.is_err() && rows[2].1.is_err());
        assert_eq!(
            rows[3].1,
            cells(&[("name", "Last"), ("sku", "4"), ("price", "1.00")])
        );
    }

    #[test]
    fn a_quotation_mark_left_open_is_told_and_loses_no_earlier_row() {
        let rows = all("name,price\nA,1\n\"B,2\nC,3\n", Format::Csv);
        assert_eq!(rows[0].1, cells(&[("name", "A"), ("price", "1")]));
        assert!(rows[1].1.as_ref().unwrap_err().contains("quotation mark"));
    }

    #[test]
    fn a_file_without_a_header_is_refused_as_a_whole() {
        assert!(read(&b"1,2,3\n"[..], Format::Csv).is_err());
        assert!(read(&b""[..], Format::Csv).is_err());
    }

    #[test]
    fn json_lines_are_read_one_by_one() {
        let text =
            "{\"name\":\"A\",\"price\":\"1.00\",\"stock_quantity\":3,\"brand\":null}\n\n[1]\n{\"name\":";
        let rows = all(text, Format::JsonLines);
        assert_eq!(
            rows[0],
            (
                1,
                cells(&[("name", "A"), ("price", "1.00"), ("stock_quantity", "3")])
            )
        );
        assert_eq!((rows[1].0, rows[2].0), (3, 4));
        assert!(rows[1].1.is_err() && rows[2].1.is_err());
        let long = format!(
            "{{\"name\":\"{}\"}}\n{{\"name\":\"B\"}}\n",
            "x".repeat(2 * 1024 * 1024)
        );
        let rows = all(&long, Format::JsonLines);
        assert!(rows[0].1.is_err() && rows[1].1.is_ok());
    }
}
