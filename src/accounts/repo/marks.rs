//! Until when tries to sign in are spent, for all processes of the shop: outside the change log, under hashes only.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::accounts::model::{Attempt, Mark, Outcome};
use crate::db::schema::sign_in_marks;
use crate::db::{AnyConnection, Moment};
use crate::error::Result;

/// Counts a try, if it may be made; else says after how many seconds.
pub fn spend(connection: &mut AnyConnection, attempt: &Attempt, now: Moment) -> Result<Result<(), u32>> {
    let kept = lock(connection, &attempt.marks())?;
    Ok(match attempt.judge(now, |mark| kept.get(mark).copied()) {
        Err(wait) => Err(wait),
        Ok(spent) => {
            for (mark, until) in spent {
                put(connection, &mark, until)?;
            }
            Ok(())
        }
    })
}

/// Notes what came of a try.
pub fn settle(
    connection: &mut AnyConnection,
    attempt: &Attempt,
    outcome: Outcome,
    now: Moment,
) -> Result<()> {
    let kept = lock(connection, &attempt.marks())?;
    for (mark, until) in attempt.settle(outcome, now, |mark| kept.get(mark).copied()) {
        match until {
            Some(until) => put(connection, &mark, until)?,
            None => {
                diesel::delete(sign_in_marks::table.find(mark)).execute(connection)?;
            }
        }
    }
    Ok(())
}

/// Removes what was spent until then, or before.
pub fn delete_past(connection: &mut AnyConnection, past: Moment) -> Result<()> {
    diesel::delete(sign_in_marks::table.filter(sign_in_marks::until_at.le(past))).execute(connection)?;
    Ok(())
}

/// Reads these and keeps others from changing them: a write comes first, since neither database knows `FOR UPDATE` here.
fn lock(connection: &mut AnyConnection, marks: &[Mark]) -> Result<HashMap<Mark, Moment>> {
    diesel::update(sign_in_marks::table.filter(sign_in_marks::mark.eq_any(marks)))
        .set(sign_in_marks::until_at.eq(sign_in_marks::until_at))
        .execute(connection)?;
    let found: Vec<(Mark, Moment)> = sign_in_marks::table
        .filter(sign_in_marks::mark.eq_any(marks))
        .select((sign_in_marks::mark, sign_in_marks::until_at))
        .load(connection)?;
    Ok(found.into_iter().collect())
}

fn put(connection: &mut AnyConnection, mark: &str, until: Moment) -> Result<()> {
    let changed = diesel::update(sign_in_marks::table.find(mark))
        .set(sign_in_marks::until_at.eq(until))
        .execute(connection)?;
    if changed == 0 {
        diesel::insert_into(sign_in_marks::table)
            .values((sign_in_marks::mark.eq(mark), sign_in_marks::until_at.eq(until)))
            .execute(connection)?;
    }
    Ok(())
}
