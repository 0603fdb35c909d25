//! Storage of what was searched for: sums per day and query, outside the change log. Must not know which queries are kept.

use diesel::dsl::sum;
use diesel::prelude::*;

use crate::db::AnyConnection;
use crate::db::schema::search_queries as table;
use crate::error::Result;

/// What happened to a query in some time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub searches: i64,
    /// Of these, how many found nothing.
    pub in_vain: i64,
    /// How often a product that it found was opened.
    pub clicks: i64,
}

/// By which queries are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Searches,
    InVain,
}

/// Those of these queries that are kept, on whatever day.
pub fn known(connection: &mut AnyConnection, queries: &[String]) -> Result<Vec<String>> {
    Ok(table::table
        .filter(table::query.eq_any(queries.to_vec()))
        .select(table::query)
        .distinct()
        .load(connection)?)
}

/// Adds to the sums of a query on a day.
pub fn add(connection: &mut AnyConnection, day: &str, query: &str, more: Sums) -> Result<()> {
    let small = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let more = [more.searches, more.in_vain, more.clicks].map(small);
    let [searches, in_vain, clicks] = more;
    let row = table::table.find((day.to_owned(), query.to_owned()));
    let updated = diesel::update(row)
        .set((
            table::searches.eq(table::searches + searches),
            table::in_vain.eq(table::in_vain + in_vain),
            table::clicks.eq(table::clicks + clicks),
        ))
        .execute(connection)?;
    if updated == 0 {
        diesel::insert_into(table::table)
            .values((
                table::day.eq(day),
                table::query.eq(query),
                table::searches.eq(searches),
                table::in_vain.eq(in_vain),
                table::clicks.eq(clicks),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// How many queries are kept of a day.
pub fn count(connection: &mut AnyConnection, day: &str) -> Result<i64> {
    Ok(table::table
        .filter(table::day.eq(day))
        .count()
        .get_result(connection)?)
}

/// Forgets everything before a day.
pub fn forget_before(connection: &mut AnyConnection, day: &str) -> Result<()> {
    diesel::delete(table::table.filter(table::day.lt(day))).execute(connection)?;
    Ok(())
}

/// The queries with the most since a day, at most `limit`.
pub fn most(connection: &mut AnyConnection, since: &str, by: By, limit: i64) -> Result<Vec<(String, Sums)>> {
    let sums = (sum(table::searches), sum(table::in_vain), sum(table::clicks));
    let grouped = table::table.filter(table::day.ge(since)).group_by(table::query);
    type Found = (String, (Option<i64>, Option<i64>, Option<i64>));
    let rows: Vec<Found> = match by {
        By::Searches => grouped
            .select((table::query, sums))
            .order((sum(table::searches).desc(), table::query))
            .limit(limit)
            .load(connection)?,
        By::InVain => grouped
            .select((table::query, sums))
            .order((sum(table::in_vain).desc(), table::query))
            .limit(limit)
            .load(connection)?,
    };
    Ok(rows
        .into_iter()
        .map(|(query, found)| (query, of(found)))
        .collect())
}

/// Everything since a day.
pub fn total(connection: &mut AnyConnection, since: &str) -> Result<Sums> {
    let sums = (sum(table::searches), sum(table::in_vain), sum(table::clicks));
    let found = table::table
        .filter(table::day.ge(since))
        .select(sums)
        .get_result(connection)?;
    Ok(of(found))
}

fn of((searches, in_vain, clicks): (Option<i64>, Option<i64>, Option<i64>)) -> Sums {
    Sums {
        searches: searches.unwrap_or_default(),
        in_vain: in_vain.unwrap_or_default(),
        clicks: clicks.unwrap_or_default(),
    }
}
