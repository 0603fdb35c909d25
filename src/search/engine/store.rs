//! The index as it is kept: in a folder or in memory, written by one writer, with the position of the change log in
//! every commit. What is torn, foreign or of an older format is emptied. Must not know how anything is searched.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use tantivy::directory::{Directory, INDEX_WRITER_LOCK, MmapDirectory, RamDirectory};
use tantivy::index::Index;
use tantivy::indexer::{IndexWriter, IndexWriterOptions, LogMergePolicy};
use tantivy::{IndexReader, IndexSettings, ReloadPolicy, TantivyError, Term};

use super::document::{Entry, Mark};
use super::part::Snapshot;
use super::schema::{FORMAT, Fields};
use super::stem::Language;
use crate::error::{Error, Result};

/// Below the folder of the settings, so that nothing else is ever emptied.
const FOLDER: &str = "index";

/// Most changes between two commits: the writer keeps every removal in memory until then, some hundred bytes each.
const MOST_WAITING: usize = 50_000;

/// What the index may use, and the language that its stems are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Memory for products that are not written yet; 15 MB at least.
    pub writer_bytes: usize,
    pub language: Language,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            writer_bytes: 50_000_000,
            language: Language::English,
        }
    }
}

pub(super) struct Store {
    pub fields: Fields,
    pub language: Language,
    budget: Budget,
    index: Index,
    reader: IndexReader,
    writer: Mutex<Option<IndexWriter>>,
    /// Changes since the last commit.
    waiting: AtomicUsize,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Store {
    pub fn open(folder: Option<&Path>, budget: Budget) -> Result<(Store, Option<Mark>)> {
        let fields = Fields::new();
        let Some(folder) = folder.map(|folder| folder.join(FOLDER)) else {
            let index = Index::create(
                RamDirectory::create(),
                fields.schema.clone(),
                IndexSettings::default(),
            );
            return Ok((Store::new(index.map_err(failed)?, fields, budget)?, None));
        };
        fs::create_dir_all(&folder).map_err(Error::internal)?;
        refuse_when_in_use(&folder)?;
        if let Some((store, mark)) = Store::kept(&folder, budget) {
            return Ok((store, Some(mark)));
        }
        fs::remove_dir_all(&folder).map_err(Error::internal)?;
        fs::create_dir_all(&folder).map_err(Error::internal)?;
        let index = Index::create_in_dir(&folder, fields.schema.clone()).map_err(failed)?;
        Ok((Store::new(index, fields, budget)?, None))
    }

    /// What an earlier process left, if it is whole and ours.
    fn kept(folder: &Path, budget: Budget) -> Option<(Store, Mark)> {
        let fields = Fields::new();
        let index = Index::open_in_dir(folder).ok()?;
        let payload = index.load_metas().ok()?.payload?;
        let mark = Mark::parse(payload.strip_prefix(&format(budget.language))?)?;
        let whole = index.schema() == fields.schema && index.validate_checksum().ok()?.is_empty();
        if !whole {
            return None;
        }
        Some((Store::new(index, fields, budget).ok()?, mark))
    }

    fn new(index: Index, fields: Fields, budget: Budget) -> Result<Store> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let reader = reader.try_into().map_err(failed)?;
        let writer = open_writer(&index, budget)?;
        let snapshot = Snapshot::open(reader.searcher(), &fields, None).map_err(failed)?;
        Ok(Store {
            fields,
            language: budget.language,
            budget,
            index,
            reader,
            writer: Mutex::new(Some(writer)),
            waiting: AtomicUsize::new(0),
            snapshot: RwLock::new(Arc::new(snapshot)),
        })
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().clone()
    }

    pub fn apply(&self, changes: Vec<Entry>) -> Result<()> {
        let before = self.waiting.fetch_add(changes.len(), Ordering::Relaxed);
        let is_much = before + changes.len() >= MOST_WAITING;
        self.write(|writer| {
            for change in changes {
                let id = match &change {
                    Entry::Put(document) => document.product_id,
                    Entry::Remove(id) => *id,
                };
                writer.delete_term(Term::from_field_i64(self.fields.id, id.into()));
                if let Entry::Put(document) = change {
                    writer.add_document(self.fields.document(&document, self.language))?;
                }
            }
            if is_much {
                // Not visible, and without a position: only so that memory is given back.
                self.waiting.store(0, Ordering::Relaxed);
                writer.commit()?;
            }
            Ok(())
        })
    }

    pub fn commit(&self, mark: &Mark) -> Result<()> {
        self.write(|writer| {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&format!("{}{}", format(self.language), mark.to_text()));
            commit.commit()?;
            self.waiting.store(0, Ordering::Relaxed);
            self.reload()
        })
    }

    /// Empties the index; a restart finds no position.
    pub fn clear(&self) -> Result<()> {
        // A writer that failed once takes no more work: it is opened anew.
        let mut writer = self.writer.lock();
        *writer = None;
        let fresh = writer.insert(open_writer(&self.index, self.budget)?);
        let emptied = fresh.delete_all_documents().and_then(|_| fresh.commit());
        emptied.and_then(|_| self.reload()).map_err(failed)
    }

    fn write(&self, work: impl FnOnce(&mut IndexWriter) -> tantivy::Result<()>) -> Result<()> {
        let mut writer = self.writer.lock();
        match writer.as_mut() {
            Some(writer) => work(writer).map_err(failed),
            None => Err(Error::internal(
                "the search index has no writer: it must be cleared",
            )),
        }
    }

    fn reload(&self) -> tantivy::Result<()> {
        self.reader.reload()?;
        let before = self.snapshot();
        let snapshot = Snapshot::open(self.reader.searcher(), &self.fields, Some(&before))?;
        *self.snapshot.write() = Arc::new(snapshot);
        Ok(())
    }
}

/// Stands before the position in each commit.
fn format(language: Language) -> String {
    format!("vitrine/{FORMAT}/{} ", language.code())
}

fn open_writer(index: &Index, budget: Budget) -> Result<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(budget.writer_bytes)
        .build();
    let writer = index.writer_with_options(options).map_err(failed)?;
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(4);
    policy.set_del_docs_ratio_before_merge(0.3);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

/// A folder has one writer: a second process must not empty what the first one uses.
fn refuse_when_in_use(folder: &Path) -> Result<()> {
    let directory = MmapDirectory::open(folder).map_err(Error::internal)?;
    match directory.acquire_lock(&INDEX_WRITER_LOCK) {
        Ok(_) => Ok(()),
        Err(tantivy::directory::error::LockError::LockBusy) => Err(Error::Conflict {
            code: "search_folder_in_use",
            detail: format!(
                "Another process searches in {}: give this one its own search.path.",
                folder.display()
            ),
        }),
        Err(error) => Err(Error::internal(error)),
    }
}

pub(super) fn failed(error: TantivyError) -> Error {
    Error::internal(error)
}
