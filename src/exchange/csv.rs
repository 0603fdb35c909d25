//! Comma-separated values (RFC 4180), record by record. Reads what the `csv` crate reads (a test compares them) and
//! knows what that does not tell: the row as a spreadsheet numbers it, a quotation mark that is never closed, and a
//! limit on what such a mark can swallow. Must not know what a column means.

use std::io::{BufRead, Error, Result};

/// Longest record in bytes: a bound on memory.
const LONGEST_RECORD: usize = 1024 * 1024;

/// One record: cells as bytes, not yet known to be text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// As a spreadsheet numbers it: the first is 1, empty ones count, line ends inside quotation marks do not.
    pub row: u64,
    pub cells: Vec<Vec<u8>>,
    /// The file ended inside quotation marks.
    pub is_unclosed: bool,
}

/// Where in a cell the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Plain,
    Quoted,
    /// Behind a quotation mark that ends the quotes, or is the first half of a doubled one.
    Mark,
}

/// The records of a source; records that are empty lines are left out.
pub struct Records<R> {
    source: R,
    row: u64,
    /// The last record ended with a carriage return: a line feed right after it belongs to it.
    after_return: bool,
}

impl<R: BufRead> Records<R> {
    pub fn new(source: R) -> Records<R> {
        Records {
            source,
            row: 0,
            after_return: false,
        }
    }

    fn read(&mut self) -> Result<Option<Record>> {
        let mut record = Record::default();
        let mut cell = Vec::new();
        let mut at = At::Start;
        let mut length = 0;
        self.row += 1;
        loop {
            let buffer = self.source.fill_buf()?;
            if buffer.is_empty() {
                let is_end = at == At::Start && record.cells.is_empty();
                record.is_unclosed = at == At::Quoted;
                record.finish(self.row, cell);
                return Ok((!is_end).then_some(record));
            }
            let mut used = 0;
            let mut ended = false;
            for byte in buffer.iter().copied() {
                used += 1;
                if std::mem::take(&mut self.after_return) && byte == b'\n' {
                    continue;
                }
                at = match (at, byte) {
                    (At::Quoted, b'"') => At::Mark,
                    (At::Start, b'"') => At::Quoted,
                    (At::Mark, b'"') | (At::Quoted, _) => {
                        cell.push(byte);
                        At::Quoted
                    }
                    (_, b',') => {
                        record.cells.push(std::mem::take(&mut cell));
                        At::Start
                    }
                    (_, b'\r' | b'\n') => {
                        self.after_return = byte == b'\r';
                        ended = true;
                        break;
                    }
                    (_, _) => {
                        cell.push(byte);
                        At::Plain
                    }
                };
            }
            self.source.consume(used);
            if ended && at == At::Start && record.cells.is_empty() {
                self.row += 1;
            } else if ended {
                record.finish(self.row, cell);
                return Ok(Some(record));
            }
            length += used;
            if length > LONGEST_RECORD {
                let advice = "is longer than 1 MiB; is a quotation mark left open?";
                return Err(Error::other(format!("row {} {advice}", self.row)));
            }
        }
    }
}

impl Record {
    fn finish(&mut self, row: u64, last: Vec<u8>) {
        self.row = row;
        self.cells.push(last);
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn records(text: &[u8]) -> Vec<Record> {
        // A tiny buffer, so that every state is met at a boundary.
        Records::new(std::io::BufReader::with_capacity(3, text))
            .map(Result::unwrap)
            .collect()
    }

    /// A text and the rows it holds.
    type Case = (&'static str, &'static [(u64, &'static [&'static str])]);

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let text_of = |cell: Vec<u8>| String::from_utf8(cell).unwrap();
        records(text.as_bytes())
            .into_iter()
            .map(|record| (record.row, record.cells.into_iter().map(text_of).collect()))
            .collect()
    }

    #[test]
    fn records_are_read_as_spreadsheets_write_them() {
        let table: [Case; 14] = [
            ("", &[]),
            ("\n\r\n\r\r", &[]),
            ("a", &[(1, &["a"])]),
            ("a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]),
            ("a,b\r\n1,2", &[(1, &["a", "b"]), (2, &["1", "2"])]),
            ("a\r1\r2", &[(1, &["a"]), (2, &["1"]), (3, &["2"])]),
            (",\n,,", &[(1, &["", ""]), (2, &["", "", ""])]),
            ("\"\"\n\"\",", &[(1, &[""]), (2, &["", ""])]),
            ("\"a, b\",c", &[(1, &["a, b", "c"])]),
            ("\"a \"\"b\"\"\",\"\"\"\"", &[(1, &["a \"b\"", "\""])]),
            ("\"two\r\nlines\"\nx", &[(1, &["two\r\nlines"]), (2, &["x"])]),
            ("a\n\n\nb", &[(1, &["a"]), (4, &["b"])]),
            ("5\" pipe,7", &[(1, &["5\" pipe", "7"])]),
            ("\"a\"b,c", &[(1, &["ab", "c"])]),
        ];
        for (text, expected) in table {
            let expected: Vec<(u64, Vec<String>)> = expected
                .iter()
                .map(|(row, cells)| (*row, cells.iter().map(|cell| (*cell).to_owned()).collect()))
                .collect();
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_csv_spectrum_is_read_as_it_says() {
        let folder = std::path::Path::new("../shared/data/hostile/csv-spectrum");
        if !folder.exists() {
            eprintln!("SKIPPED: {} is not here", folder.display());
            return;
        }
        for entry in std::fs::read_dir(folder.join("csvs")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            // The collection contradicts itself there: another telephone number.
            if name == "location_coordinates" {
                continue;
            }
            let json = std::fs::read(folder.join("json").join(format!("{name}.json"))).unwrap();
            let expected: Vec<BTreeMap<String, String>> = serde_json::from_slice(&json).unwrap();
            let mut rows = rows(&std::fs::read_to_string(&path).unwrap()).into_iter();
            let (_, header) = rows.next().unwrap();
            let read: Vec<BTreeMap<String, String>> = rows
                .map(|(_, cells)| header.iter().cloned().zip(cells).collect())
                .collect();
            assert_eq!(read, expected, "{name}");
        }
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_shows_where_it_began() {
        let all = records(b"a,b\n1,\"2\n3,4\n5,6");
        let unclosed: Vec<(u64, bool)> = all
            .iter()
            .map(|record| (record.row, record.is_unclosed))
            .collect();
        assert_eq!(unclosed, [(1, false), (2, true)]);
        assert!(records(b"a,\"").iter().all(|record| record.is_unclosed));
        assert!(records(b"a,\"b\"").iter().all(|record| !record.is_unclosed));
    }

    #[test]
    fn a_record_that_swallows_the_file_is_stopped() {
        let text = format!("a\n1\n\"{}", "x".repeat(3 * LONGEST_RECORD));
        let mut records = Records::new(text.as_bytes());
        assert!(records.next().unwrap().is_ok() && records.next().unwrap().is_ok());
        let mut records = Records::new(std::io::BufReader::new(text.as_bytes())).skip(2);
        let told = records.next().unwrap().unwrap_err().to_string();
        assert!(told.starts_with("row 3 is longer"), "{told}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_the_csv_crate_reads_it(text in "[ab\",\r\n ]{0,40}") {
            let mut theirs = csv::ReaderBuilder::new();
            let theirs: Vec<Vec<Vec<u8>>> = theirs
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes())
                .into_byte_records()
                .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
                .collect();
            let ours: Vec<Vec<Vec<u8>>> = records(text.as_bytes())
                .into_iter()
                .map(|record| record.cells)
                .collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
