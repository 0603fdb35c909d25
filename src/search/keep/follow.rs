//! Keeps the index up with the change log. Must not know what a document holds.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::answered::answered;
use super::batch::Batch;
use super::{Ended, Index, PAUSE, blocking, document, mark};
use crate::catalog::TouchedTerm;
use crate::db::Seq;
use crate::db::changes::Position;
use crate::error::Result;
use crate::realtime::{Follower, News};
use crate::search::engine::{Engine, Entry};

/// A commit costs milliseconds however little is in it, so a stream of changes is committed at most so often; a change
/// that comes alone is at once.
const BREATH: Duration = Duration::from_millis(200);

/// Products that are read at once.
const PIECE: usize = 1_000;

const FORKED: &str = "the change log goes on differently than it did";

impl Index {
    /// Follows the log from a position that the index has, until it has to be made anew.
    pub(super) async fn follow(&self, engine: Engine, position: Position) -> Ended {
        let (suspects, mut suspected) = mpsc::channel(1);
        let following = self.follow_log(&engine, position, &mut suspected);
        let reconciling = self.reconcile(&engine, suspects);
        tokio::select! {
            ended = following => match ended {
                Ok(never) => match never {},
                Err(ended) => ended,
            },
            ended = reconciling => Ended::Broken(ended),
        }
    }

    async fn follow_log(
        &self,
        engine: &Engine,
        position: Position,
        suspected: &mut mpsc::Receiver<Vec<i32>>,
    ) -> Result<std::convert::Infallible, Ended> {
        let mut follower = Follower::new(&self.0.db, position);
        let mut breath = Instant::now();
        loop {
            let mut batch = Batch::default();
            tokio::select! {
                news = follower.next() => self.take(&mut batch, news).await?,
                Some(suspects) = suspected.recv() => batch.products.extend(suspects),
                () = self.0.wanted_anew.notified() => return Err(Ended::Anew("somebody asked for it")),
            }
            while !batch.is_full()
                && let Ok(news) = timeout_at(breath, follower.next()).await
            {
                self.take(&mut batch, news).await?;
            }
            self.bring_up(engine, batch, follower.position()).await?;
            breath = Instant::now() + BREATH;
        }
    }

    async fn take(&self, batch: &mut Batch, news: Result<News>) -> Result<(), Ended> {
        match news {
            Ok(News::Changes(changes)) => {
                if let Some(last) = changes.last() {
                    self.0.lag.has_read(Seq(last.seq));
                }
                batch.take(&changes);
            }
            Ok(News::Forked) => return Err(Ended::Anew(FORKED)),
            Err(error) => {
                tracing::debug!(%error, "the change log cannot be read; trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Takes in what has changed up to a position, and commits it together with that.
    async fn bring_up(&self, engine: &Engine, batch: Batch, position: &Position) -> Result<(), Ended> {
        if !batch.is_empty() {
            let Batch {
                mut products,
                terms,
                synonyms,
            } = batch;
            if synonyms {
                self.take_synonyms(engine, Seq(position.seq)).await?;
            }
            for term in terms {
                products.extend(self.standing_in(term, position).await);
            }
            let products: Vec<i32> = products.into_iter().collect();
            for piece in products.chunks(PIECE) {
                let entries = self.entries(piece, position).await;
                let writing = engine.clone();
                blocking(move || writing.apply(entries)).await?;
            }
            let (writing, reached) = (engine.clone(), mark(position));
            blocking(move || writing.commit(&reached)).await?;
        }
        self.came_to(engine, position);
        Ok(())
    }

    /// The products that a term stands on.
    async fn standing_in(&self, term: TouchedTerm, position: &Position) -> BTreeSet<i32> {
        let (mut found, mut next) = (BTreeSet::new(), Some(0));
        while let Some(after) = next {
            let limit = u32::try_from(PIECE).unwrap_or(u32::MAX);
            let read = || {
                let term = term.clone();
                self.0
                    .catalog
                    .touched_after(term, after, limit, Seq(position.seq))
            };
            let piece = answered(read).await.value;
            found.extend(piece.items);
            next = piece.next;
        }
        found
    }

    /// These products as they are now; those that customers do not see are taken out.
    async fn entries(&self, products: &[i32], position: &Position) -> Vec<Entry> {
        let read = || self.0.catalog.indexed(products.to_vec(), Seq(position.seq));
        let shown = answered(read).await.value;
        let known: BTreeSet<i32> = shown.iter().map(|shown| shown.product.product_id).collect();
        let hidden = products.iter().filter(|id| !known.contains(id));
        let hidden: Vec<Entry> = hidden.map(|id| Entry::Remove(*id)).collect();
        shown.into_iter().map(document::put).chain(hidden).collect()
    }
}
