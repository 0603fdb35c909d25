//! All faults of an import as a CSV file. Must not know how they were found.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::cli::unusable;
use crate::error::Result;
use crate::exchange::{Refusal, guarded};

/// A file of faults. What fails while it is written is told at the end.
pub struct FaultFile {
    path: PathBuf,
    writer: csv::Writer<File>,
    outcome: csv::Result<()>,
}

impl FaultFile {
    pub fn create(path: &Path) -> Result<FaultFile> {
        let file = File::create(path).map_err(|error| unusable(path, &error))?;
        let mut writer = csv::Writer::from_writer(file);
        Ok(FaultFile {
            outcome: writer.write_record(["row", "column", "value", "reason"]),
            path: path.to_owned(),
            writer,
        })
    }

    /// Adds a fault.
    pub fn add(&mut self, refusal: &Refusal) {
        let row = refusal.row.to_string();
        let written = self.writer.write_record([
            &row,
            guarded(&refusal.column).as_ref(),
            guarded(&refusal.value).as_ref(),
            guarded(&refusal.reason).as_ref(),
        ]);
        if self.outcome.is_ok() {
            self.outcome = written;
        }
    }

    /// Tells whether everything was written.
    pub fn finish(mut self) -> Result<()> {
        let flushed = self.writer.flush().map_err(csv::Error::from);
        self.outcome
            .and(flushed)
            .map_err(|error| unusable(&self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_faults_is_complete_and_harmless_to_open() {
        let folder = tempfile::tempdir().unwrap();
        let errors = folder.path().join("errors.csv");
        let mut file = FaultFile::create(&errors).unwrap();
        file.add(&Refusal {
            row: 3,
            column: "price".to_owned(),
            value: "=1+1".to_owned(),
            reason: "is no number, \"really\"".to_owned(),
        });
        file.finish().unwrap();
        assert_eq!(
            std::fs::read_to_string(errors).unwrap(),
            "row,column,value,reason\n3,price,'=1+1,\"is no number, \"\"really\"\"\"\n"
        );
    }
}
