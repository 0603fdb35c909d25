//! Which rows can differ between two positions of the change log. The one place of a backup that knows how the log's
//! things stand in tables.
//!
//! A thing's rows are all that bear its id; they are replaced by those that bear it now. Tables that are small, or are
//! changed without a change in the log, are compared as a whole. How far the shop's own followers have come is not shipped:
//! they notice another history and begin anew. Nor is what was searched for, which changes all the time and is in each backup, nor
//! what webhooks were told or are still to be: after a restore each is told to read everything anew.

use std::collections::{BTreeSet, HashMap};

use super::super::manifest::StoredTable;
use super::pictures::Pictures;
use super::proposed::Proposed;
use super::shipment::{Draft, Gone, Header, Section};
use crate::db::tables::{Digest, Row, Rows, Snapshot, Table, Value};
use crate::db::{Entity, Moment};
use crate::error::{Error, Result};

/// Ids in one query.
const PIECE: usize = 500;

/// Tables that are shipped whole when they differ. Aliases of a term may become another one's without a change of that.
const WHOLE: &[&str] = &[
    "terms",
    "term_aliases",
    "attributes",
    "search_rules",
    "text_pages",
    "users",
    "api_keys",
    "sessions",
    "setup_tokens",
    "one_time_tokens",
    "second_factors",
    "recovery_codes",
    "passkeys",
    "schema_floor",
    "submissions",
    "submission_messages",
    "submission_notices",
    "submission_trust",
    "notices",
    "inbox",
    "webhooks",
];

/// Tables with rows of things, the column with the thing's id, and what such things are.
const OF_THINGS: [(&str, &str, &[Entity]); 9] = [
    ("products", "product_id", &[Entity::Product]),
    ("product_slugs", "product_id", &[Entity::Product]),
    ("product_popularity", "product_id", &[Entity::Product]),
    ("price_changes", "product_id", &[Entity::Product]),
    ("clock_changes", "product_id", &[Entity::Product]),
    ("product_tags", "product_id", &[Entity::Product]),
    // The deletion of a term, or of an attribute, takes it from deleted products too, which are not changed by that.
    (
        "product_tags",
        "term_id",
        &[Entity::Category, Entity::Brand, Entity::Tag],
    ),
    ("product_attributes", "product_id", &[Entity::Product]),
    ("product_attributes", "attribute_id", &[Entity::Attribute]),
];

/// What was shipped of tables that change without a change in the log.
#[derive(Debug, Default)]
pub struct Known {
    /// Of those that are shipped whole.
    pub digests: HashMap<String, Digest>,
    /// `None` where nobody knows.
    pub proposed: Option<Proposed>,
}

impl Known {
    /// Adds what has been shipped since.
    pub fn learn(&mut self, newer: Known) {
        self.digests.extend(newer.digests);
        self.proposed = newer.proposed.or(self.proposed.take());
    }
}

pub struct Plan<'a, 'b, 'c> {
    pub snapshot: &'a mut Snapshot<'b>,
    pub tables: &'a [StoredTable],
    pub since: &'a Header,
    /// From when on answers that may be repeated are shipped again.
    pub overlap_from: Moment,
    pub known_before: &'a Known,
    /// Of what is shipped now.
    pub known: Known,
    pub draft: &'a mut Draft<'c>,
    pub pictures: Pictures<'a>,
}

impl<'a> Plan<'a, '_, '_> {
    /// Writes every section.
    pub fn ship(&mut self) -> Result<()> {
        let changed = self.changes()?;
        for (name, column, entities) in OF_THINGS {
            let ids: Vec<i64> = changed
                .iter()
                .filter(|(entity, _)| entities.iter().any(|known| known.name() == entity))
                .map(|(_, id)| *id)
                .collect::<BTreeSet<i64>>()
                .into_iter()
                .collect();
            if !ids.is_empty() {
                self.of_things(name, column, ids)?;
            }
        }
        for name in WHOLE {
            let gone = vec![Gone::All];
            let rows = self.all_of(name)?;
            self.if_different(name, gone, &rows)?;
        }
        self.proposed_pictures()?;
        self.repeatable_answers()?;
        if self.draft.is_empty() {
            return Ok(());
        }
        let gone = vec![Gone::All];
        let head = self.all_of("change_head")?;
        self.section("change_head", gone, &head)
    }

    /// The changes since then; which things they changed.
    fn changes(&mut self) -> Result<BTreeSet<(String, i64)>> {
        let table = self.table("changes")?;
        let (Some(entity), Some(entity_id)) = (table.position("entity"), table.position("entity_id")) else {
            return Err(Error::internal("the log has no entity"));
        };
        let mut changed = BTreeSet::new();
        let mut rows = Rows::behind(table, vec![Value::Integer(Some(self.since.to.seq))]);
        loop {
            let page = self.snapshot.next(&mut rows)?;
            if page.is_empty() {
                return Ok(changed);
            }
            for Row(values) in &page {
                let entity = values.get(entity).and_then(Value::as_text);
                let id = values.get(entity_id).and_then(Value::as_integer);
                changed.extend(entity.map(str::to_owned).zip(id));
            }
            self.section("changes", Vec::new(), &page)?;
        }
    }

    /// Replaces the rows with these ids: all go before any comes, because names may have changed hands.
    fn of_things(&mut self, name: &str, column: &str, ids: Vec<i64>) -> Result<()> {
        let table = self.table(name)?;
        let mut rows = Vec::new();
        for piece in ids.chunks(PIECE) {
            let piece: Vec<Value> = piece.iter().map(|id| Value::Integer(Some(*id))).collect();
            rows.extend(self.snapshot.having(table, column, &piece)?);
        }
        let gone = vec![Gone::Numbers {
            column: column.to_owned(),
            values: ids,
        }];
        self.section(name, gone, &rows)
    }

    fn repeatable_answers(&mut self) -> Result<()> {
        let (name, column, moment) = ("idempotency_keys", "created_at".to_owned(), self.overlap_from);
        let table = self.table(name)?;
        let rows = self
            .snapshot
            .at_least(table, &column, &Value::Moment(Some(moment)))?;
        self.if_different(name, vec![Gone::Since { column, moment }], &rows)
    }

    fn all_of(&mut self, name: &str) -> Result<Vec<Row>> {
        let (mut rows, mut all) = (Rows::of(self.table(name)?), Vec::new());
        loop {
            let page = self.snapshot.next(&mut rows)?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Ships rows unless they were shipped just so before.
    fn if_different(&mut self, name: &str, gone: Vec<Gone>, rows: &[Row]) -> Result<()> {
        let mut digest = Digest::default();
        for row in rows {
            digest.add(&row.to_line().map_err(Error::internal)?);
        }
        if self.known_before.digests.get(name) == Some(&digest) {
            return Ok(());
        }
        self.known.digests.insert(name.to_owned(), digest);
        self.section(name, gone, rows)
    }

    pub(super) fn section(&mut self, name: &str, gone: Vec<Gone>, rows: &[Row]) -> Result<()> {
        let table = name.to_owned();
        self.draft.section(&Section { table, gone })?;
        for row in rows {
            self.pictures.of(row)?;
            self.draft.line(&row.to_line().map_err(Error::internal)?)?;
        }
        Ok(())
    }

    pub(super) fn table(&self, name: &str) -> Result<&'a Table> {
        let stored = self.tables.iter().find(|stored| stored.table.name == name);
        stored
            .map(|stored| &stored.table)
            .ok_or_else(|| Error::internal(format!("the backup has no table {name}")))
    }
}
