//! The filter over a list as an address holds it: shown again as it was typed, changed one part at a time.
//! Must not know how products are found.

mod chips;
mod controls;
mod form;

pub use chips::Way;
pub(super) use chips::{Words, chips, ways_out};
pub(super) use form::{fault_summary, filter_form};

use crate::catalog::filter::FILTER_PARAMETERS;
use crate::catalog::{ATTRIBUTE_PREFIX, Choices, Term};
use crate::web::listing::query_of;

/// Where filters lead.
pub(super) const ACTION: &str = "/products";

/// Where they lead while something is searched for on the page of the search.
const SEARCH: &str = "/search";

/// Where on the page the list begins, with what it is narrowed to.
pub(super) const FOUND: &str = "found";

/// The orders that a list has without being asked, and that of a search.
const DEFAULT_SORT: &str = "newest";
const RELEVANCE: &str = "relevance";

/// Parameters whose values are alternatives; of the others the first value counts.
const REPEATABLE: [&str; 3] = ["category", "brand", "tag"];

/// Everything that narrows a list, and its order. Each value is a part of its own, so that choosing one more or taking
/// one away leaves all others as they are.
#[derive(Clone, Debug, Default)]
pub struct FilterForm<'a> {
    parts: Vec<(&'a str, &'a str)>,
    sort: &'a str,
    /// Whether it stands on the page of the search.
    is_search: bool,
}

impl<'a> FilterForm<'a> {
    /// Takes from an address what is a filter; the rest means nothing here. `own` is the category that the page is about.
    pub fn of(
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
        own: Option<&'a Term>,
        sort: &'a str,
    ) -> Self {
        let given: Vec<_> = parameters.filter(|(_, value)| !value.trim().is_empty()).collect();
        let mut parts: Vec<(&str, &str)> = Vec::new();
        for known in FILTER_PARAMETERS {
            if let (Some(own), "category") = (own, known) {
                parts.push((known, &own.slug));
                continue;
            }
            for part in given.iter().filter(|(name, _)| means(known, name)) {
                let repeatable = REPEATABLE.contains(&known)
                    || Bounded::of(part.0).is_some_and(|found| found.bound.is_none());
                let taken = |other: &(&str, &str)| other.0 == part.0 && (!repeatable || other.1 == part.1);
                if !parts.iter().any(taken) {
                    parts.push(*part);
                }
            }
        }
        FilterForm {
            parts,
            sort: if sort.is_empty() { DEFAULT_SORT } else { sort },
            is_search: false,
        }
    }

    /// The same on the page of the search.
    #[must_use]
    pub fn of_search(self) -> Self {
        FilterForm {
            is_search: true,
            ..self
        }
    }

    /// Where the form leads: without words there is nothing to search for.
    pub(super) fn action(&self) -> &'static str {
        if self.is_search && self.has_words() {
            SEARCH
        } else {
            ACTION
        }
    }

    /// Forgets attributes that the shop does not have.
    pub fn retain_known(&mut self, choices: &Choices) {
        self.parts.retain(|(name, _)| match Bounded::of(name) {
            Some(attribute) => choices.attribute(attribute.key).is_some(),
            None => !name.starts_with(ATTRIBUTE_PREFIX),
        });
    }

    /// Name and value of each part that narrows.
    pub fn parts(&self) -> &[(&'a str, &'a str)] {
        &self.parts
    }

    /// The same without one of its parts.
    pub fn without(&self, part: (&str, &str)) -> Self {
        self.keep(|other| *other != part)
    }

    /// The same without any part of this name.
    pub(super) fn without_all(&self, name: &str) -> Self {
        self.keep(|(found, _)| *found != name)
    }

    /// The address of the list that this filter and sort describe.
    pub fn address(&self) -> String {
        // A search has no order of its own to name, and without words there is no other one to fall back to.
        let is_default = if self.has_words() {
            self.sort == RELEVANCE
        } else {
            [DEFAULT_SORT, RELEVANCE].contains(&self.sort)
        };
        let sort = (!is_default).then_some(("sort", self.sort));
        query_of(self.action(), self.parts.iter().copied().chain(sort))
    }

    /// The same with these values in the place of all others of their names.
    pub(super) fn address_with(&self, values: &[(&str, &str)]) -> String {
        let others = self.keep(|(name, _)| values.iter().all(|(changed, _)| changed != name));
        let parts = others.parts.into_iter().chain(values.iter().copied());
        let changed = FilterForm {
            parts: parts.collect(),
            sort: self.sort,
            is_search: self.is_search,
        };
        changed.address()
    }

    fn keep(&self, keep: impl Fn(&(&'a str, &'a str)) -> bool) -> Self {
        FilterForm {
            parts: self.parts.iter().copied().filter(keep).collect(),
            ..self.clone()
        }
    }

    /// Whether anything but its category narrows the list.
    pub(super) fn is_narrow(&self) -> bool {
        self.parts.iter().any(|(name, _)| *name != "category")
    }

    /// Whether something is searched for.
    fn has_words(&self) -> bool {
        !self.one("q").is_empty()
    }

    fn all(&self, name: &str) -> Vec<&'a str> {
        let named = self.parts.iter().filter(|(found, _)| *found == name);
        named.map(|(_, value)| *value).collect()
    }

    fn one(&self, name: &str) -> &'a str {
        self.all(name).first().copied().unwrap_or_default()
    }
}

/// Whether a parameter is the one that the filter knows by this name.
fn means(known: &str, name: &str) -> bool {
    known == name || (known.starts_with(ATTRIBUTE_PREFIX) && Bounded::of(name).is_some())
}

/// The name of an attribute's parameter, taken apart: `attr.height.min`.
struct Bounded<'a> {
    key: &'a str,
    /// `min` or `max`; without it a value is meant.
    bound: Option<&'a str>,
}

impl<'a> Bounded<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let name = name.strip_prefix(ATTRIBUTE_PREFIX)?;
        match name.split_once('.') {
            None => Some(Bounded {
                key: name,
                bound: None,
            }),
            Some((key, bound @ ("min" | "max"))) => Some(Bounded {
                key,
                bound: Some(bound),
            }),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_everything_that_narrows_and_nothing_else() {
        let given = [
            ("utm_source", "letter"),
            ("sort", "price"),
            ("page", "3"),
            ("min_price", ""),
            ("min_price", "5"),
            ("min_price", "7"),
            ("brand", "Zeal"),
            ("brand", "A&B"),
            ("brand", "Zeal"),
            ("attr.colour", "Red"),
            ("attr.colour", "Blue"),
            ("attr.height.min", "1"),
            ("attr.height.max", "9"),
            ("attr.height.about", "5"),
            ("created_until", "2026-11-22"),
            ("min_popularity", "2"),
            ("in_stock", "false"),
        ];
        let form = FilterForm::of(given.into_iter(), None, "price");
        assert_eq!(
            form.address(),
            "/products?brand=Zeal&brand=A%26B&attr.colour=Red&attr.colour=Blue&attr.height.min=1&attr.height.max=9\
             &min_price=5&in_stock=false&created_until=2026-11-22&min_popularity=2&sort=price"
        );
        assert_eq!(
            form.clone().of_search().address(),
            form.address(),
            "nothing is searched for"
        );
        let less = form.without(("attr.colour", "Red")).address();
        assert_eq!(less, form.address().replace("attr.colour=Red&", ""));
    }

    #[test]
    fn the_form_of_a_search_leads_to_the_search_until_its_words_are_taken_away() {
        let given = [("q", "oak lamp"), ("max_price", "50"), ("brand", "Zeal")];
        let form = FilterForm::of(given.into_iter(), None, "relevance").of_search();
        assert_eq!(form.address(), "/search?brand=Zeal&q=oak%20lamp&max_price=50");
        assert_eq!(
            form.without(given[0]).address(),
            "/products?brand=Zeal&max_price=50"
        );
        assert_eq!(
            form.address_with(&[("min_price", "5"), ("max_price", "9.99")]),
            "/search?brand=Zeal&q=oak%20lamp&min_price=5&max_price=9.99"
        );
    }
}
