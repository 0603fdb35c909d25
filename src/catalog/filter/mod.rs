//! Which products a list shows and in which order: one model for API, pages and admin. Must not know SQL.

mod read;
mod sort;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub use sort::{SORT_KEYS, Sort, SortKey, SortStep};

use super::text::TextQuery;
use crate::db::{Moment, Money};
use crate::error::{Error, FieldError, Result};

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
    /// No more than so many, none included. The owner's table asks for it, no address.
    pub most_stock: Option<i32>,
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
    /// 400 that names the first parameter that cannot be understood, and what it should be.
    pub fn parse<'a>(
        scope: Scope,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<ProductFilter> {
        ProductFilter::read(scope, parameters).map_err(|faults| match faults.first() {
            Some(fault) => refused(fault.pointer.trim_start_matches('/'), &fault.detail),
            None => Error::internal("a filter was refused without a reason"),
        })
    }

    /// The same for a form, which tells every fault beside its field: its pointer is `/` and the parameter's name.
    ///
    /// # Errors
    /// What is wrong with each parameter that cannot be understood.
    pub fn read<'a>(
        scope: Scope,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<ProductFilter, Vec<FieldError>> {
        read::filter(scope, parameters)
    }

    /// A list of what holds these words.
    ///
    /// # Errors
    /// 400 when they are too long.
    pub fn of_text(scope: Scope, text: &str) -> Result<ProductFilter> {
        ProductFilter::parse(scope, [("q", text)].into_iter())
    }

    /// Whether it names terms or attributes, which have to be looked up.
    pub fn has_names(&self) -> bool {
        !(self.categories.is_empty()
            && self.brands.is_empty()
            && self.tags.is_empty()
            && self.attributes.is_empty())
    }

    /// Names the filter in a cursor, so that a cursor of another list is noticed.
    pub fn fingerprint(&self) -> String {
        let digest = hex::encode(Sha256::digest(format!("{self:?}")));
        digest.get(..16).unwrap_or_default().to_owned()
    }
}

fn refused(name: &str, what: &str) -> Error {
    let shown: String = name.chars().take(60).collect();
    Error::bad_request("invalid_parameter", format!("`{shown}` {what}."))
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
        let several = [("min_price", "cheap"), ("q", "lamp"), ("attr.height.min", "tall")];
        let faults = ProductFilter::read(Scope::Visible, several.into_iter()).unwrap_err();
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/min_price", "/attr.height.min"], "all at once");
        assert_eq!(parse("min_price", " ").ok(), Some(ProductFilter::default()));
        assert_ne!(
            parse("q", "lamp").ok().map(|filter| filter.fingerprint()),
            Some(ProductFilter::default().fingerprint())
        );
    }
}
