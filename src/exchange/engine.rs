//! The import: rows become products in batches, every row is accounted for. Reading goes on while the database writes.
//! Must not know file formats.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::pictures::Pictures;
use super::reader::{self, Piece};
use super::report::{Observer, Refusal, Summary};
use super::rows::Format;
use super::understand::{Expectations, Identity, Understood};
use crate::catalog::{Catalog, ImportMode, ImportRow, RowOutcome};
use crate::db::Origin;
use crate::error::{Error, Result};
use crate::media::MediaStore;

/// Paths of categories that are kept to be compared with the shop: a bound on memory, beyond what a shop has.
const KEPT_PATHS: usize = 2_000;

/// Pieces that are read ahead of the database.
const READ_AHEAD: usize = 2;

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

impl Import<'_> {
    /// Reads the source to its end. Without a format its first character decides.
    ///
    /// # Errors
    /// 400 when the source as a whole cannot be read; those of the database. Whole batches remain then, and the same
    /// import can be run again.
    pub async fn run(
        &self,
        source: impl Read + Send + 'static,
        format: Option<Format>,
        observer: &mut dyn Observer,
    ) -> Result<Summary> {
        let expectations = Expectations {
            currency: self.catalog.currency().to_owned(),
            assume_currency: self.assume_currency,
        };
        let (sender, mut receiver) = mpsc::channel(READ_AHEAD);
        let reading = on_a_thread(move || reader::read(source, format, &expectations, &sender));
        let mut ledger = Ledger::new(observer);
        while let Some(piece) = receiver.recv().await {
            self.take_over(piece, &mut ledger).await?;
        }
        let read = reading.await.map_err(Error::internal)?;
        read.map_err(|reason| Error::bad_request("unreadable_file", reason))?;
        self.tell_of_places(&mut ledger).await?;
        Ok(ledger.summary)
    }

    /// An import moves no category; where the file and the shop disagree, somebody should know.
    async fn tell_of_places(&self, ledger: &mut Ledger<'_>) -> Result<()> {
        let paths: Arc<[Vec<String>]> = std::mem::take(&mut ledger.paths).into_iter().collect();
        if !paths.is_empty() {
            for found in self.catalog.elsewhere(paths).await? {
                ledger.observer.stands_elsewhere(&found);
            }
        }
        Ok(())
    }

    async fn take_over(&self, piece: Piece, ledger: &mut Ledger<'_>) -> Result<()> {
        if !piece.unknown_columns.is_empty() {
            ledger.observer.unknown_columns(&piece.unknown_columns);
        }
        ledger.summary.rows += (piece.rows.len() + piece.refused.len()) as u64;
        for faults in piece.refused {
            ledger.refuse(faults);
        }
        let mut batch = Vec::new();
        for row in piece.rows {
            if ledger.is_undecided(&row, &batch) {
                self.write(&mut batch, ledger).await?;
            }
            if let Some(row) = ledger.admit(row) {
                batch.push(row);
            }
        }
        self.write(&mut batch, ledger).await?;
        ledger.tell();
        Ok(())
    }

    /// Writes all rows of a batch, in as many transactions as the catalog makes of it.
    async fn write(&self, batch: &mut Vec<Understood>, ledger: &mut Ledger<'_>) -> Result<()> {
        let mut rows = self.with_pictures(std::mem::take(batch), ledger).await?;
        while !rows.is_empty() {
            let wanted: Arc<[ImportRow]> = rows.iter().map(|understood| understood.row.clone()).collect();
            let written = self
                .catalog
                .import_batch(self.origin.clone(), wanted, self.mode)
                .await?;
            let done = written.value.len();
            for (row, outcome) in rows.drain(..done).zip(written.value) {
                ledger.count(&row, outcome);
            }
        }
        Ok(())
    }

    /// Keeps the pictures of the rows (or, rehearsing, looks at them); a row whose picture is none is refused as a
    /// whole.
    async fn with_pictures(
        &self,
        mut rows: Vec<Understood>,
        ledger: &mut Ledger<'_>,
    ) -> Result<Vec<Understood>> {
        if rows.iter().all(|row| row.picture.is_none()) {
            return Ok(rows);
        }
        let (pictures, media, mode) = (self.pictures.clone(), self.media.clone(), self.mode);
        let names: Vec<Option<String>> = rows.iter_mut().map(|row| row.picture.take()).collect();
        let keeping = on_a_thread(move || {
            let keep = |name: Option<String>| name.map(|name| keep(&pictures, &media, mode, &name));
            names.into_iter().map(keep).collect::<Vec<_>>()
        });
        let mut kept = Vec::new();
        for (mut row, picture) in rows.into_iter().zip(keeping.await.map_err(Error::internal)?) {
            match picture {
                Some(Err(reason)) => {
                    ledger.forget(&row);
                    ledger.refuse(vec![Refusal::of_cell(
                        row.number,
                        &row.cells,
                        "image_file",
                        reason,
                    )]);
                    continue;
                }
                Some(Ok(address)) => row.row.edit.set_image_url(address),
                None => {}
            }
            kept.push(row);
        }
        Ok(kept)
    }
}

/// The address of a picture; only a real import stores it.
fn keep(pictures: &Pictures, media: &MediaStore, mode: ImportMode, name: &str) -> Result<String, String> {
    let bytes = pictures.read(name, media.max_bytes())?;
    let address = match mode {
        ImportMode::Write => media.store(&bytes),
        ImportMode::Rehearse => media.address(&bytes),
    };
    address.map_err(|fault| fault.to_string())
}

#[expect(
    clippy::disallowed_methods,
    reason = "files are read and written on at most two threads per import, and imports are rare"
)]
fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    tokio::task::spawn_blocking(work)
}

/// What has become of the rows so far.
struct Ledger<'a> {
    summary: Summary,
    /// Identities of the rows taken over so far, and of those in the batch about to be written.
    seen: HashMap<Identity, u64>,
    /// Where the rows taken over say that their categories stand.
    paths: BTreeSet<Vec<String>>,
    /// Not yet told: the reader refuses earlier than the catalog, but people read row by row.
    refusals: Vec<Refusal>,
    observer: &'a mut dyn Observer,
}

impl<'a> Ledger<'a> {
    fn new(observer: &'a mut dyn Observer) -> Ledger<'a> {
        Ledger {
            summary: Summary::default(),
            seen: HashMap::new(),
            paths: BTreeSet::new(),
            refusals: Vec::new(),
            observer,
        }
    }

    /// Whether the row is about a product of a row of `batch`, whose fate decides this one's.
    fn is_undecided(&self, row: &Understood, batch: &[Understood]) -> bool {
        let undecided = batch.first().map_or(u64::MAX, |first| first.number);
        row.identities
            .iter()
            .filter_map(|identity| self.seen.get(identity))
            .any(|earlier| *earlier >= undecided)
    }

    /// Lets a row in, unless a row before it was about the same product.
    fn admit(&mut self, row: Understood) -> Option<Understood> {
        let twice = row
            .identities
            .iter()
            .find_map(|identity| Some((identity.column(), *self.seen.get(identity)?)));
        let Some((column, first)) = twice else {
            let identities = row.identities.iter().cloned();
            self.seen
                .extend(identities.map(|identity| (identity, row.number)));
            return Some(row);
        };
        let reason = format!("row {first} of this file is the same product already");
        self.refuse(vec![Refusal::of_cell(row.number, &row.cells, column, reason)]);
        None
    }

    /// Forgets a row that was let in: a later row about the same product may do better.
    fn forget(&mut self, row: &Understood) {
        for identity in &row.identities {
            self.seen.remove(identity);
        }
    }

    fn count(&mut self, row: &Understood, outcome: RowOutcome) {
        match outcome {
            RowOutcome::Created => self.summary.created += 1,
            RowOutcome::Changed => self.summary.changed += 1,
            RowOutcome::Same => self.summary.same += 1,
            RowOutcome::Refused(faults) => {
                self.forget(row);
                self.refuse(Refusal::of_fields(row.number, &row.cells, &faults));
                return;
            }
        }
        if self.paths.len() < KEPT_PATHS {
            self.paths.extend(row.row.edit.category_path());
        }
    }

    fn refuse(&mut self, faults: Vec<Refusal>) {
        self.summary.refused += 1;
        self.refusals.extend(faults);
    }

    fn tell(&mut self) {
        self.refusals.sort_by_key(|refusal| refusal.row);
        for refusal in self.refusals.drain(..) {
            self.observer.refused(&refusal);
        }
        self.observer.progress(self.summary.rows);
    }
}
