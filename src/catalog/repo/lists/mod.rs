//! Lists of products: filter, order and keyset pages. Must not know how a page is asked for in a URL.
//!
//! A list is read as one or more streams that are in order already, each from the index that begins with its category,
//! and merged here: a subtree of five categories costs five times the first page of one, however large they are. With
//! `category IN (...)` both databases would read and sort all rows of the subtree.

mod contents;
mod keys;
mod keyset;
mod narrow;
mod popular;
mod walk;

use std::cmp::Ordering;

use diesel::dsl::IntoBoxed;
use diesel::prelude::*;

use super::rows::{CardRow, ProductRow};
use super::visible;
use crate::catalog::filter::{ProductFilter, Sort, SortKey};
use crate::catalog::model::{Product, ProductCard};
use crate::db::limit::Limit;
use crate::db::schema::products;
use crate::db::walk::Products;
use crate::db::{AnyConnection, Moment, MultiBackend};
use crate::error::Result;
use crate::web::paging::{Cursor, Page, PageRequest, Position};
use contents::total;
pub use contents::{count, holdings, holdings_of};
pub use keys::{keys, own_keys};
use keyset::{Key, beyond, ordered};
use narrow::Narrowing;

pub(super) type Query = IntoBoxed<'static, Products, MultiBackend>;

/// Streams beyond this many cost more than reading and sorting all rows of the subtree.
const MOST_STREAMS: usize = 32;

/// A page of cards.
pub fn cards(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
) -> Result<Page<ProductCard>> {
    let now = Moment::now();
    list(connection, filter, sort, page, |query, limit, connection| {
        let rows = limit.of(query.select(CardRow::as_select())).load(connection)?;
        Ok(rows.into_iter().map(|row| row.at(now)).collect())
    })
}

/// A page of whole products.
pub fn products(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
) -> Result<Page<Product>> {
    list(connection, filter, sort, page, |query, limit, connection| {
        let rows = limit.of(query.select(ProductRow::as_select())).load(connection)?;
        rows.into_iter().map(Product::try_from).collect()
    })
}

/// The cards of those of these products that customers see, in no order.
pub fn cards_of(connection: &mut AnyConnection, ids: &[i32]) -> Result<Vec<ProductCard>> {
    let now = Moment::now();
    let rows: Vec<CardRow> = products::table
        .filter(products::product_id.eq_any(ids.to_vec()))
        .filter(visible(now))
        .select(CardRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(|row| row.at(now)).collect())
}

/// The products that customers see whose names begin like this, by name. Read from the index of names.
pub fn begun(connection: &mut AnyConnection, name_key: &str, limit: usize) -> Result<Vec<ProductCard>> {
    let now = Moment::now();
    let rows: Vec<CardRow> = products::table
        .filter(visible(now))
        .filter(products::name_key.ge(name_key.to_owned()))
        // No character sorts behind this one, and names have none of it.
        .filter(products::name_key.lt(format!("{name_key}\u{10FFFF}")))
        .order((products::name_key, products::product_id))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(CardRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(|row| row.at(now)).collect())
}

/// Those of these products that customers see, in no order.
pub fn products_of(connection: &mut AnyConnection, ids: &[i32]) -> Result<Vec<Product>> {
    let rows: Vec<ProductRow> = products::table
        .filter(products::product_id.eq_any(ids.to_vec()))
        .filter(visible(Moment::now()))
        .select(ProductRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Product::try_from).collect()
}

/// What a list needs to know of its rows.
trait Listed {
    fn id(&self) -> i32;
    fn key(&self, key: SortKey) -> Key;
}

impl Listed for Product {
    fn id(&self) -> i32 {
        self.product_id
    }

    fn key(&self, key: SortKey) -> Key {
        Key::of(key, self.created_at, self.clockwork.current_price, &self.name)
    }
}

impl Listed for ProductCard {
    fn id(&self) -> i32 {
        self.product_id
    }

    fn key(&self, key: SortKey) -> Key {
        Key::of(key, self.created_at, self.current_price, &self.name)
    }
}

/// A row with what it is sorted by.
struct Entry<T> {
    keys: Vec<Key>,
    id: i32,
    item: T,
}

/// One stream of a list: what it is narrowed to, where and in which direction it is read, and how far.
struct Stream<'a> {
    narrowing: &'a Narrowing,
    category: Option<&'a str>,
    sort: &'a Sort,
    is_walked: bool,
    cursor: Option<&'a Cursor>,
    backward: bool,
    rows: i64,
}

fn list<T: Listed>(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
    load: impl Fn(Query, Limit, &mut AnyConnection) -> Result<Vec<T>>,
) -> Result<Page<T>> {
    let cursor = match &page.position {
        Position::Cursor(cursor)
            if cursor.sort != sort.to_string() || cursor.filter != filter.fingerprint() =>
        {
            return Err(Cursor::refused());
        }
        Position::Cursor(cursor) => Some(cursor),
        Position::Start | Position::Offset(_) => None,
    };
    let skipped = match page.position {
        Position::Offset(offset) => offset as usize,
        Position::Start | Position::Cursor(_) => 0,
    };
    let narrowing = Narrowing::of(connection, filter)?;
    let is_walked = narrowing.is_walked(connection, sort)?;
    let backward = cursor.is_some_and(|cursor| cursor.backward);
    // One row more than the page tells whether there are further ones.
    let rows = i64::from(page.limit) + 1 + i64::try_from(skipped).unwrap_or_default();
    let mut entries = Vec::new();
    for category in narrowing.streams() {
        let stream = Stream {
            narrowing: &narrowing,
            category,
            sort,
            is_walked,
            cursor,
            backward,
            rows,
        };
        entries.extend(stream.read(connection, &load)?);
    }
    entries.sort_by(|one, other| order(one, other, sort, backward));
    entries.drain(..skipped.min(entries.len()));
    let total = if page.with_total {
        Some(total(&narrowing, connection)?)
    } else {
        None
    };
    Ok(assemble(entries, sort, page, filter.fingerprint(), total))
}

impl Stream<'_> {
    /// The first rows of the stream, in order.
    fn read<T: Listed>(
        &self,
        connection: &mut AnyConnection,
        load: &impl Fn(Query, Limit, &mut AnyConnection) -> Result<Vec<T>>,
    ) -> Result<Vec<Entry<T>>> {
        if self
            .sort
            .steps()
            .iter()
            .any(|step| step.key == SortKey::Popularity)
        {
            return popular::read(self, connection, load);
        }
        let (query, limit) = self.query(connection)?;
        let rows = load(query, limit, connection)?;
        let entry = |item: T| Entry {
            keys: self.sort.steps().iter().map(|step| item.key(step.key)).collect(),
            id: item.id(),
            item,
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    fn query(&self, connection: &mut AnyConnection) -> Result<(Query, Limit)> {
        let source = match self.sort.steps() {
            [step] if self.is_walked => self.narrowing.path(connection, self.category, step.key),
            _ => Products::by_any_index(),
        };
        let limit = if source.is_by_any_index() {
            Limit::planned(self.rows)
        } else {
            Limit::settled(connection, self.rows)
        };
        let query = self.narrowing.query(connection, source, self.category);
        let query = ordered(query, self.sort, self.backward);
        let query = match self.cursor {
            Some(cursor) => query.filter(beyond(cursor, self.sort)?),
            None => query,
        };
        Ok((query, limit))
    }
}

/// The query of a list's first stream, for tests of plans.
#[cfg(test)]
pub(super) fn query(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
) -> Result<(Query, Limit)> {
    let narrowing = Narrowing::of(connection, filter)?;
    let is_walked = narrowing.is_walked(connection, sort)?;
    let cursor = match &page.position {
        Position::Cursor(cursor) => Some(cursor),
        Position::Start | Position::Offset(_) => None,
    };
    let stream = Stream {
        category: narrowing.streams().first().copied().flatten(),
        narrowing: &narrowing,
        sort,
        is_walked,
        cursor,
        backward: false,
        rows: i64::from(page.limit) + 1,
    };
    stream.query(connection)
}

/// The order in which a page is read: that of the database, so that merged streams fit.
fn order<T>(one: &Entry<T>, other: &Entry<T>, sort: &Sort, backward: bool) -> Ordering {
    let turned = |ordering: Ordering, descending: bool| {
        if descending != backward {
            ordering.reverse()
        } else {
            ordering
        }
    };
    let keys = sort.steps().iter().zip(one.keys.iter().zip(&other.keys));
    keys.map(|(step, (one, other))| turned(one.compare(other), step.descending))
        .find(|ordering| ordering.is_ne())
        .unwrap_or_else(|| turned(one.id.cmp(&other.id), sort.id_descends()))
}

/// Cuts the rows too many, puts a backward page the right way round and sets its cursors.
fn assemble<T>(
    mut entries: Vec<Entry<T>>,
    sort: &Sort,
    page: &PageRequest,
    filter: String,
    total: Option<i64>,
) -> Page<T> {
    let limit = page.limit as usize;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let backward = matches!(&page.position, Position::Cursor(cursor) if cursor.backward);
    if backward {
        entries.reverse();
    }
    let cursor = |entry: Option<&Entry<T>>, backward: bool| {
        entry.map(|entry| Cursor {
            sort: sort.to_string(),
            filter: filter.clone(),
            keys: entry.keys.iter().map(ToString::to_string).collect(),
            id: entry.id,
            backward,
        })
    };
    let (has_next, has_prev) = match &page.position {
        Position::Start | Position::Offset(0) => (more, false),
        Position::Offset(_) => (more, true),
        Position::Cursor(_) if backward => (true, more),
        Position::Cursor(_) => (more, true),
    };
    let next = if has_next {
        cursor(entries.last(), false)
    } else {
        None
    };
    let prev = if has_prev {
        cursor(entries.first(), true)
    } else {
        None
    };
    Page {
        items: entries.into_iter().map(|entry| entry.item).collect(),
        next,
        prev,
        total,
        limit: page.limit,
    }
}
