//! Answers searches from the index, or says that it cannot. Must not know how anything is found.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::status::{Phase, State, Status};
use super::{Index, blocking, translate};
use crate::catalog::finder::{Finder, Found, Standing, Suggested, Wanted};
use crate::db::Seq;
use crate::error::{Error, Result};
use crate::search::engine::Engine;

/// Whoever has seen a change waits so long for the index to have it.
const PATIENCE: Duration = Duration::from_secs(1);

/// An index that has known of a change for so long without having it answers nobody: the database is better.
const LATE: Duration = Duration::from_secs(2);

/// Whoever waits for a free processor is turned away after this.
const QUEUE: Duration = Duration::from_millis(500);

impl Finder for Index {
    fn find(&self, wanted: Wanted, at_least: Seq) -> BoxFuture<'static, Result<Option<Found>>> {
        let index = self.clone();
        async move { index.answer(wanted, at_least).await }.boxed()
    }

    fn standing(&self, at_least: Seq) -> BoxFuture<'static, Option<Standing>> {
        let index = self.clone();
        async move {
            let at_least = index.within_log(at_least).await;
            let state = index.reached(at_least).await?;
            Some(Standing {
                epoch: state.epoch,
                as_of: state.seq,
                generation: state.generation,
            })
        }
        .boxed()
    }

    fn suggest(
        &self,
        typed: String,
        limit: usize,
        at_least: Seq,
    ) -> BoxFuture<'static, Result<Option<Suggested>>> {
        let index = self.clone();
        async move { index.complete(typed, limit, at_least).await }.boxed()
    }
}

impl Index {
    /// What the index says of itself.
    pub fn status(&self) -> Status {
        let state = self.0.state.borrow().clone();
        let bytes = self.0.engine.read().as_ref().map_or(0, Engine::bytes);
        state.told(self.behind_since(), bytes)
    }

    /// What it is doing, at no cost.
    pub fn phase(&self) -> Phase {
        self.0.state.borrow().phase
    }

    async fn answer(&self, wanted: Wanted, at_least: Seq) -> Result<Option<Found>> {
        let at_least = self.within_log(at_least).await;
        let found = match self.reached(at_least).await {
            Some(state) => self.search(wanted, state).await?,
            None => None,
        };
        if found.is_none() {
            self.0.metrics.count_degraded();
        }
        Ok(found)
    }

    /// A position beyond the log is of another shop, as a browser's cookie may be: nobody has to wait for it. Asking after one
    /// that this process does not know also wakes whoever follows.
    async fn within_log(&self, at_least: Seq) -> Seq {
        let known = self.0.state.borrow().seq.max(*self.0.db.newest().borrow());
        if at_least <= known {
            return at_least;
        }
        let head = self.0.db.primary_head().await;
        head.map_or(at_least, |head| at_least.min(Seq(head.seq)))
    }

    /// Where the index is, once that is far enough; `None` when it will not be in time.
    async fn reached(&self, at_least: Seq) -> Option<State> {
        let mut states = self.0.state.subscribe();
        let is_usable = |state: &State| state.phase != Phase::Ready || state.seq >= at_least;
        let waited = timeout(PATIENCE, states.wait_for(is_usable)).await;
        let state = waited.ok()?.ok()?.clone();
        let is_late = self
            .0
            .lag
            .since(state.seq)
            .is_some_and(|since| since.elapsed() > LATE);
        (state.phase == Phase::Ready && !is_late).then_some(state)
    }

    /// As of the position that was reached before the search: the index may have come further since.
    async fn search(&self, wanted: Wanted, state: State) -> Result<Option<Found>> {
        let has_facets = wanted.facets;
        let asked = translate::asked(wanted);
        let found = self.with_engine(move |engine| engine.search(&asked)).await?;
        Ok(found.map(|found| translate::found(found, state.epoch, state.seq, has_facets)))
    }

    async fn complete(&self, typed: String, limit: usize, at_least: Seq) -> Result<Option<Suggested>> {
        let Some(state) = self.reached(at_least).await else {
            return Ok(None);
        };
        let found = self
            .with_engine(move |engine| engine.suggest(&typed, limit))
            .await?;
        Ok(found.map(|found| translate::suggested(found, state.epoch, state.seq)))
    }

    /// Asks the engine where that holds nobody up; `None` when it cannot be read.
    async fn with_engine<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Engine) -> Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let Some(engine) = self.0.engine.read().clone() else {
            return Ok(None);
        };
        let permit = timeout(QUEUE, self.0.searches.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            self.0.metrics.count_shed();
            return Err(Error::unavailable("search", "too many searches at once"));
        };
        let metrics = self.0.metrics.clone();
        let run = move || {
            let started = Instant::now();
            let found = ask(&engine);
            metrics.observe_query(started.elapsed().as_secs_f64());
            drop(permit);
            found
        };
        match blocking(run).await {
            Ok(found) => Ok(Some(found)),
            Err(error) => {
                tracing::error!(error = error.chain(), "the search index could not be read");
                Ok(None)
            }
        }
    }
}
