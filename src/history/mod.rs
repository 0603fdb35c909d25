//! The change log as people read it: who changed what, field by field, and what was undone. Pages, API and the command
//! line show it; the catalog undoes. Must not know what a field means or who people are.

mod model;

pub use model::{
    Difference, Entry, Fields, Merge, Side, Sides, differences, fields, name, parsed, plain, why_final,
};

use sha2::{Digest, Sha256};

use crate::db::changes::{self, BatchSummary, Selection, Window};
use crate::db::{AnyConnection, Router, Seq, Snapshot};
use crate::error::{Error, Result};
use crate::web::paging::{Cursor, Page, PageRequest, Position};

/// The order of a history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// As it happened: for programs that follow.
    OldestFirst,
    /// For people.
    #[default]
    NewestFirst,
}

impl Order {
    pub const ALL: [Order; 2] = [Order::OldestFirst, Order::NewestFirst];

    /// Its name as a `sort`.
    pub fn name(self) -> &'static str {
        match self {
            Self::OldestFirst => "seq",
            Self::NewestFirst => "-seq",
        }
    }

    pub fn parse(name: &str) -> Option<Order> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    fn reversed(self) -> Order {
        match self {
            Self::OldestFirst => Self::NewestFirst,
            Self::NewestFirst => Self::OldestFirst,
        }
    }
}

/// Reads the change log. Cloning is cheap.
#[derive(Clone)]
pub struct History {
    db: Router,
}

impl History {
    pub fn new(db: Router) -> History {
        History { db }
    }

    /// A page of changes.
    ///
    /// # Errors
    /// 400 for a cursor of another list; those of the database.
    pub async fn page(
        &self,
        selection: Selection,
        order: Order,
        page: PageRequest,
        at_least: Seq,
    ) -> Result<Snapshot<Page<Entry>>> {
        let read = move |connection: &mut AnyConnection| listed(connection, &selection, order, &page);
        self.db.read_at_least("history.page", at_least, read).await
    }

    /// One change.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn change(&self, seq: Seq, at_least: Seq) -> Result<Snapshot<Entry>> {
        let read = move |connection: &mut AnyConnection| {
            let change = changes::find(connection, seq)?.ok_or(Error::NotFound { what: "change" })?;
            let undone = changes::undone(connection, &[change.seq])?;
            Ok(Entry::of(change, undone.into_values().next()))
        };
        self.db.read_at_least("history.change", at_least, read).await
    }

    /// What a batch comes to.
    ///
    /// # Errors
    /// `NotFound`; those of the database.
    pub async fn batch(&self, batch: String, at_least: Seq) -> Result<Snapshot<BatchSummary>> {
        let read = move |connection: &mut AnyConnection| {
            changes::of_batch(connection, &batch)?.ok_or(Error::NotFound { what: "batch" })
        };
        self.db.read_at_least("history.batch", at_least, read).await
    }
}

fn listed(
    connection: &mut AnyConnection,
    selection: &Selection,
    order: Order,
    page: &PageRequest,
) -> Result<Page<Entry>> {
    let cursor = match &page.position {
        Position::Cursor(cursor) => Some(cursor),
        Position::Start | Position::Offset(_) => None,
    };
    let backward = cursor.is_some_and(|cursor| cursor.backward);
    let place = cursor.map(|cursor| place(cursor, selection, order)).transpose()?;
    let window = match if backward { order.reversed() } else { order } {
        Order::OldestFirst => Window::After(place.unwrap_or_default()),
        Order::NewestFirst => Window::Before(place.unwrap_or(Seq::MAX)),
    };
    let limit = page.limit as usize;
    let mut found = changes::select(connection, selection, window, i64::from(page.limit) + 1)?;
    let more = found.len() > limit;
    found.truncate(limit);
    if backward {
        found.reverse();
    }
    let seqs: Vec<i64> = found.iter().map(|change| change.seq).collect();
    let undone = changes::undone(connection, &seqs)?;
    let cursor_at = |seq: Option<&i64>, backward: bool| {
        seq.map(|seq| Cursor {
            sort: order.name().to_owned(),
            filter: print(selection),
            keys: vec![seq.to_string()],
            id: 0,
            backward,
        })
    };
    Ok(Page {
        next: cursor_at(seqs.last(), false).filter(|_| more || backward),
        prev: cursor_at(seqs.first(), true).filter(|_| if backward { more } else { cursor.is_some() }),
        total: None,
        limit: page.limit,
        items: found
            .into_iter()
            .map(|change| {
                let by = undone.get(&change.seq).copied();
                Entry::of(change, by)
            })
            .collect(),
    })
}

/// The position that a cursor of this very list stands on.
fn place(cursor: &Cursor, selection: &Selection, order: Order) -> Result<Seq> {
    let fits = cursor.sort == order.name() && cursor.filter == print(selection);
    let place = match cursor.keys.as_slice() {
        [seq] if fits => seq.parse().ok(),
        _ => None,
    };
    place.ok_or_else(Cursor::refused)
}

/// A short print of what was selected, which a cursor carries.
fn print(selection: &Selection) -> String {
    let mut digits = hex::encode(Sha256::digest(format!("{selection:?}")));
    digits.truncate(8);
    digits
}
