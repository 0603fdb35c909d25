//! How a list is read: by walking the index of its order until the page is full, or by looking up what one condition
//! leaves and sorting that. Must not know what the conditions are for.
//!
//! A walk meets a product in so many as the filter leaves one of, whatever the size of the shop; a condition that leaves
//! few in the whole shop would make it meet all. Each condition that has an index of its own is asked for that; nobody
//! asks what several leave together.

use diesel::prelude::*;

use super::narrow::{Narrowing, at_most, having, on_sale, popular, tagged, within};
use crate::catalog::filter::{Scope, Sort, SortKey};
use crate::db::dialect::ProductPredicate;
use crate::db::limit::Limit;
use crate::db::schema::{product_attributes, product_popularity, product_tags, products};
use crate::db::walk::Products;
use crate::db::{AnyConnection, Money};
use crate::error::Result;

/// Rows that are sorted rather than met on a walk.
const FEW: i64 = 200;

impl Narrowing {
    /// Whether a list in this order is read by walking its index.
    pub(super) fn is_walked(&self, connection: &mut AnyConnection, sort: &Sort) -> Result<bool> {
        // No index has the order of several keys; popularity has a table of its own.
        let has_index = matches!(sort.steps(), [step] if step.key != SortKey::Popularity);
        Ok(has_index && !self.leaves_few(connection)?)
    }

    /// Whether one of the conditions leaves fewer than [`FEW`] products of the shop; reads at most so many index entries
    /// for each.
    fn leaves_few(&self, connection: &mut AnyConnection) -> Result<bool> {
        if self.filter.scope != Scope::Visible || self.filter.text.is_some() {
            return Ok(true);
        }
        for (index, condition) in self.indexed_conditions() {
            let shown = Products::by_index(connection, index)
                .filter(products::is_active.eq(true))
                .filter(products::deleted_at.is_null());
            let found = shown.filter(condition).select(products::product_id);
            let found = Limit::settled(connection, FEW).of(found);
            if is_few(found.load(connection)?) {
                return Ok(true);
            }
        }
        self.links_few(connection)
    }

    /// Conditions on the products themselves, each with the index that knows how many meet it.
    fn indexed_conditions(&self) -> Vec<(&'static str, ProductPredicate)> {
        let filter = &self.filter;
        let mut conditions: Vec<(&'static str, ProductPredicate)> = Vec::new();
        if filter.min_price.is_some() || filter.max_price.is_some() {
            let (min, max) = (
                filter.min_price.unwrap_or_default(),
                filter.max_price.unwrap_or(Money::MAX),
            );
            let condition = products::current_price.between(min, max);
            conditions.push(("products_shown_price", Box::new(condition)));
        }
        if let Some(most) = filter.most_stock {
            conditions.push(("products_shown_stock", at_most(most)));
        }
        if filter.on_sale == Some(true) {
            conditions.push(("products_shown_reduced", on_sale()));
        }
        if let Some(since) = filter.created_since {
            let condition = products::created_at.ge(since);
            conditions.push(("products_shown_newest", Box::new(condition)));
        }
        if let Some(until) = filter.created_until {
            let condition = products::created_at.le(until);
            conditions.push(("products_shown_newest", Box::new(condition)));
        }
        conditions
    }

    /// The same of what stands in tables beside the products.
    fn links_few(&self, connection: &mut AnyConnection) -> Result<bool> {
        macro_rules! few {
            ($table:ident, $links:expr) => {
                is_few(
                    $links
                        .select($table::product_id)
                        .limit(FEW)
                        .load(connection)?,
                )
            };
        }
        if let Some(ids) = &self.tag_ids
            && few!(product_tags, tagged(ids.clone()))
        {
            return Ok(true);
        }
        for (attribute_id, wanted) in &self.attributes {
            let few_have = match wanted.keys() {
                Some(keys) => few!(product_attributes, having(*attribute_id, keys)),
                None => false,
            };
            let few_within = match wanted.bounds() {
                Some((min, max)) => few!(product_attributes, within(*attribute_id, min, max)),
                None => false,
            };
            if few_have || few_within {
                return Ok(true);
            }
        }
        Ok(match self.filter.min_popularity.filter(|least| *least > 0.0) {
            Some(least) => few!(product_popularity, popular(least)),
            None => false,
        })
    }

    /// The index that a walk takes, if the filter leaves one to take.
    pub(super) fn path(&self, connection: &AnyConnection, category: Option<&str>, key: SortKey) -> Products {
        let has_one_brand = self.brands.as_ref().is_some_and(|brands| brands.len() == 1);
        let is_open = self.categories.is_none() && self.brands.is_none();
        let index = match (key, category) {
            (SortKey::CreatedAt, Some(_)) => Some("products_category_newest"),
            (SortKey::Price, Some(_)) => Some("products_category_price"),
            (SortKey::Name, Some(_)) => Some("products_category_name"),
            (SortKey::CreatedAt, None) if has_one_brand => Some("products_brand_newest"),
            (SortKey::Price, None) if has_one_brand => Some("products_brand_price"),
            (SortKey::Name, None) if has_one_brand => Some("products_brand_name"),
            (SortKey::CreatedAt, None) if is_open => Some("products_shown_newest"),
            (SortKey::Price, None) if is_open => Some("products_shown_price"),
            (SortKey::Name, None) if is_open => Some("products_shown_name"),
            _ => None,
        };
        index.map_or_else(Products::by_any_index, |index| {
            Products::by_index(connection, index)
        })
    }
}

fn is_few(ids: Vec<i32>) -> bool {
    i64::try_from(ids.len()).is_ok_and(|found| found < FEW)
}
