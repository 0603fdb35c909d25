//! Order of a list, and where a keyset page begins. Must not know filters.

use std::cmp::Ordering;
use std::fmt;

use diesel::prelude::*;

use super::Query;
use crate::catalog::filter::{Sort, SortKey, SortStep};
use crate::catalog::text;
use crate::db::dialect::ProductPredicate;
use crate::db::schema::products;
use crate::db::{Moment, Money};
use crate::error::Result;
use crate::web::paging::Cursor;

/// A value by which a row is sorted, compared as both databases compare it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    Time(Moment),
    Amount(Money),
    Name(String),
    Score(f64),
}

impl Key {
    /// A popularity is not known from the row: its list sets it.
    pub fn of(key: SortKey, created_at: Moment, price: Money, name: &str) -> Key {
        match key {
            SortKey::CreatedAt => Key::Time(created_at),
            SortKey::Price => Key::Amount(price),
            SortKey::Name => Key::Name(text::fold(name)),
            SortKey::Popularity => Key::Score(0.0),
        }
    }

    pub fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Time(one), Key::Time(other)) => one.cmp(other),
            (Key::Amount(one), Key::Amount(other)) => one.cmp(other),
            (Key::Name(one), Key::Name(other)) => one.cmp(other),
            (Key::Score(one), Key::Score(other)) => one.total_cmp(other),
            // Rows of one list have the same keys.
            (Key::Time(_) | Key::Amount(_) | Key::Name(_) | Key::Score(_), _) => Ordering::Equal,
        }
    }
}

impl fmt::Display for Key {
    /// As a cursor holds it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Time(moment) => moment.fmt(f),
            Key::Amount(amount) => amount.fmt(f),
            Key::Name(name) => f.write_str(name),
            Key::Score(score) => score.fmt(f),
        }
    }
}

/// The query in the order of `sort`, or the other way round.
pub(super) fn ordered(mut query: Query, sort: &Sort, backward: bool) -> Query {
    for step in sort.steps() {
        query = match (step.key, step.descending != backward) {
            (SortKey::CreatedAt, true) => query.then_order_by(products::created_at.desc()),
            (SortKey::CreatedAt, false) => query.then_order_by(products::created_at.asc()),
            (SortKey::Price, true) => query.then_order_by(products::current_price.desc()),
            (SortKey::Price, false) => query.then_order_by(products::current_price.asc()),
            (SortKey::Name, true) => query.then_order_by(products::name_key.desc()),
            (SortKey::Name, false) => query.then_order_by(products::name_key.asc()),
            // Such a list is read by `popular`.
            (SortKey::Popularity, _) => query,
        };
    }
    if sort.id_descends() != backward {
        query.then_order_by(products::product_id.desc())
    } else {
        query.then_order_by(products::product_id.asc())
    }
}

/// The rows behind the cursor's: `key <= ? AND (key < ? OR (key = ? AND ...))`, the first part so that the index
/// is entered at the cursor (SQL's tuple comparison has no Diesel form and no mixed directions).
pub(super) fn beyond(cursor: &Cursor, sort: &Sort) -> Result<ProductPredicate> {
    if cursor.keys.len() != sort.steps().len() {
        return Err(Cursor::refused());
    }
    let id_below = sort.id_descends() != cursor.backward;
    let mut predicate: ProductPredicate = if id_below {
        Box::new(products::product_id.lt(cursor.id))
    } else {
        Box::new(products::product_id.gt(cursor.id))
    };
    for (step, value) in sort.steps().iter().zip(&cursor.keys).rev() {
        predicate = beyond_step(*step, value, cursor.backward, predicate)?;
    }
    Ok(predicate)
}

fn beyond_step(
    step: SortStep,
    value: &str,
    backward: bool,
    rest: ProductPredicate,
) -> Result<ProductPredicate> {
    macro_rules! compare {
        ($column:expr, $value:expr) => {{
            let value = $value;
            if step.descending != backward {
                Box::new(
                    $column
                        .le(value.clone())
                        .and($column.lt(value.clone()).or($column.eq(value).and(rest))),
                ) as ProductPredicate
            } else {
                Box::new(
                    $column
                        .ge(value.clone())
                        .and($column.gt(value.clone()).or($column.eq(value).and(rest))),
                ) as ProductPredicate
            }
        }};
    }
    Ok(match step.key {
        SortKey::CreatedAt => compare!(
            products::created_at,
            Moment::parse(value).ok_or_else(Cursor::refused)?
        ),
        SortKey::Price => compare!(
            products::current_price,
            Money::parse(value).map_err(|_| Cursor::refused())?
        ),
        SortKey::Name => compare!(products::name_key, value.to_owned()),
        SortKey::Popularity => rest,
    })
}
