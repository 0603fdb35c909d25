//! Lists of products: filter, order and keyset pages. Must not know how a page is asked for in a URL.

use diesel::prelude::*;

use super::keyset::{beyond, ordered};
use super::rows::{CardRow, ProductRow};
use super::{categories, visible};
use crate::catalog::filter::{ProductFilter, Scope, Sort, SortKey};
use crate::catalog::model::{Product, ProductCard};
use crate::catalog::text;
use crate::db::dialect::{self, ProductPredicate};
use crate::db::schema::products;
use crate::db::{AnyConnection, Moment, Money, MultiBackend};
use crate::error::Result;
use crate::web::paging::{Cursor, Page, PageRequest, Position, TOTAL_CAP};

pub(super) type Query = products::BoxedQuery<'static, MultiBackend>;

/// A page of cards.
pub fn cards(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
) -> Result<Page<ProductCard>> {
    list(connection, filter, sort, page, |query, connection| {
        Ok(query
            .select(CardRow::as_select())
            .load(connection)?
            .into_iter()
            .map(ProductCard::from)
            .collect())
    })
}

/// A page of whole products.
pub fn products(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
) -> Result<Page<Product>> {
    list(connection, filter, sort, page, |query, connection| {
        Ok(query
            .select(ProductRow::as_select())
            .load(connection)?
            .into_iter()
            .map(Product::from)
            .collect())
    })
}

/// What a cursor needs to know of a listed row.
trait Listed {
    fn id(&self) -> i32;
    fn key(&self, key: SortKey) -> String;
}

impl Listed for Product {
    fn id(&self) -> i32 {
        self.product_id
    }

    fn key(&self, key: SortKey) -> String {
        sort_value(key, self.created_at, self.price, &self.name)
    }
}

impl Listed for ProductCard {
    fn id(&self) -> i32 {
        self.product_id
    }

    fn key(&self, key: SortKey) -> String {
        sort_value(key, self.created_at, self.price, &self.name)
    }
}

fn sort_value(key: SortKey, created_at: Moment, price: Money, name: &str) -> String {
    match key {
        SortKey::CreatedAt => created_at.to_rfc3339(),
        SortKey::Price => price.to_string(),
        SortKey::Name => text::fold(name),
    }
}

fn list<T: Listed>(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
    load: impl Fn(Query, &mut AnyConnection) -> Result<Vec<T>>,
) -> Result<Page<T>> {
    let items = load(query(connection, filter, sort, page)?, connection)?;
    let total = if page.with_total {
        Some(total(filtered(connection, filter)?, connection)?)
    } else {
        None
    };
    Ok(assemble(items, sort, page, filter.fingerprint(), total))
}

/// The rows of a page, and one more that tells whether there are further ones.
pub(super) fn query(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
    sort: &Sort,
    page: &PageRequest,
) -> Result<Query> {
    let query = ordered(filtered(connection, filter)?, sort, backward(page)).limit(i64::from(page.limit) + 1);
    Ok(match &page.position {
        Position::Start => query,
        Position::Offset(offset) => query.offset(i64::from(*offset)),
        Position::Cursor(cursor) => {
            if cursor.sort != sort.to_string() || cursor.filter != filter.fingerprint() {
                return Err(Cursor::refused());
            }
            query.filter(beyond(cursor, sort)?)
        }
    })
}

/// Cuts the one row too many, puts a backward page the right way round and sets its cursors.
fn assemble<T: Listed>(
    mut items: Vec<T>,
    sort: &Sort,
    page: &PageRequest,
    filter: String,
    total: Option<i64>,
) -> Page<T> {
    let limit = page.limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let backward = backward(page);
    if backward {
        items.reverse();
    }
    let cursor = |row: Option<&T>, backward: bool| {
        row.map(|row| Cursor {
            sort: sort.to_string(),
            filter: filter.clone(),
            keys: sort.steps().iter().map(|step| row.key(step.key)).collect(),
            id: row.id(),
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
        cursor(items.last(), false)
    } else {
        None
    };
    let prev = if has_prev {
        cursor(items.first(), true)
    } else {
        None
    };
    Page {
        items,
        next,
        prev,
        total,
        limit: page.limit,
    }
}

fn backward(page: &PageRequest) -> bool {
    matches!(&page.position, Position::Cursor(cursor) if cursor.backward)
}

/// The stored names of the filter's categories, which may be given by name or slug; `None` when it has none.
fn category_names(connection: &mut AnyConnection, filter: &ProductFilter) -> Result<Option<Vec<String>>> {
    if filter.categories.is_empty() {
        return Ok(None);
    }
    let mut names = Vec::new();
    for wanted in &filter.categories {
        let found = match categories::find_by_slug(connection, wanted)? {
            Some(category) => Some(category),
            None => categories::find_by_name(connection, wanted)?,
        };
        names.extend(found.map(|category| category.name));
    }
    Ok(Some(names))
}

fn filtered(connection: &mut AnyConnection, filter: &ProductFilter) -> Result<Query> {
    let mut query = products::table.into_boxed();
    query = match filter.scope {
        Scope::Visible => query.filter(visible()),
        Scope::Kept => query.filter(products::deleted_at.is_null()),
        Scope::Hidden => query
            .filter(products::deleted_at.is_null())
            .filter(products::is_active.eq(false)),
        Scope::Deleted => query.filter(products::deleted_at.is_not_null()),
    };
    if let Some(names) = category_names(connection, filter)? {
        query = query.filter(products::category.eq_any(names));
    }
    if let Some(text) = &filter.text {
        query = query.filter(matches_text(connection, text)?);
    }
    if let Some(price) = filter.min_price {
        query = query.filter(products::price.ge(price));
    }
    if let Some(price) = filter.max_price {
        query = query.filter(products::price.le(price));
    }
    query = match filter.in_stock {
        Some(true) => query.filter(products::stock_quantity.gt(0)),
        Some(false) => query.filter(products::stock_quantity.eq(0)),
        None => query,
    };
    if let Some(since) = filter.created_since {
        query = query.filter(products::created_at.ge(since));
    }
    if let Some(until) = filter.created_until {
        query = query.filter(products::created_at.le(until));
    }
    Ok(query)
}

/// The product with this article number if there is one, else those with these words in name or description.
/// Two questions, because MariaDB reads the whole table for `MATCH ... OR sku = ...`.
fn matches_text(connection: &mut AnyConnection, query: &text::TextQuery) -> Result<ProductPredicate> {
    if let Some(product) = super::products::find_by_sku(connection, query.text())? {
        return Ok(Box::new(products::product_id.eq(product.product_id)));
    }
    Ok(dialect::holds_words(connection, query.words()))
}

/// Counts at most [`TOTAL_CAP`] rows, so that a large list costs no more than a medium one.
fn total(query: Query, connection: &mut AnyConnection) -> Result<i64> {
    let ids: Vec<i32> = query
        .select(products::product_id)
        .limit(TOTAL_CAP)
        .load(connection)?;
    i64::try_from(ids.len()).map_err(crate::error::Error::internal)
}
