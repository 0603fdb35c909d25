//! Which products a list shows and in which order: one model for API, pages and admin. Must not know SQL.

use sha2::{Digest, Sha256};

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
const LONGEST_QUERY: usize = 200;

/// Most categories of one list.
const MOST_CATEGORIES: usize = 20;

/// What a list is narrowed to. Values inside one field are alternatives, fields narrow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    pub scope: Scope,
    /// Names or slugs.
    pub categories: Vec<String>,
    pub text: Option<TextQuery>,
    pub min_price: Option<Money>,
    pub max_price: Option<Money>,
    pub in_stock: Option<bool>,
    pub created_since: Option<Moment>,
    pub created_until: Option<Moment>,
}

/// The query parameters of [`ProductFilter::parse`], also those that the API names as allowed.
pub const FILTER_PARAMETERS: [&str; 7] = [
    "category",
    "q",
    "min_price",
    "max_price",
    "in_stock",
    "created_since",
    "created_until",
];

impl ProductFilter {
    /// Reads a filter; `get` gives all values of a query parameter. Empty values, as forms send them, do not narrow.
    ///
    /// # Errors
    /// 400 that names the parameter and what it should be.
    pub fn parse<'a>(scope: Scope, get: impl Fn(&str) -> Vec<&'a str>) -> Result<ProductFilter> {
        let one = |name: &str| get(name).into_iter().find(|value| !value.trim().is_empty());
        let categories: Vec<String> = get("category")
            .into_iter()
            .filter(|name| !name.trim().is_empty())
            .map(str::to_owned)
            .collect();
        if categories.len() > MOST_CATEGORIES {
            return Err(refused(
                "category",
                &format!("may be given at most {MOST_CATEGORIES} times"),
            ));
        }
        let text = one("q").unwrap_or_default();
        if text.chars().count() > LONGEST_QUERY {
            return Err(refused(
                "q",
                &format!("must have at most {LONGEST_QUERY} characters"),
            ));
        }
        Ok(ProductFilter {
            scope,
            categories,
            text: TextQuery::parse(text),
            min_price: one("min_price")
                .map(|text| price("min_price", text))
                .transpose()?,
            max_price: one("max_price")
                .map(|text| price("max_price", text))
                .transpose()?,
            in_stock: one("in_stock").map(flag).transpose()?,
            created_since: one("created_since")
                .map(|text| moment("created_since", text))
                .transpose()?,
            created_until: one("created_until")
                .map(|text| moment("created_until", text))
                .transpose()?,
        })
    }

    /// Names the filter in a cursor, so that a cursor of another list is noticed.
    pub fn fingerprint(&self) -> String {
        let digest = hex::encode(Sha256::digest(format!("{self:?}")));
        digest.get(..16).unwrap_or_default().to_owned()
    }
}

fn refused(name: &'static str, what: &str) -> Error {
    Error::bad_request("invalid_parameter", format!("`{name}` {what}."))
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

fn flag(text: &str) -> Result<bool> {
    match text {
        "true" | "1" | "on" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(refused("in_stock", "must be true or false")),
    }
}

/// A column that lists can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    CreatedAt,
    Price,
    Name,
}

/// One step of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortStep {
    pub key: SortKey,
    pub descending: bool,
}

/// An order of products: up to three steps; equal rows go by id, in the direction of the first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort(Vec<SortStep>);

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Sort(vec![SortStep {
            key: SortKey::CreatedAt,
            descending: true,
        }])
    }
}

impl Sort {
    /// Reads `-price,name`; `newest` is short for `-created_at`. Empty text is the default.
    ///
    /// # Errors
    /// 400 that names the keys.
    pub fn parse(text: Option<&str>) -> Result<Sort> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Sort::default());
        };
        let mut steps: Vec<SortStep> = Vec::new();
        for word in text.split(',') {
            let (key, descending) = match word.strip_prefix('-') {
                Some(key) => (key, true),
                None => (word, false),
            };
            let (key, descending) = match (key, descending) {
                ("newest", false) => (SortKey::CreatedAt, true),
                ("created_at", _) => (SortKey::CreatedAt, descending),
                ("price", _) => (SortKey::Price, descending),
                ("name", _) => (SortKey::Name, descending),
                _ => {
                    return Err(refused(
                        "sort",
                        "must be made of newest, created_at, price and name, each with - for descending, for example -price,name",
                    ));
                }
            };
            if steps.iter().any(|step| step.key == key) {
                return Err(refused("sort", "names a key twice"));
            }
            steps.push(SortStep { key, descending });
        }
        Ok(Sort(steps))
    }

    /// The steps, first one first; never empty.
    pub fn steps(&self) -> &[SortStep] {
        &self.0
    }

    /// Whether ids of equal rows descend.
    pub fn id_descends(&self) -> bool {
        self.0.first().is_some_and(|step| step.descending)
    }
}

impl std::fmt::Display for Sort {
    /// As [`Sort::parse`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            let key = match step.key {
                SortKey::CreatedAt => "created_at",
                SortKey::Price => "price",
                SortKey::Name => "name",
            };
            write!(
                f,
                "{}{}{key}",
                if index > 0 { "," } else { "" },
                if step.descending { "-" } else { "" }
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_is_read_from_a_whitelist() {
        for (text, sort) in [
            ("newest", "-created_at"),
            ("-price,name", "-price,name"),
            ("name", "name"),
            ("", "-created_at"),
        ] {
            assert_eq!(
                Sort::parse(Some(text))
                    .ok()
                    .map(|sort| sort.to_string())
                    .as_deref(),
                Some(sort),
                "{text}"
            );
        }
        for text in ["id", "price;drop", "price,price", "--price", "price,", "-newest"] {
            assert!(Sort::parse(Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_filter_refuses_what_it_cannot_mean() {
        let parse = |name: &'static str, value: &'static str| {
            ProductFilter::parse(
                Scope::Visible,
                move |asked| if asked == name { vec![value] } else { vec![] },
            )
        };
        for (name, value) in [
            ("min_price", "cheap"),
            ("max_price", "-1"),
            ("in_stock", "maybe"),
            ("created_since", "yesterday"),
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
