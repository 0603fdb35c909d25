//! What a filter leaves: names of terms become what products hold, each part a condition. Must not know order or pages.

use diesel::dsl::{auto_type, exists};
use diesel::prelude::*;

use super::{MOST_STREAMS, Query};
use crate::catalog::filter::{AttributeFilter, ProductFilter, Scope};
use crate::catalog::model::Taxonomy;
use crate::catalog::popularity;
use crate::catalog::repo::{self, attributes, terms, visible};
use crate::catalog::text;
use crate::db::dialect::{self, ProductPredicate};
use crate::db::schema::{product_attributes, product_popularity, product_tags, products};
use crate::db::walk::Products;
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};

/// A filter whose names have been looked up.
pub(super) struct Narrowing {
    pub(super) filter: ProductFilter,
    /// Names of the categories and all below them; `None` for any.
    pub(super) categories: Option<Vec<String>>,
    pub(super) brands: Option<Vec<String>>,
    pub(super) tag_ids: Option<Vec<i32>>,
    /// Attributes by id.
    pub(super) attributes: Vec<(i32, AttributeFilter)>,
    /// The product whose article number is just the text that is looked for: then it is meant, and no words are.
    pub(super) numbered: Option<i32>,
}

impl Narrowing {
    /// # Errors
    /// 400 for an attribute that the shop does not have.
    pub fn of(connection: &mut AnyConnection, filter: &ProductFilter) -> Result<Narrowing> {
        let numbered = match &filter.text {
            Some(text) => {
                repo::products::find_by_sku(connection, text.text())?.map(|product| product.product_id)
            }
            None => None,
        };
        Ok(Narrowing {
            numbered,
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

    /// The products that are left, of one category if named, in no order.
    pub fn query(&self, connection: &AnyConnection, source: Products, category: Option<&str>) -> Query {
        let mut query = source.into_boxed();
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
        query = match (self.numbered, &self.filter.text) {
            (Some(product_id), _) => query.filter(products::product_id.eq(product_id)),
            // A question of its own, because MariaDB reads the whole table for `MATCH ... OR sku = ...`.
            (None, Some(text)) => query.filter(dialect::holds_words(connection, text.words())),
            (None, None) => query,
        };
        self.by_links(self.by_own_columns(query), source)
    }

    /// A walk asks of each product that it meets; else the links are read first and their products looked up.
    fn by_links(&self, mut query: Query, source: Products) -> Query {
        macro_rules! linked {
            ($table:ident, $links:expr) => {
                query = if source.is_by_any_index() {
                    query.filter(products::product_id.eq_any($links.select($table::product_id)))
                } else {
                    query.filter(exists(
                        $links.filter($table::product_id.eq(products::product_id)),
                    ))
                }
            };
        }
        if let Some(ids) = &self.tag_ids {
            linked!(product_tags, tagged(ids.clone()));
        }
        for (attribute_id, wanted) in &self.attributes {
            if let Some(keys) = wanted.keys() {
                linked!(product_attributes, having(*attribute_id, keys));
            }
            if let Some((min, max)) = wanted.bounds() {
                linked!(product_attributes, within(*attribute_id, min, max));
            }
        }
        if let Some(least) = self.filter.min_popularity.filter(|least| *least > 0.0) {
            linked!(product_popularity, popular(least));
        }
        query
    }

    fn by_own_columns(&self, mut query: Query) -> Query {
        let filter = &self.filter;
        if let Some(price) = filter.min_price {
            query = query.filter(products::current_price.ge(price));
        }
        if let Some(price) = filter.max_price {
            query = query.filter(products::current_price.le(price));
        }
        query = match filter.in_stock {
            Some(true) => query.filter(products::stock_quantity.gt(0)),
            Some(false) => query.filter(products::stock_quantity.eq(0)),
            None => query,
        };
        if let Some(most) = filter.most_stock {
            query = query.filter(at_most(most));
        }
        query = match filter.on_sale {
            Some(true) => query.filter(on_sale()),
            Some(false) => query.filter(diesel::dsl::not(on_sale())),
            None => query,
        };
        if let Some(since) = filter.created_since {
            query = query.filter(products::created_at.ge(since));
        }
        if let Some(until) = filter.created_until {
            query = query.filter(products::created_at.le(until));
        }
        query
    }
}

/// Both ends are named: of one alone SQLite believes that it leaves much, and walks another index (measured at 100,000 products:
/// 98 ms, with both 0.1).
pub(super) fn at_most(stock_quantity: i32) -> ProductPredicate {
    Box::new(products::stock_quantity.between(0, stock_quantity))
}

/// A reduction that has begun and has not ended.
pub(super) fn on_sale() -> ProductPredicate {
    let now = Moment::now();
    let goes_on = products::sale_ends_at
        .is_null()
        .or(products::sale_ends_at.gt(now).assume_not_null());
    let began = products::reduced_since
        .is_not_null()
        .and(products::reduced_since.le(now).assume_not_null());
    Box::new(products::sale_price.is_not_null().and(began).and(goes_on))
}

impl AttributeFilter {
    pub(super) fn keys(&self) -> Option<Vec<String>> {
        let keys = || self.values.iter().map(|value| text::fold(value)).collect();
        (!self.values.is_empty()).then(keys)
    }

    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        let bounds = || (self.min.unwrap_or(i64::MIN), self.max.unwrap_or(i64::MAX));
        (self.min.is_some() || self.max.is_some()).then(bounds)
    }
}

#[auto_type(no_type_alias)]
pub(super) fn tagged(term_ids: Vec<i32>) -> _ {
    product_tags::table.filter(product_tags::term_id.eq_any(term_ids))
}

/// Products with at least so many views.
#[auto_type(no_type_alias)]
pub(super) fn popular(least: f64) -> _ {
    let score: f64 = popularity::score_of(least, Moment::now());
    product_popularity::table.filter(product_popularity::score.ge(score))
}

/// Products whose attribute has one of these folded values.
#[auto_type(no_type_alias)]
pub(super) fn having(attribute_id: i32, keys: Vec<String>) -> _ {
    product_attributes::table
        .filter(product_attributes::attribute_id.eq(attribute_id))
        .filter(product_attributes::value_key.eq_any(keys))
}

/// Products whose attribute is a number from one to another.
#[auto_type(no_type_alias)]
pub(super) fn within(attribute_id: i32, min: i64, max: i64) -> _ {
    product_attributes::table
        .filter(product_attributes::attribute_id.eq(attribute_id))
        .filter(product_attributes::value_number.between(min, max))
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

pub(super) fn attribute_ids(
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
