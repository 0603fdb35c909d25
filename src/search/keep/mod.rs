//! The life of the index in this process: made from the database, kept up by the change log, asked by the catalog. Must not
//! know how anything is found, or HTTP.
//!
//! ```text
//! folder -> open: is its position one of this log? -- yes --> follow: changes -> products read by id -> commit
//!                              | no                             ^  |                        (at once, or every 200 ms)
//!                              v                                |  v
//!                            build: products along their ids ---+  reconcile, now and then: what differs is read again
//! ```
//!
//! 1. A document is made of rows that are as new as the change that asks for it, or newer: changes are never replayed, what
//!    they touch is read again. So it makes no difference which replica answers, and doing it twice does no harm.
//! 2. A commit holds the position that its documents reach. Whatever kills the process, the next one goes on from there; a
//!    build commits only at its end.
//! 3. One task writes. Searches read what the last commit left, and are as old as its position.
//! 4. What goes wrong with the folder costs the folder: the index is made anew in memory, and says so.

mod answered;
mod ask;
mod batch;
mod build;
mod document;
mod follow;
mod lag;
mod reconcile;
mod status;
mod synonyms;
mod translate;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::sync::{Notify, Semaphore, watch};

pub use status::{Phase, Status};

use super::engine::{Budget, Engine, Language, Mark};
use crate::catalog::Catalog;
use crate::config::SearchSettings;
use crate::db::changes::Position;
use crate::db::{AnyConnection, Router, Seq};
use crate::error::{Error, Result};
use crate::metrics::SearchMetrics;
use answered::answered;
use lag::Lag;
use status::State;

/// Between two attempts at what did not work.
const PAUSE: Duration = Duration::from_secs(1);

/// Searches that run at once, for each processor: they take its time and nothing else.
const SEARCHES_PER_PROCESSOR: usize = 2;

/// The index of this process. Cloning shares it.
#[derive(Clone)]
pub struct Index(Arc<Inner>);

struct Inner {
    catalog: Catalog,
    db: Router,
    settings: SearchSettings,
    metrics: SearchMetrics,
    engine: RwLock<Option<Engine>>,
    state: watch::Sender<State>,
    lag: Lag,
    searches: Arc<Semaphore>,
    /// Somebody wants it made anew.
    wanted_anew: Notify,
}

/// Why the index has to be begun again.
#[derive(Debug)]
enum Ended {
    /// History is another one than was followed, or somebody asked for it.
    Anew(&'static str),
    /// The folder, or what the index needs beside it, failed.
    Broken(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Ended::Broken(error)
    }
}

impl Index {
    /// An index that nobody keeps yet.
    pub fn new(catalog: Catalog, db: Router, settings: SearchSettings, metrics: SearchMetrics) -> Index {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Index(Arc::new(Inner {
            lag: Lag::new(&db),
            catalog,
            db,
            settings,
            metrics,
            engine: RwLock::default(),
            state: watch::Sender::default(),
            searches: Arc::new(Semaphore::new(processors * SEARCHES_PER_PROCESSOR)),
            wanted_anew: Notify::new(),
        }))
    }

    /// Makes the index and keeps it until the process ends.
    pub async fn run(self) {
        let keep = self.keep();
        let watch = self.watch();
        futures_util::future::join(keep, watch).await;
    }

    /// Waits until searches are answered by the index.
    pub async fn is_ready(&self) {
        let mut state = self.0.state.subscribe();
        // The sender is ours, so it stays.
        let _ = state.wait_for(|state| state.phase == Phase::Ready).await;
    }

    /// Has the index made anew, after whatever it is doing now.
    pub fn make_anew(&self) {
        self.0.wanted_anew.notify_one();
    }

    async fn keep(&self) {
        let (mut folder, mut is_kept) = (self.0.settings.path.clone(), true);
        loop {
            self.change(|state| state.opening(folder.is_some()));
            let ended = self.open_and_keep(folder.clone(), is_kept).await;
            self.close();
            is_kept = false;
            match ended {
                Ended::Anew(why) => tracing::warn!("{why}: the search index is made anew"),
                Ended::Broken(error) => self.broke(&error, folder.take()),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What fails in a folder is tried without; what fails in memory is tried again.
    fn broke(&self, error: &Error, folder: Option<PathBuf>) {
        let why = error.chain();
        match &folder {
            Some(folder) => tracing::error!(
                folder = %folder.display(), error = why,
                "the search index cannot be kept on disk: it is made in memory, until the next start"
            ),
            None => tracing::error!(error = why, "the search index failed and is made anew"),
        }
        self.change(|state| state.trouble = Some(why));
    }

    /// `is_kept`: what an earlier process left counts.
    async fn open_and_keep(&self, folder: Option<PathBuf>, is_kept: bool) -> Ended {
        match self.opened(folder).await {
            Ok((engine, position)) => self.serve(engine, position.filter(|_| is_kept)).await,
            Err(error) => Ended::Broken(error),
        }
    }

    /// The index as an earlier process left it, with its position if that is one of this log.
    async fn opened(&self, folder: Option<PathBuf>) -> Result<(Engine, Option<Position>)> {
        let budget = Budget {
            writer_bytes: self.0.settings.writer_bytes,
            language: Language::parse(&self.0.settings.language).unwrap_or(Language::English),
        };
        let weights = self.0.settings.weights;
        let open = move || Engine::open(folder.as_deref(), budget, weights);
        let (engine, mark) = blocking(open).await?;
        let Some(position) = mark.map(position) else {
            return Ok((engine, None));
        };
        let leads_on = self.leads_on(&position).await;
        if !leads_on {
            tracing::info!("the search index on disk is of another history: it is made anew");
        }
        Ok((engine, Some(position).filter(|_| leads_on)))
    }

    async fn leads_on(&self, position: &Position) -> bool {
        let look = || {
            let asked = position.clone();
            let look = move |connection: &mut AnyConnection| asked.leads_on(connection);
            self.0
                .db
                .read_at_least("search.leads_on", Seq(position.seq), look)
        };
        answered(look).await.value
    }

    async fn serve(&self, engine: Engine, position: Option<Position>) -> Ended {
        let position = match position {
            Some(position) => position,
            None => match self.build(&engine).await {
                Ok(position) => position,
                Err(ended) => return ended,
            },
        };
        if let Err(error) = self.take_synonyms(&engine, Seq(position.seq)).await {
            return Ended::Broken(error);
        }
        let newest = self.head().await;
        self.change(|state| state.ready_from = Seq(newest.seq));
        *self.0.engine.write() = Some(engine.clone());
        self.came_to(&engine, &position);
        self.follow(engine, position).await
    }

    /// Searches are answered as of here from now on.
    fn came_to(&self, engine: &Engine, position: &Position) {
        let documents = engine.len();
        self.0.metrics.set_index(documents, position.seq);
        self.change(|state| state.came_to(position, documents));
    }

    fn close(&self) {
        *self.0.engine.write() = None;
        self.change(|state| state.phase = Phase::Opening);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.0.state.send_modify(change);
    }
}

fn position(mark: Mark) -> Position {
    Position {
        epoch: mark.epoch,
        seq: mark.seq,
        hash: mark.hash,
    }
}

fn mark(position: &Position) -> Mark {
    Mark {
        epoch: position.epoch.clone(),
        seq: position.seq,
        hash: position.hash.clone(),
    }
}

/// Runs what takes a processor or a disk where it holds nobody up.
#[expect(
    clippy::disallowed_methods,
    reason = "one piece of writing at a time, and searches only as many as have a permit"
)]
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
