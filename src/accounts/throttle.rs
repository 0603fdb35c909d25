//! Slows down who guesses passwords, on this node and on all of them together.
//!
//! Each node counts for itself, and all count in the database, which a sign-in needs in any case. Where that cannot be
//! asked, what this node has counted decides; Redis has no part in it. Must not know passwords.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::model::{Attempt, Mark};
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

    /// Counts a try before anything about it is looked up, so that it says nothing about who exists.
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
                marks::delete_past(connection, now)?;
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
        if !self.counts(attempt) {
            return;
        }
        let now = Moment::now();
        self.note_here(attempt, now);
        let asked = attempt.clone();
        let succeed = move |connection: &mut _| marks::succeed(connection, &asked, now);
        if let Err(error) = self.router.unlogged("note_sign_in", succeed).await {
            tracing::debug!(error = error.chain(), "a sign-in could not be noted");
        }
    }

    fn counts(&self, attempt: &Attempt) -> bool {
        self.is_on || attempt.always_counts()
    }

    fn spend_here(&self, attempt: &Attempt, now: Moment) -> Result<(), u32> {
        let mut local = self.local.lock();
        let spent = attempt.judge(now, |mark| local.get(mark).copied())?;
        if local.len() + spent.len() > MOST_MARKS {
            local.retain(|_, until| *until > now);
            if local.len() + spent.len() > MOST_MARKS {
                // Whoever fills it is counted in the database.
                local.clear();
            }
        }
        local.extend(spent);
        Ok(())
    }

    fn note_here(&self, attempt: &Attempt, now: Moment) {
        let mut local = self.local.lock();
        let noted = attempt.succeed(now, |mark| local.get(mark).copied());
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
