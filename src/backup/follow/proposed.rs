//! Pictures that are only proposed: they stand in a table, whole, so each is shipped once. Its content never changes; it is let
//! go when somebody has decided. Must not know what is done with them.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Plan;
use super::shipment::Gone;
use crate::db::tables::{Rows, Table, Value};
use crate::error::Result;

const TABLE: &str = "submission_pictures";
const KEY: &str = "picture_id";
const CONTENT: &str = "content";

/// Pictures in one section: some megabytes, which are read as a whole.
const PIECE: usize = 8;

/// The pictures that there are, and of which of them the content is still kept.
pub type Proposed = BTreeMap<i64, bool>;

impl Plan<'_, '_, '_> {
    /// Ships what came, was let go or is gone; everything where nobody knows what was shipped.
    pub(super) fn proposed_pictures(&mut self) -> Result<()> {
        let now = self.proposed()?;
        let (mut gone, changed) = match &self.known_before.proposed {
            None => (vec![Gone::All], now.keys().copied().collect()),
            Some(before) => {
                let same = |id: &i64| before.get(id) == now.get(id);
                let gone: Vec<i64> = before.keys().copied().filter(|id| !same(id)).collect();
                let changed: Vec<i64> = now.keys().copied().filter(|id| !same(id)).collect();
                (numbers(gone), changed)
            }
        };
        self.known.proposed = Some(now);
        if changed.is_empty() && !gone.is_empty() {
            return self.section(TABLE, gone, &[]);
        }
        let table = self.table(TABLE)?;
        for piece in changed.chunks(PIECE) {
            let ids: Vec<Value> = piece.iter().map(|id| Value::Integer(Some(*id))).collect();
            let rows = self.snapshot.having(table, KEY, &ids)?;
            self.section(TABLE, std::mem::take(&mut gone), &rows)?;
        }
        Ok(())
    }

    fn proposed(&mut self) -> Result<Proposed> {
        let table = self.table(TABLE)?;
        let mut keys = table.clone();
        keys.columns.retain(|column| column.name == KEY);
        let let_go: BTreeSet<i64> = self
            .snapshot
            .without(&keys, CONTENT)?
            .iter()
            .filter_map(|row| id_of(&keys, &row.0))
            .collect();
        let (mut rows, mut found) = (Rows::of(&keys), Proposed::new());
        loop {
            let page = self.snapshot.next(&mut rows)?;
            if page.is_empty() {
                return Ok(found);
            }
            let ids = page.iter().filter_map(|row| id_of(&keys, &row.0));
            found.extend(ids.map(|id| (id, !let_go.contains(&id))));
        }
    }
}

fn numbers(values: Vec<i64>) -> Vec<Gone> {
    if values.is_empty() {
        return Vec::new();
    }
    let column = KEY.to_owned();
    vec![Gone::Numbers { column, values }]
}

fn id_of(keys: &Table, values: &[Value]) -> Option<i64> {
    values.get(keys.position(KEY)?)?.as_integer()
}
