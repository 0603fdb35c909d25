//! The import: rows become products in batches, every row is accounted for. Must not know file formats.

use std::collections::HashMap;
use std::io::Read;

use super::pictures::Pictures;
use super::rows::{self, Format, Row};
use crate::catalog::{
    self, BATCH_ROWS, Catalog, Extent, ImportMode, ImportRow, ProductEdit, ProductInput, RowOutcome, WRITABLE,
};
use crate::db::Origin;
use crate::error::{Error, Result};
use crate::media::MediaStore;

/// Columns beside the fields of a product.
const OTHER_COLUMNS: [&str; 3] = ["created_at", "currency", "image_file"];

/// A row that was not taken over, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// As a spreadsheet shows it: the header is row 1.
    pub row: u64,
    pub column: String,
    pub value: String,
    pub reason: String,
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

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
    /// A row was refused; one call per fault.
    fn refused(&mut self, refusal: &Refusal);
    /// A column that means nothing here, once each.
    fn unknown_column(&mut self, name: &str);
    /// So many rows are done.
    fn progress(&mut self, rows: u64);
}

/// An import about to run.
pub struct Import<'a> {
    pub catalog: &'a Catalog,
    pub media: &'a MediaStore,
    pub pictures: Pictures,
    pub mode: ImportMode,
    /// Take prices of rows in another currency as they are.
    pub assume_currency: bool,
    pub origin: Origin,
}

/// An understood row that waits for its batch.
struct Waiting {
    number: u64,
    cells: Vec<(String, String)>,
    identity: Option<String>,
    row: ImportRow,
}

struct Progress<'a> {
    summary: Summary,
    /// Identities of accepted rows, with the row that has them: a second one is refused.
    seen: HashMap<String, u64>,
    unknown: Vec<String>,
    observer: &'a mut dyn Observer,
}

impl Import<'_> {
    /// Reads the source to its end.
    ///
    /// # Errors
    /// 400 when the source as a whole cannot be read; those of the database, after which whole batches remain and the
    /// same import can be run again.
    pub async fn run(
        &self,
        source: impl Read,
        format: Format,
        observer: &mut dyn Observer,
    ) -> Result<Summary> {
        let unreadable = |reason: String| Error::bad_request("unreadable_file", reason);
        let mut progress = Progress {
            summary: Summary::default(),
            seen: HashMap::new(),
            unknown: Vec::new(),
            observer,
        };
        let mut waiting = Vec::new();
        for row in rows::read(source, format).map_err(unreadable)? {
            let row = row.map_err(|error| unreadable(error.to_string()))?;
            progress.summary.rows += 1;
            match self.understand(row, &mut progress) {
                Ok(row) => waiting.push(row),
                Err(faults) => progress.refuse(&faults),
            }
            if waiting.len() >= BATCH_ROWS {
                self.flush(&mut waiting, &mut progress).await?;
            }
        }
        self.flush(&mut waiting, &mut progress).await?;
        Ok(progress.summary)
    }

    fn understand(&self, row: Row, progress: &mut Progress<'_>) -> Result<Waiting, Vec<Refusal>> {
        let number = row.number;
        let refusal = |column: &str, value: &str, reason: String| {
            vec![Refusal {
                row: number,
                column: column.to_owned(),
                value: value.to_owned(),
                reason,
            }]
        };
        let cells = row.cells.map_err(|reason| refusal("row", "", reason))?;
        let input = self.input(&cells, progress);
        let cell = |column: &str| {
            cells
                .iter()
                .find(|(name, _)| name == column)
                .map(|(_, text)| text.trim())
        };
        if let Some(currency) =
            cell("currency").filter(|code| !self.assume_currency && *code != self.catalog.currency())
        {
            let own = self.catalog.currency();
            return Err(refusal(
                "currency",
                currency,
                format!("the shop's currency is {own}; --assume-currency takes the prices as they are"),
            ));
        }
        let mut edit =
            ProductEdit::parse(input, Extent::Partial).map_err(|faults| refusals(number, &cells, &faults))?;
        let created_at = cell("created_at")
            .map(catalog::created_at)
            .transpose()
            .map_err(|fault| refusals(number, &cells, &[fault]))?;
        let identity = identity(&edit);
        if let Some((key, first)) = identity
            .as_ref()
            .and_then(|key| progress.seen.get(key).map(|first| (key, first)))
        {
            let column = key.split(':').next().unwrap_or_default();
            let value = cell(column).unwrap_or_default();
            return Err(refusal(
                column,
                value,
                format!("row {first} of this file is the same product already"),
            ));
        }
        if let Some(name) = cell("image_file") {
            edit.set_image_url(
                self.picture(name)
                    .map_err(|reason| refusal("image_file", name, reason))?,
            );
        }
        if let Some(key) = &identity {
            progress.seen.insert(key.clone(), number);
        }
        Ok(Waiting {
            number,
            cells,
            identity,
            row: ImportRow { edit, created_at },
        })
    }

    /// The cells as input; columns that mean nothing are reported once.
    fn input(&self, cells: &[(String, String)], progress: &mut Progress<'_>) -> ProductInput {
        let mut input = ProductInput::default();
        let has_picture = cells.iter().any(|(name, _)| name == "image_file");
        for (name, text) in cells {
            let field = if name == "stock" {
                "stock_quantity"
            } else {
                name.as_str()
            };
            // The picture that comes with the file is the one that will be shown.
            let replaced = has_picture && field == "image_url";
            let known = OTHER_COLUMNS.contains(&field) || WRITABLE.contains(&field);
            if known && !replaced {
                input.set(field, text);
            } else if !known && !progress.unknown.contains(name) {
                progress.unknown.push(name.clone());
                progress.observer.unknown_column(name);
            }
        }
        input
    }

    /// The address of a picture; only a real import stores it.
    fn picture(&self, name: &str) -> Result<String, String> {
        let bytes = self.pictures.read(name, self.media.max_bytes())?;
        let address = match self.mode {
            ImportMode::Write => self.media.store(&bytes),
            ImportMode::Rehearse => self.media.address(&bytes),
        };
        address.map_err(|fault| fault.to_string())
    }

    async fn flush(&self, waiting: &mut Vec<Waiting>, progress: &mut Progress<'_>) -> Result<()> {
        while !waiting.is_empty() {
            let rows: std::sync::Arc<[ImportRow]> =
                waiting.iter().map(|waiting| waiting.row.clone()).collect();
            let outcomes = self
                .catalog
                .import_batch(self.origin.clone(), rows, self.mode)
                .await?
                .value;
            let done = outcomes.len();
            for (row, outcome) in waiting.drain(..done).zip(outcomes) {
                progress.count(&row, outcome);
            }
            progress.observer.progress(progress.summary.rows);
        }
        Ok(())
    }
}

impl Progress<'_> {
    fn count(&mut self, row: &Waiting, outcome: RowOutcome) {
        match outcome {
            RowOutcome::Created => self.summary.created += 1,
            RowOutcome::Changed => self.summary.changed += 1,
            RowOutcome::Same => self.summary.same += 1,
            RowOutcome::Refused(faults) => {
                if let Some(key) = &row.identity {
                    self.seen.remove(key);
                }
                self.refuse(&refusals(row.number, &row.cells, &faults));
            }
        }
    }

    fn refuse(&mut self, faults: &[Refusal]) {
        self.summary.refused += 1;
        faults.iter().for_each(|fault| self.observer.refused(fault));
    }
}

/// What a row is known by, in the order in which the catalog matches.
fn identity(edit: &ProductEdit) -> Option<String> {
    let sku = edit
        .sku()
        .map(|sku| format!("sku:{}", catalog::text::sku_key(sku)));
    let slug = || edit.slug().map(|slug| format!("slug:{slug}"));
    let name = || {
        edit.name()
            .map(|name| format!("name:{}", catalog::text::fold(name)))
    };
    sku.or_else(slug).or_else(name)
}

fn refusals(row: u64, cells: &[(String, String)], faults: &[crate::error::FieldError]) -> Vec<Refusal> {
    let refusal = |fault: &crate::error::FieldError| {
        let field = fault.pointer.trim_start_matches('/');
        let cell = cells
            .iter()
            .find(|(name, _)| name == field || (name == "stock" && field == "stock_quantity"));
        let (column, value) = cell.map_or((field, ""), |(name, text)| (name.as_str(), text.as_str()));
        Refusal {
            row,
            column: column.to_owned(),
            value: value.to_owned(),
            reason: fault.detail.clone(),
        }
    };
    faults.iter().map(refusal).collect()
}
