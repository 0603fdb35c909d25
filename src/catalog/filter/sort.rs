//! The order of a list. Must not know SQL.

use super::refused;
use crate::error::Result;

/// A column that lists can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    CreatedAt,
    /// What customers pay, at most a second behind.
    Price,
    Name,
    /// Stands alone: its order is kept in a table of its own.
    Popularity,
}

/// The words of [`Sort::parse`].
pub const SORT_KEYS: [&str; 7] = [
    "newest",
    "created_at",
    "price",
    "name",
    "popular",
    "popularity",
    "relevance",
];

/// Stands alone: the order of a search.
const RELEVANCE: &str = "relevance";

/// One step of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortStep {
    pub key: SortKey,
    pub descending: bool,
}

/// An order of products: up to three steps; equal rows go by id, in the direction of the first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    steps: Vec<SortStep>,
    /// How well products fit what is searched for; who finds them knows. Where nobody does, by the steps.
    by_relevance: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Sort {
            steps: vec![SortStep {
                key: SortKey::CreatedAt,
                descending: true,
            }],
            by_relevance: false,
        }
    }
}

impl Sort {
    /// Reads `-price,name`; `newest` is short for `-created_at`, `popular` for `-popularity`. Empty text is the default,
    /// and so is `relevance` where nothing is searched for.
    ///
    /// # Errors
    /// 400 that names the keys.
    pub fn parse(text: Option<&str>) -> Result<Sort> {
        Sort::parse_for(text, false)
    }

    /// The same for a list that may have an order by relevance: that is its default then.
    ///
    /// # Errors
    /// As [`Sort::parse`].
    pub fn parse_for(text: Option<&str>, has_relevance: bool) -> Result<Sort> {
        let Some(text) = text.filter(|text| !text.is_empty() && *text != RELEVANCE) else {
            return Ok(Sort {
                by_relevance: has_relevance,
                ..Sort::default()
            });
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
                ("popular", false) => (SortKey::Popularity, true),
                ("popularity", _) => (SortKey::Popularity, descending),
                _ => {
                    return Err(refused(
                        "sort",
                        "must be made of newest, created_at, price and name, each with - for descending, for example -price,name; or popular or relevance alone",
                    ));
                }
            };
            if steps.iter().any(|step| step.key == key) {
                return Err(refused("sort", "names a key twice"));
            }
            steps.push(SortStep { key, descending });
        }
        if steps.len() > 1 && steps.iter().any(|step| step.key == SortKey::Popularity) {
            return Err(refused("sort", "takes popularity only by itself"));
        }
        Ok(Sort {
            steps,
            by_relevance: false,
        })
    }

    /// The steps, first one first; never empty. Of an order by relevance those that stand in for it.
    pub fn steps(&self) -> &[SortStep] {
        &self.steps
    }

    /// What is asked of who knows relevance: the steps, none for that.
    pub fn wanted(&self) -> &[SortStep] {
        if self.by_relevance { &[] } else { &self.steps }
    }

    /// Whether ids of equal rows descend.
    pub fn id_descends(&self) -> bool {
        self.steps.first().is_some_and(|step| step.descending)
    }
}

impl std::fmt::Display for Sort {
    /// As [`Sort::parse`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.by_relevance {
            return f.write_str(RELEVANCE);
        }
        for (index, step) in self.steps.iter().enumerate() {
            let key = match step.key {
                SortKey::CreatedAt => "created_at",
                SortKey::Price => "price",
                SortKey::Name => "name",
                SortKey::Popularity => "popularity",
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
            ("popular", "-popularity"),
            ("", "-created_at"),
            ("relevance", "-created_at"),
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
        for text in [
            "id",
            "popular,name",
            "price;drop",
            "price,price",
            "--price",
            "price,",
            "-newest",
            "-relevance",
            "relevance,name",
        ] {
            assert!(Sort::parse_for(Some(text), true).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_searched_for_comes_in_the_order_of_relevance_unless_another_is_asked_for() {
        for (text, sort) in [
            (None, "relevance"),
            (Some("relevance"), "relevance"),
            (Some("newest"), "-created_at"),
        ] {
            let read = Sort::parse_for(text, true).unwrap();
            assert_eq!(read.to_string(), sort);
            assert_eq!(
                read.steps(),
                Sort::default().steps(),
                "where nobody knows relevance"
            );
            assert_eq!(read.wanted().is_empty(), sort == "relevance");
        }
    }
}
