//! What customers search for, what they find and whether they open it: sums per day and query, and nothing else. Must not
//! know who searches: no address, session or person is ever near it.
//!
//! Which queries are kept is decided here, in `kept.rs`: none that looks like a mail address or a number of a person, and
//! none before it was asked for [`Insight::KEPT_FROM`] times. Until then it stands in the memory of one process, at most a day.
//! Searches are counted in memory, also those that are answered from what is kept, and stored in batches.

mod kept;
mod tally;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use parking_lot::Mutex;

use kept::kept;
use tally::{Tallies, Waiting};

use super::repo::{self, By, Sums};
use crate::catalog::text;
use crate::db::{AnyConnection, Moment, Router};
use crate::error::Result;
use crate::web::extract::Params;
use crate::web::listing::query_of;

/// Queries of one day; further ones are not kept. With [`Insight::KEPT_DAYS`] this bounds the table.
const MOST_OF_DAY: i64 = 1_000;

const STORE: Duration = Duration::from_secs(5);

/// Queries of one transaction.
const BATCH: usize = 100;

/// Rounds of storing between two looks at what is popular: a minute.
const ROUNDS_BETWEEN_LOOKS: u64 = 12;

/// Suggested are queries that were asked for so often within [`POPULAR_DAYS`] and found something at least every other
/// time.
const POPULAR_FROM: i64 = 5;
const POPULAR_DAYS: i64 = 30;
const MOST_POPULAR: i64 = 500;

/// Rows of a report.
const ROWS: i64 = 50;

const DAY_S: i64 = 24 * 60 * 60;

/// Counts and tells. Cloning shares it.
#[derive(Clone)]
pub struct Insight {
    db: Router,
    tallies: Arc<Mutex<Tallies>>,
    popular: Arc<Mutex<Arc<Vec<String>>>>,
}

/// From which day on a report tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Period {
    Week,
    #[default]
    Month,
    Season,
}

impl Period {
    pub const ALL: [Period; 3] = [Self::Week, Self::Month, Self::Season];

    pub fn days(self) -> i64 {
        match self {
            Self::Week => 7,
            Self::Month => 30,
            Self::Season => Insight::KEPT_DAYS,
        }
    }

    pub fn parse(days: &str) -> Option<Period> {
        Self::ALL
            .into_iter()
            .find(|period| period.days().to_string() == days)
    }
}

/// A query with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub query: String,
    pub searches: i64,
    pub in_vain: i64,
    pub clicks: i64,
}

/// What was searched for in some time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub searches: i64,
    pub in_vain: i64,
    pub clicks: i64,
    /// Most searched first.
    pub top: Vec<Row>,
    /// Most often in vain first.
    pub in_vain_rows: Vec<Row>,
}

impl Insight {
    /// A query is kept once it was asked for so often.
    pub const KEPT_FROM: i64 = kept::KEPT_FROM;

    /// How long sums are kept: a season, so that the owner can compare.
    pub const KEPT_DAYS: i64 = 90;

    pub fn new(db: Router) -> Insight {
        Insight {
            db,
            tallies: Arc::default(),
            popular: Arc::default(),
        }
    }

    /// Under which name a search is counted; `None` for one that must not be.
    pub fn name(query: &str, found: bool) -> Option<String> {
        let query = kept(query)?;
        let found = if found { "1" } else { "0" };
        Some(query_of(
            "search",
            [("q", query.as_str()), ("found", found)].into_iter(),
        ))
    }

    /// What searches are counted in, each under its name. Holds no database: whoever a database tells of its writes may
    /// hold this.
    pub fn counters(&self) -> impl Fn(&str) -> Arc<AtomicU32> + Send + Sync + use<> {
        let tallies = Arc::clone(&self.tallies);
        move |name| counter(&tallies, name)
    }

    /// Somebody opened a product that a search has found.
    pub fn clicked(&self, query: &str) {
        if let Some(query) = kept(query) {
            self.tallies.lock().click(query);
        }
    }

    /// What is often searched for and begins like this, most often first.
    pub fn popular(&self, beginning: &str, limit: usize) -> Vec<String> {
        let beginning = text::fold(beginning);
        let popular = Arc::clone(&self.popular.lock());
        let fits = popular
            .iter()
            .filter(|query| query.starts_with(&beginning) && **query != beginning);
        fits.take(limit).cloned().collect()
    }

    /// What was searched for in some time, as it was stored last.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn report(&self, period: Period) -> Result<Report> {
        let since = day(-period.days() + 1);
        let read = move |connection: &mut AnyConnection| {
            let total = repo::total(connection, &since)?;
            let top = repo::most(connection, &since, By::Searches, ROWS)?;
            let mut in_vain = repo::most(connection, &since, By::InVain, ROWS)?;
            in_vain.retain(|(_, sums)| sums.in_vain > 0);
            Ok(Report {
                searches: total.searches,
                in_vain: total.in_vain,
                clicks: total.clicks.min(total.searches),
                top: top.into_iter().map(row).collect(),
                in_vain_rows: in_vain.into_iter().map(row).collect(),
            })
        };
        self.db.read_current("insight.report", read).await
    }

    /// Stores what was counted since the last time.
    ///
    /// # Errors
    /// Those of the database; what was not stored is kept for the next time.
    pub async fn store(&self) -> Result<()> {
        let today = day(0);
        let waiting = self.tallies.lock().take(&today);
        let mut rest = waiting.as_slice();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(BATCH.min(rest.len()));
            match store(&self.db, &today, batch.to_vec()).await {
                Ok(left) => self.tallies.lock().wait(left),
                Err(error) => {
                    self.tallies.lock().wait(rest.to_vec());
                    return Err(error);
                }
            }
            rest = later;
        }
        Ok(())
    }

    /// Learns what is popular, and forgets what is too old.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn look(&self) -> Result<()> {
        let (since, oldest) = (day(-POPULAR_DAYS), day(-Insight::KEPT_DAYS));
        let read = move |connection: &mut AnyConnection| {
            repo::forget_before(connection, &oldest)?;
            repo::most(connection, &since, By::Searches, MOST_POPULAR)
        };
        let mut found = self.db.unlogged("insight.look", read).await?;
        found.retain(|(_, sums)| sums.searches >= POPULAR_FROM && sums.in_vain * 2 <= sums.searches);
        *self.popular.lock() = Arc::new(found.into_iter().map(|(query, _)| query).collect());
        Ok(())
    }

    /// Stores and looks now and then until the process ends.
    pub async fn run(self) {
        for round in 0_u64.. {
            tokio::time::sleep(STORE).await;
            if let Err(error) = self.store().await {
                tracing::warn!(%error, "counted searches could not be stored; trying again");
            }
            if round % ROUNDS_BETWEEN_LOOKS == 0
                && let Err(error) = self.look().await
            {
                tracing::warn!(%error, "popular searches could not be read; trying again");
            }
        }
    }
}

/// What the searches of this name are counted in.
fn counter(tallies: &Mutex<Tallies>, name: &str) -> Arc<AtomicU32> {
    let params = name
        .strip_prefix("search?")
        .and_then(|query| Params::decode(query).ok());
    let Some(query) = params.as_ref().and_then(|params| kept(params.all("q").next()?)) else {
        return Arc::default();
    };
    let found = params.is_some_and(|params| params.all("found").next() == Some("1"));
    tallies.lock().counter(query, found)
}

fn row((query, sums): (String, Sums)) -> Row {
    Row {
        query,
        searches: sums.searches,
        in_vain: sums.in_vain,
        clicks: sums.clicks.min(sums.searches),
    }
}

/// The day so many days from now, in UTC.
fn day(from_now: i64) -> String {
    Moment::now().plus_seconds(from_now * DAY_S).to_date()
}

/// Stores those that may be kept by now; returns the others.
async fn store(db: &Router, day: &str, batch: Vec<Waiting>) -> Result<Vec<Waiting>> {
    let day = day.to_owned();
    db.unlogged("insight.store", move |connection| {
        let queries: Vec<String> = batch.iter().map(|waiting| waiting.query.clone()).collect();
        let known = repo::known(connection, &queries)?;
        let mut room = MOST_OF_DAY - repo::count(connection, &day)?;
        let mut left = Vec::new();
        for waiting in &batch {
            let is_known = known.contains(&waiting.query);
            if is_known || (waiting.sums.searches >= Insight::KEPT_FROM && room > 0) {
                repo::add(connection, &day, &waiting.query, waiting.sums)?;
                room -= i64::from(!is_known);
            } else {
                left.push(waiting.clone());
            }
        }
        Ok(left)
    })
    .await
}
