//! Slows down who guesses passwords, on this node and on all of them together.
//!
//! Each node counts for itself, and all count in the database, which a sign-in needs in any case. Where that cannot be
//! asked, what this node has counted decides; Redis has no part in it. Must not know passwords.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::model::{Attempt, Mark, Outcome};
use super::repo::marks;
use crate::db::{Moment, Router};
use crate::error::{Error, Result};

/// What this node remembers at most: some megabytes.
const MOST_MARKS: usize = 20_000;

/// One try in so many also removes what is past.
const SWEEP: u8 = 64;

pub struct Throttle {
    router: Router,
    is_on: bool,
    local: Mutex<HashMap<Mark, Moment>>,
}

impl Throttle {
    pub fn new(router: Router, is_on: bool) -> Self {
        Self {
            router,
            is_on,
            local: Mutex::default(),
        }
    }

    /// Counts a try before anything about it is looked up, so that it says nothing about who exists; then looks. A try that
    /// nobody can look at, for want of a free thread or a database, counts for nothing.
    ///
    /// # Errors
    /// 429 when there were too many; those of `look`.
    pub async fn counting<T>(&self, attempt: &Attempt, look: impl Future<Output = Result<T>>) -> Result<T> {
        self.admit(attempt).await?;
        let seen = look.await;
        if matches!(seen, Err(Error::Unavailable { .. })) {
            self.settle(attempt, Outcome::Unchecked).await;
        }
        seen
    }

    /// Counts a try, whatever will come of it.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub async fn admit(&self, attempt: &Attempt) -> Result<()> {
        if !self.counts(attempt) {
            return Ok(());
        }
        let now = Moment::now();
        self.spend_here(attempt, now).map_err(too_many)?;
        let asked = attempt.clone();
        let spend = move |connection: &mut _| {
            if fastrand::u8(..SWEEP) == 0 {
                marks::delete_past(connection, Attempt::past(now))?;
            }
            marks::spend(connection, &asked, now)
        };
        match self.router.unlogged("spend_sign_in", spend).await {
            Ok(spent) => spent.map_err(too_many),
            Err(error) => {
                tracing::debug!(
                    error = error.chain(),
                    "tries to sign in are counted by this node alone"
                );
                Ok(())
            }
        }
    }

    /// A try was right: it counts for nothing, and its place is remembered.
    pub async fn succeeded(&self, attempt: &Attempt) {
        self.settle(attempt, Outcome::Right).await;
    }

    async fn settle(&self, attempt: &Attempt, outcome: Outcome) {
        if !self.counts(attempt) {
            return;
        }
        let now = Moment::now();
        self.settle_here(attempt, outcome, now);
        let asked = attempt.clone();
        let settle = move |connection: &mut _| marks::settle(connection, &asked, outcome, now);
        if let Err(error) = self.router.unlogged("settle_sign_in", settle).await {
            tracing::debug!(
                error = error.chain(),
                ?outcome,
                "a try to sign in could not be noted"
            );
        }
    }

    fn counts(&self, attempt: &Attempt) -> bool {
        self.is_on || attempt.always_counts()
    }

    fn spend_here(&self, attempt: &Attempt, now: Moment) -> Result<(), u32> {
        let mut local = self.local.lock();
        let spent = attempt.judge(now, |mark| local.get(mark).copied())?;
        if local.len() + spent.len() > MOST_MARKS {
            local.retain(|_, until| *until > Attempt::past(now));
            if local.len() + spent.len() > MOST_MARKS {
                // Whoever fills it is counted in the database.
                local.clear();
            }
        }
        local.extend(spent);
        Ok(())
    }

    fn settle_here(&self, attempt: &Attempt, outcome: Outcome, now: Moment) {
        let mut local = self.local.lock();
        let noted = attempt.settle(outcome, now, |mark| local.get(mark).copied());
        for (mark, until) in noted {
            match until {
                Some(until) => local.insert(mark, until),
                None => local.remove(&mark),
            };
        }
    }
}

fn too_many(retry_after_s: u32) -> Error {
    tracing::info!(
        event = "authn_login_fail_max",
        retry_after_s,
        "too many tries to sign in"
    );
    Error::TooManyRequests { retry_after_s }
}
