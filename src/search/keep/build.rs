//! Makes the index of a shop's products, along their ids. Must not know what a document holds.

use std::time::{Duration, Instant};

use super::answered::answered;
use super::status::Phase;
use super::{Ended, Index, blocking, document, mark};
use crate::catalog::{Indexed, Piece};
use crate::db::changes::{self, Position};
use crate::db::{AnyConnection, Seq, Snapshot};
use crate::error::Result;
use crate::search::engine::{Engine, Entry};

/// Products that are read at once.
const PIECE: u32 = 1_000;

/// Between two lines about a long build.
const REPORT: Duration = Duration::from_secs(10);

impl Index {
    /// Fills the index with everything that customers see, and says from where on it is to be followed. The pieces are of
    /// different moments, none before that position: what changed in between comes again.
    pub(super) async fn build(&self, engine: &Engine) -> Result<Position, Ended> {
        let (emptied, started) = (engine.clone(), Instant::now());
        blocking(move || emptied.clear()).await?;
        self.0.lag.begin();
        self.change(|state| (state.phase, state.built) = (Phase::Building, 0));
        let begin = self.head().await;
        let total = self.0.catalog.count_all().await.unwrap_or_default();
        self.change(|state| state.to_build = u64::try_from(total).unwrap_or_default());
        let mut reported = Instant::now();
        let mut next = Some(self.piece(0, &begin).await?);
        while let Some(Piece { items, next: after }) = next.take() {
            let count = items.len() as u64;
            let writing = engine.clone();
            let entries: Vec<Entry> = items.into_iter().map(document::put).collect();
            let written = blocking(move || writing.apply(entries));
            // The next piece is read while this one is written.
            let read = async {
                match after {
                    Some(after) => self.piece(after, &begin).await.map(Some),
                    None => Ok(None),
                }
            };
            let (written, read) = futures_util::future::join(written, read).await;
            written?;
            next = read?;
            self.change(|state| state.built += count);
            if reported.elapsed() > REPORT {
                reported = Instant::now();
                let built = self.0.state.borrow().built;
                tracing::info!(built, total, "making the search index");
            }
        }
        let (writing, reached) = (engine.clone(), mark(&begin));
        blocking(move || writing.commit(&reached)).await?;
        let (products, ms) = (engine.len(), started.elapsed().as_millis());
        self.change(|state| state.builds += 1);
        tracing::info!(products, ms, "made the search index");
        Ok(begin)
    }

    /// The newest position that is known; waits for a database that has it.
    pub(super) async fn head(&self) -> Position {
        let read = || {
            let newest: Seq = *self.0.db.newest().borrow();
            let read = |connection: &mut AnyConnection| changes::head(connection);
            self.0.db.read_at_least("search.head", newest, read)
        };
        Position::end(&answered(read).await.value)
    }

    /// The next products. A database that does not answer is waited for.
    async fn piece(&self, after: i32, begin: &Position) -> Result<Piece<Indexed>, Ended> {
        let read = || self.0.catalog.indexed_after(after, PIECE, Seq(begin.seq));
        let Snapshot { epoch, as_of, value } = answered(read).await;
        if epoch != begin.epoch || as_of.0 < begin.seq {
            return Err(Ended::Anew("history has changed while it was read"));
        }
        Ok(value)
    }
}
