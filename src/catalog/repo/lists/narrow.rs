//! What a filter leaves: names of terms become what products hold, each part a condition. Must not know order or pages.

use diesel::prelude::*;

use super::{MOST_STREAMS, Query};
use crate::catalog::filter::{AttributeFilter, ProductFilter, Scope};
use crate::catalog::model::Taxonomy;
use crate::catalog::popularity;
use crate::catalog::repo::{self, attributes, terms, visible};
use crate::catalog::text;
use crate::db::dialect::{self, PriceBound, ProductPredicate};
use crate::db::schema::{product_attributes, product_popularity, product_tags, products};
use crate::db::{AnyConnection, Moment, Money};
use crate::error::{Error, Result};

/// A filter whose names have been looked up.
pub(super) struct Narrowing {
    filter: ProductFilter,
    /// Names of the categories and all below them; `None` for any.
    categories: Option<Vec<String>>,
    brands: Option<Vec<String>>,
    tag_ids: Option<Vec<i32>>,
    /// Attributes by id.
    attributes: Vec<(i32, AttributeFilter)>,
    /// The product whose article number is just the text that is looked for: then it is meant, and no words are.
    numbered: Option<i32>,
    /// The prices asked for leave so few products that sorting them costs less than walking through all in order.
    few_by_price: bool,
    /// The same of what is on sale.
    few_on_sale: bool,
}

/// Rows that are sorted rather than met on the way through an index in the order of the list.
const FEW: i64 = 200;

impl Narrowing {
    /// # Errors
    /// 400 for an attribute that the shop does not have.
    pub fn of(connection: &mut AnyConnection, filter: &ProductFilter) -> Result<Narrowing> {
        let few_by_price = match (filter.min_price, filter.max_price) {
            (None, None) => false,
            (min, max) => {
                let min = min.unwrap_or_default();
                let max = max.unwrap_or(Money::MAX);
                are_few(connection, Box::new(products::current_price.between(min, max)))?
            }
        };
        let numbered = match &filter.text {
            Some(text) => {
                repo::products::find_by_sku(connection, text.text())?.map(|product| product.product_id)
            }
            None => None,
        };
        Ok(Narrowing {
            numbered,
            few_by_price,
            few_on_sale: filter.on_sale == Some(true) && are_few(connection, on_sale(By::Index))?,
            categories: categories(connection, &filter.categories)?,
            brands: brands(connection, &filter.brands)?,
            tag_ids: tag_ids(connection, &filter.tags)?,
            attributes: attribute_ids(connection, filter)?,
            filter: filter.clone(),
        })
    }

    /// The categories that are read one by one; `None` reads everything at once.
    pub fn streams(&self) -> Vec<Option<&str>> {
        match &self.categories {
            Some(names) if names.len() <= MOST_STREAMS => {
                names.iter().map(|name| Some(name.as_str())).collect()
            }
            _ => vec![None],
        }
    }

    /// The products that are left, of one category if named. `by_price` when the list is in the order of the price, so
    /// that its bounds are where the index is entered and left.
    pub fn query(&self, connection: &AnyConnection, category: Option<&str>, by_price: bool) -> Query {
        let mut query = products::table.into_boxed();
        query = match self.filter.scope {
            Scope::Visible => query.filter(visible(Moment::now())),
            Scope::Kept => query.filter(products::deleted_at.is_null()),
            Scope::Hidden => query
                .filter(products::deleted_at.is_null())
                .filter(products::is_active.eq(false)),
            Scope::Deleted => query.filter(products::deleted_at.is_not_null()),
        };
        query = match (category, &self.categories) {
            (Some(name), _) => query.filter(products::category.eq(name.to_owned())),
            (None, Some(names)) => query.filter(products::category.eq_any(names.clone())),
            (None, None) => query,
        };
        query = match self.brands.as_deref() {
            // Unlike a list of one, equality lets the index keep its order.
            Some([brand]) => query.filter(products::brand.eq(brand.clone())),
            Some(brands) => query.filter(products::brand.eq_any(brands.to_vec())),
            None => query,
        };
        if let Some(ids) = &self.tag_ids {
            let tagged = product_tags::table
                .filter(product_tags::term_id.eq_any(ids.clone()))
                .select(product_tags::product_id);
            query = query.filter(products::product_id.eq_any(tagged));
        }
        for (attribute_id, wanted) in &self.attributes {
            query = with_attribute(query, *attribute_id, wanted);
        }
        query = match (self.numbered, &self.filter.text) {
            (Some(product_id), _) => query.filter(products::product_id.eq(product_id)),
            // A question of its own, because MariaDB reads the whole table for `MATCH ... OR sku = ...`.
            (None, Some(text)) => query.filter(dialect::holds_words(connection, text.words())),
            (None, None) => query,
        };
        self.by_own_columns(query, by_price || self.few_by_price)
    }

    fn by_own_columns(&self, mut query: Query, by_price: bool) -> Query {
        let filter = &self.filter;
        if let Some(price) = filter.min_price {
            query = if by_price {
                query.filter(products::current_price.ge(price))
            } else {
                query.filter(dialect::unindexed_price(PriceBound::AtLeast, price))
            };
        }
        if let Some(price) = filter.max_price {
            query = if by_price {
                query.filter(products::current_price.le(price))
            } else {
                query.filter(dialect::unindexed_price(PriceBound::AtMost, price))
            };
        }
        query = match filter.in_stock {
            Some(true) => query.filter(products::stock_quantity.gt(0)),
            Some(false) => query.filter(products::stock_quantity.eq(0)),
            None => query,
        };
        query = match filter.on_sale {
            Some(true) if self.few_on_sale => query.filter(on_sale(By::Index)),
            Some(true) => query.filter(on_sale(By::Row)),
            Some(false) => query.filter(diesel::dsl::not(on_sale(By::Row))),
            None => query,
        };
        if let Some(since) = filter.created_since {
            query = query.filter(products::created_at.ge(since));
        }
        if let Some(until) = filter.created_until {
            query = query.filter(products::created_at.le(until));
        }
        if let Some(least) = filter.min_popularity.filter(|least| *least > 0.0) {
            let score = popularity::score_of(least, Moment::now());
            let popular = product_popularity::table
                .filter(product_popularity::score.ge(score))
                .select(product_popularity::product_id);
            query = query.filter(products::product_id.eq_any(popular));
        }
        query
    }
}

/// How a condition is met: by looking it up, or at each row on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Index,
    Row,
}

/// A reduction that has begun and has not ended.
fn on_sale(by: By) -> ProductPredicate {
    let now = Moment::now();
    let goes_on = products::sale_ends_at
        .is_null()
        .or(products::sale_ends_at.gt(now).assume_not_null());
    let has_price = products::sale_price.is_not_null();
    if by == By::Row {
        // Written so that no index of the column can be meant.
        let began = products::reduced_since
            .is_null()
            .or(products::reduced_since.gt(now).assume_not_null());
        return Box::new(has_price.and(diesel::dsl::not(began)).and(goes_on));
    }
    let began = products::reduced_since
        .is_not_null()
        .and(products::reduced_since.le(now).assume_not_null());
    Box::new(has_price.and(began).and(goes_on))
}

/// Whether fewer than [`FEW`] products in the shop meet a condition; reads no more of them than it takes to know.
fn are_few(connection: &mut AnyConnection, condition: ProductPredicate) -> Result<bool> {
    let ids: Vec<i32> = products::table
        .filter(products::is_active.eq(true))
        .filter(products::deleted_at.is_null())
        .filter(condition)
        .select(products::product_id)
        .limit(FEW)
        .load(connection)?;
    Ok(i64::try_from(ids.len()).is_ok_and(|found| found < FEW))
}

fn with_attribute(query: Query, attribute_id: i32, wanted: &AttributeFilter) -> Query {
    let own = || {
        product_attributes::table
            .filter(product_attributes::attribute_id.eq(attribute_id))
            .select(product_attributes::product_id)
    };
    let query = if wanted.values.is_empty() {
        query
    } else {
        let keys: Vec<String> = wanted.values.iter().map(|value| text::fold(value)).collect();
        let having = own().filter(product_attributes::value_key.eq_any(keys));
        query.filter(products::product_id.eq_any(having))
    };
    if wanted.min.is_none() && wanted.max.is_none() {
        return query;
    }
    let (min, max) = (wanted.min.unwrap_or(i64::MIN), wanted.max.unwrap_or(i64::MAX));
    let within = own().filter(product_attributes::value_number.between(min, max));
    query.filter(products::product_id.eq_any(within))
}

fn categories(connection: &mut AnyConnection, wanted: &[String]) -> Result<Option<Vec<String>>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let tree = terms::all(connection, Taxonomy::Category)?;
    let mut names = Vec::new();
    for text in wanted {
        if let Some(term) = terms::wanted(connection, Taxonomy::Category, text)? {
            let subtree = tree.subtree(term.term_id);
            names.extend(subtree.into_iter().map(|term| term.name.clone()));
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(Some(names))
}

/// A brand from before brands were terms is known by its name alone.
fn brands(connection: &mut AnyConnection, wanted: &[String]) -> Result<Option<Vec<String>>> {
    let name = |text: &String| {
        let term = terms::wanted(connection, Taxonomy::Brand, text)?;
        Ok(term.map_or_else(|| text.clone(), |term| term.name))
    };
    let names = wanted.iter().map(name).collect::<Result<Vec<_>>>()?;
    Ok((!names.is_empty()).then_some(names))
}

fn tag_ids(connection: &mut AnyConnection, wanted: &[String]) -> Result<Option<Vec<i32>>> {
    let mut ids = Vec::new();
    for text in wanted {
        ids.extend(terms::wanted(connection, Taxonomy::Tag, text)?.map(|term| term.term_id));
    }
    Ok((!wanted.is_empty()).then_some(ids))
}

fn attribute_ids(
    connection: &mut AnyConnection,
    filter: &ProductFilter,
) -> Result<Vec<(i32, AttributeFilter)>> {
    if filter.attributes.is_empty() {
        return Ok(Vec::new());
    }
    let defined = attributes::all(connection)?;
    let known = || {
        let keys: Vec<_> = defined
            .iter()
            .map(|attribute| format!("attr.{}", attribute.key))
            .collect();
        keys.join(", ")
    };
    let id = |(key, wanted): (&String, &AttributeFilter)| {
        let found = defined.iter().find(|attribute| attribute.key == *key);
        let shown: String = key.chars().take(60).collect();
        found
            .map(|attribute| (attribute.attribute_id, wanted.clone()))
            .ok_or_else(|| {
                let detail = format!(
                    "`attr.{shown}` is no attribute of this shop. Known are: {}.",
                    known()
                );
                Error::bad_request("unknown_parameter", detail)
            })
    };
    filter.attributes.iter().map(id).collect()
}
