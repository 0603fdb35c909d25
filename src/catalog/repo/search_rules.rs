//! Storage of synonyms and redirects. Must not know what a rule does.

use diesel::prelude::*;

use super::rows::{packed, unpacked};
use crate::catalog::model::{RuleKind, SearchRule};
use crate::db::schema::search_rules as table;
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::{Error, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    rule_id: i32,
    kind: String,
    query: String,
    words: Option<String>,
    target: Option<String>,
    version: i32,
}

impl TryFrom<Row> for SearchRule {
    type Error = Error;

    fn try_from(row: Row) -> Result<SearchRule> {
        Ok(SearchRule {
            rule_id: row.rule_id,
            kind: RuleKind::parse(&row.kind)
                .ok_or_else(|| Error::internal("a rule of the search of an unknown kind is stored"))?,
            query: row.query,
            words: unpacked(row.words.as_deref())?,
            target: row.target,
            version: row.version,
        })
    }
}

/// All rules by what customers search for.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<SearchRule>> {
    let rows: Vec<Row> = table::table
        .order(table::query_key)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(SearchRule::try_from).collect()
}

pub fn find(connection: &mut AnyConnection, rule_id: i32) -> Result<Option<SearchRule>> {
    let row: Option<Row> = table::table
        .find(rule_id)
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(SearchRule::try_from).transpose()
}

/// The rule of a folded query.
pub fn of_query(connection: &mut AnyConnection, query_key: &str) -> Result<Option<SearchRule>> {
    let row: Option<Row> = table::table
        .filter(table::query_key.eq(query_key))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(SearchRule::try_from).transpose()
}

/// How many rules of these kinds there are.
pub fn count(connection: &mut AnyConnection, kinds: &[RuleKind]) -> Result<i64> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    Ok(table::table
        .filter(table::kind.eq_any(names))
        .count()
        .get_result(connection)?)
}

/// Stores a new rule; without an id the database gives it one.
pub fn insert(connection: &mut AnyConnection, rule: &mut SearchRule, now: Moment) -> Result<()> {
    let given = (rule.rule_id > 0).then_some(rule.rule_id);
    diesel::insert_into(table::table)
        .values((
            given.map(|rule_id| table::rule_id.eq(rule_id)),
            table::kind.eq(rule.kind.name()),
            table::query.eq(&rule.query),
            table::query_key.eq(rule.key()),
            table::words.eq(packed(&rule.words, rule.words.is_empty())?),
            table::target.eq(&rule.target),
            table::version.eq(rule.version),
            table::created_at.eq(now),
            table::updated_at.eq(now),
        ))
        .execute(connection)?;
    if given.is_none() {
        rule.rule_id = dialect::last_insert_id(connection)?;
    }
    Ok(())
}

/// Stores a rule over its row.
pub fn update(connection: &mut AnyConnection, rule: &SearchRule, now: Moment) -> Result<()> {
    diesel::update(table::table.find(rule.rule_id))
        .set((
            table::kind.eq(rule.kind.name()),
            table::query.eq(&rule.query),
            table::query_key.eq(rule.key()),
            table::words.eq(packed(&rule.words, rule.words.is_empty())?),
            table::target.eq(&rule.target),
            table::version.eq(rule.version),
            table::updated_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn delete(connection: &mut AnyConnection, rule_id: i32) -> Result<()> {
    diesel::delete(table::table.find(rule_id)).execute(connection)?;
    Ok(())
}
