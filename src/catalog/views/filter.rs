//! The filter over a list: the form, and what it is set to as chips that can be taken away one by one.

use maud::{Markup, html};

use crate::catalog::{Term, TermTree};
use crate::web::listing::query_of;

/// Where every filter leads.
pub(super) const ACTION: &str = "/products";

const SORTS: [(&str, &str); 5] = [
    ("newest", "Newest first"),
    ("-popularity", "Most looked at"),
    ("price", "Price, low to high"),
    ("-price", "Price, high to low"),
    ("name", "Name, A to Z"),
];

/// The filter as the address has it, shown again as it was typed. Empty text does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct FilterForm<'a> {
    /// Name or slug.
    pub category: &'a str,
    pub min_price: &'a str,
    pub max_price: &'a str,
    pub in_stock: bool,
    pub on_sale: bool,
    /// Name or slug.
    pub brand: &'a str,
    /// Name or slug.
    pub tag: &'a str,
    pub q: &'a str,
    pub created_since: &'a str,
    pub sort: &'a str,
}

impl FilterForm<'_> {
    /// The address of the list that this filter and sort describe.
    pub fn address(&self) -> String {
        query_of(
            ACTION,
            self.pairs().into_iter().filter(|(_, value)| !value.is_empty()),
        )
    }

    fn pairs(&self) -> [(&'static str, &str); 10] {
        [
            ("category", self.category),
            ("q", self.q),
            ("min_price", self.min_price),
            ("max_price", self.max_price),
            ("in_stock", if self.in_stock { "true" } else { "" }),
            ("on_sale", if self.on_sale { "true" } else { "" }),
            ("brand", self.brand),
            ("tag", self.tag),
            ("created_since", self.created_since),
            ("sort", self.sort),
        ]
    }

    pub(super) fn is_narrow(&self) -> bool {
        self.pairs()
            .iter()
            .any(|(name, value)| *name != "sort" && !value.is_empty())
    }

    /// Each part that narrows, in words, with the filter as it would be without it.
    fn parts(&self, categories: &TermTree) -> Vec<(String, Self)> {
        let category = categories
            .terms()
            .iter()
            .find(|known| known.slug == self.category);
        let category = category.map_or(self.category, |known| &known.name);
        let mut parts = Vec::new();
        let mut part = |active: bool, words: String, without: Self| {
            if active {
                parts.push((words, without));
            }
        };
        part(
            !self.q.is_empty(),
            format!("“{}”", self.q),
            Self { q: "", ..*self },
        );
        part(
            !self.category.is_empty(),
            category.to_owned(),
            Self {
                category: "",
                ..*self
            },
        );
        part(
            !self.min_price.is_empty(),
            format!("From {}", self.min_price),
            Self {
                min_price: "",
                ..*self
            },
        );
        part(
            !self.max_price.is_empty(),
            format!("Up to {}", self.max_price),
            Self {
                max_price: "",
                ..*self
            },
        );
        part(
            self.in_stock,
            "In stock".to_owned(),
            Self {
                in_stock: false,
                ..*self
            },
        );
        part(
            self.on_sale,
            "On sale".to_owned(),
            Self {
                on_sale: false,
                ..*self
            },
        );
        part(
            !self.brand.is_empty(),
            format!("By {}", self.brand),
            Self { brand: "", ..*self },
        );
        part(
            !self.tag.is_empty(),
            format!("#{}", self.tag),
            Self { tag: "", ..*self },
        );
        let since = format!("New since {}", self.created_since);
        part(
            !self.created_since.is_empty(),
            since,
            Self {
                created_since: "",
                ..*self
            },
        );
        parts
    }
}

/// The form over a list. `own` is the category that the page is about.
pub(super) fn filter_form(filter: &FilterForm<'_>, own: Option<&Term>, categories: &TermTree) -> Markup {
    let chosen = own.map_or(filter.category, |category| &category.slug);
    let is_chosen =
        |category: &Term| !chosen.is_empty() && (category.slug == chosen || category.name == chosen);
    html! {
        form .filters action=(ACTION) method="get" aria-label="Filter" {
            @for (name, value) in [("q", filter.q), ("created_since", filter.created_since), ("brand", filter.brand), ("tag", filter.tag)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            div .field {
                label for="filter-category" { "Category" }
                select #filter-category name="category" {
                    option value="" { "All categories" }
                    @for (category, depth) in categories.with_depths() {
                        option value=(category.slug) selected[is_chosen(category)] { ("\u{2003}".repeat(depth)) (category.name) }
                    }
                }
            }
            div .field {
                label for="filter-sort" { "Sort by" }
                select #filter-sort name="sort" {
                    @for (value, words) in SORTS { option value=(value) selected[value == filter.sort] { (words) } }
                }
            }
            (price_field("min_price", "Minimum price", filter.min_price))
            (price_field("max_price", "Maximum price", filter.max_price))
            label .check { input type="checkbox" name="in_stock" value="true" checked[filter.in_stock]; "In stock only" }
            label .check { input type="checkbox" name="on_sale" value="true" checked[filter.on_sale]; "On sale only" }
            button .button type="submit" { "Apply" }
        }
    }
}

fn price_field(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div .field {
            label for={ "filter-" (name) } { (label) }
            input id={ "filter-" (name) } name=(name) value=(value) inputmode="decimal" autocomplete="off" maxlength="20";
        }
    }
}

/// What the list is narrowed to; each chip leads to the list without it.
pub(super) fn chips(filter: &FilterForm<'_>, categories: &TermTree) -> Markup {
    let chips = filter.parts(categories);
    let nothing = FilterForm {
        sort: filter.sort,
        ..FilterForm::default()
    };
    html! {
        @if !chips.is_empty() {
            div .chips role="group" aria-label="Filters in use" {
                @for (words, without) in &chips {
                    a .chip href=(without.address()) { span .visually-hidden { "Remove filter: " } (words) }
                }
                @if chips.len() > 1 { a .clear href=(nothing.address()) { "Remove all" } }
            }
        }
    }
}
