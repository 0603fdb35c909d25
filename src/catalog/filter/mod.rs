//! Which products a list shows and in which order: one model for API, pages and admin. Must not know SQL.

mod sort;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub use sort::{SORT_KEYS, Sort, SortKey, SortStep};

use super::input::ATTRIBUTE_PREFIX;
use super::model::thousandths;
use super::text::TextQuery;
use crate::db::{Moment, Money};
use crate::error::{Error, Result};

/// Which products may be seen at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// What customers see.
    #[default]
    Visible,
    /// Everything that is not deleted (admin).
    Kept,
    /// Not deleted, but switched off (admin).
    Hidden,
    /// Deleted and restorable (admin).
    Deleted,
}

/// Longest search text, in characters.
pub(super) const LONGEST_QUERY: usize = 200;

/// Most alternatives of one parameter, and most attributes that a list is narrowed by.
pub(super) const MOST_ALTERNATIVES: usize = 20;
const MOST_ATTRIBUTES: usize = 10;

/// What a list is narrowed to. Values inside one field are alternatives, fields narrow each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProductFilter {
    pub scope: Scope,
    /// Names or slugs; each stands for everything below it as well.
    pub categories: Vec<String>,
    /// Names or slugs.
    pub brands: Vec<String>,
    /// Names or slugs.
    pub tags: Vec<String>,
    /// By the attribute's key.
    pub attributes: BTreeMap<String, AttributeFilter>,
    pub text: Option<TextQuery>,
    pub min_price: Option<Money>,
    pub max_price: Option<Money>,
    pub in_stock: Option<bool>,
    pub on_sale: Option<bool>,
    pub created_since: Option<Moment>,
    pub created_until: Option<Moment>,
    /// Views, recent ones counting more (`catalog/popularity.rs`).
    pub min_popularity: Option<f64>,
}

/// What an attribute is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeFilter {
    /// Alternatives, as they are shown; case and accents aside.
    pub values: Vec<String>,
    /// Bounds of a number, in thousandths.
    pub min: Option<i64>,
    pub max: Option<i64>,
}

/// The query parameters of [`ProductFilter::parse`], also those that the API names as allowed. `attr.*` stands for
/// `attr.KEY` (a value), `attr.KEY.min` and `attr.KEY.max` (bounds of a number).
pub const FILTER_PARAMETERS: [&str; 12] = [
    "category",
    "brand",
    "tag",
    "attr.*",
    "q",
    "min_price",
    "max_price",
    "in_stock",
    "on_sale",
    "created_since",
    "created_until",
    "min_popularity",
];

impl ProductFilter {
    /// Reads a filter from query parameters. Empty values, as forms send them, do not narrow; names that are no
    /// filter's are left to others.
    ///
    /// # Errors
    /// 400 that names the parameter and what it should be.
    pub fn parse<'a>(
        scope: Scope,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<ProductFilter> {
        let given: Vec<(&str, &str)> = parameters.filter(|(_, value)| !value.trim().is_empty()).collect();
        let one = |name: &str| {
            given
                .iter()
                .find(|(found, _)| *found == name)
                .map(|(_, value)| *value)
        };
        let all = |name: &'static str| alternatives(name, &given);
        let text = one("q").unwrap_or_default();
        if text.chars().count() > LONGEST_QUERY {
            return Err(refused(
                "q",
                &format!("must have at most {LONGEST_QUERY} characters"),
            ));
        }
        let price_of = |name: &'static str| one(name).map(|text| price(name, text)).transpose();
        let moment_of = |name: &'static str| one(name).map(|text| moment(name, text)).transpose();
        let flag_of = |name: &'static str| one(name).map(|text| flag(name, text)).transpose();
        Ok(ProductFilter {
            scope,
            categories: all("category")?,
            brands: all("brand")?,
            tags: all("tag")?,
            attributes: attributes(&given)?,
            text: TextQuery::parse(text),
            min_price: price_of("min_price")?,
            max_price: price_of("max_price")?,
            in_stock: flag_of("in_stock")?,
            on_sale: flag_of("on_sale")?,
            created_since: moment_of("created_since")?,
            created_until: moment_of("created_until")?,
            min_popularity: one("min_popularity").map(popularity).transpose()?,
        })
    }

    /// A list of what holds these words.
    ///
    /// # Errors
    /// 400 when they are too long.
    pub fn of_text(scope: Scope, text: &str) -> Result<ProductFilter> {
        ProductFilter::parse(scope, [("q", text)].into_iter())
    }

    /// Names the filter in a cursor, so that a cursor of another list is noticed.
    pub fn fingerprint(&self) -> String {
        let digest = hex::encode(Sha256::digest(format!("{self:?}")));
        digest.get(..16).unwrap_or_default().to_owned()
    }
}

fn alternatives(name: &'static str, given: &[(&str, &str)]) -> Result<Vec<String>> {
    let values: Vec<String> = given
        .iter()
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| (*value).to_owned())
        .collect();
    if values.len() > MOST_ALTERNATIVES {
        return Err(refused(
            name,
            &format!("may be given at most {MOST_ALTERNATIVES} times"),
        ));
    }
    Ok(values)
}

fn attributes(given: &[(&str, &str)]) -> Result<BTreeMap<String, AttributeFilter>> {
    let mut filters: BTreeMap<String, AttributeFilter> = BTreeMap::new();
    for (name, value) in given {
        let Some(key) = name.strip_prefix(ATTRIBUTE_PREFIX) else {
            continue;
        };
        let (key, bound) = match key.rsplit_once('.') {
            Some((key, bound)) => (key, Some(bound)),
            None => (key, None),
        };
        let filter = filters.entry(key.to_owned()).or_default();
        let number = || {
            thousandths(value.trim())
                .ok_or_else(|| refused(name, "must be a number such as 12.5"))
                .map(Some)
        };
        match bound {
            None => filter.values.push((*value).to_owned()),
            Some("min") => filter.min = number()?,
            Some("max") => filter.max = number()?,
            Some(_) => return Err(refused(name, "must end with the attribute's key, .min or .max")),
        }
        if filter.values.len() > MOST_ALTERNATIVES {
            return Err(refused(
                name,
                &format!("may be given at most {MOST_ALTERNATIVES} times"),
            ));
        }
    }
    if filters.len() > MOST_ATTRIBUTES {
        let advice = format!("may narrow a list by at most {MOST_ATTRIBUTES} attributes");
        return Err(refused("attr.*", &advice));
    }
    Ok(filters)
}

fn refused(name: &str, what: &str) -> Error {
    let shown: String = name.chars().take(60).collect();
    Error::bad_request("invalid_parameter", format!("`{shown}` {what}."))
}

fn price(name: &'static str, text: &str) -> Result<Money> {
    Money::parse(text.trim()).map_err(|error| refused(name, &error.to_string()))
}

fn moment(name: &'static str, text: &str) -> Result<Moment> {
    Moment::parse(text.trim()).ok_or_else(|| {
        refused(
            name,
            "must be a date or time such as 2026-11-22 or 2026-11-22T10:00:00Z",
        )
    })
}

fn flag(name: &'static str, text: &str) -> Result<bool> {
    match text {
        "true" | "1" | "on" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(refused(name, "must be true or false")),
    }
}

fn popularity(text: &str) -> Result<f64> {
    thousandths(text.trim())
        .filter(|thousandths| *thousandths >= 0)
        .map(|thousandths| thousandths as f64 / 1000.0)
        .ok_or_else(|| refused("min_popularity", "must be a number of views such as 5 or 0.5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_refuses_what_it_cannot_mean() {
        let parse = |name: &'static str, value: &'static str| {
            ProductFilter::parse(Scope::Visible, [(name, value)].into_iter())
        };
        for (name, value) in [
            ("min_price", "cheap"),
            ("max_price", "-1"),
            ("in_stock", "maybe"),
            ("on_sale", "perhaps"),
            ("created_since", "yesterday"),
            ("min_popularity", "-1"),
            ("min_popularity", "NaN"),
            ("attr.height.min", "tall"),
            ("attr.height.from", "1"),
        ] {
            assert!(parse(name, value).is_err(), "{name}={value}");
        }
        assert_eq!(parse("min_price", " ").ok(), Some(ProductFilter::default()));
        assert_ne!(
            parse("q", "lamp").ok().map(|filter| filter.fingerprint()),
            Some(ProductFilter::default().fingerprint())
        );
    }
}
