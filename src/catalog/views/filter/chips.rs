//! What a list is narrowed to, in words, each with the list as it would be without it. Must not know the form.

use maud::{Markup, html};

use super::{ACTION, Bounded, FilterForm};
use crate::catalog::{Attribute, AttributeKind, Choices, TermTree};
use crate::db::Money;
use crate::web::format;

/// A part of the filter without which there are products.
pub struct Way<'a> {
    pub part: (&'a str, &'a str),
    pub products: i64,
}

/// Who knows what values are called.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub categories: &'a TermTree,
    pub choices: &'a Choices,
    pub currency: &'a str,
}

impl Words<'_> {
    /// A part of the filter as people say it.
    pub fn of(&self, (name, value): (&str, &str)) -> String {
        match (name, value) {
            ("q", _) => format!("“{value}”"),
            ("category", _) => self.category(value),
            ("brand", _) => format!("By {}", known(&self.choices.brands.values, value)),
            ("tag", _) => format!("#{}", known(&self.choices.tags.values, value)),
            ("min_price", _) => format!("From {}", self.price(value)),
            ("max_price", _) => format!("Up to {}", self.price(value)),
            ("in_stock", "false" | "0") => "Sold out".to_owned(),
            ("in_stock", _) => "In stock".to_owned(),
            ("on_sale", "false" | "0") => "Not on sale".to_owned(),
            ("on_sale", _) => "On sale".to_owned(),
            ("created_since", _) => format!("New since {value}"),
            ("created_until", _) => format!("New until {value}"),
            ("min_popularity", _) => format!("Looked at {value} times or more"),
            _ => self.attribute(name, value),
        }
    }

    fn category(&self, value: &str) -> String {
        let found = self.categories.terms().iter().find(|known| known.slug == value);
        found.map_or(value, |known| &known.name).to_owned()
    }

    fn price(&self, value: &str) -> String {
        Money::parse(value.trim()).map_or_else(
            |_| value.to_owned(),
            |amount| format::price(amount, self.currency),
        )
    }

    fn attribute(&self, name: &str, value: &str) -> String {
        let named =
            Bounded::of(name).and_then(|found| Some((self.choices.attribute(found.key)?, found.bound)));
        let Some((choices, bound)) = named else {
            return format!("{name}: {value}");
        };
        let attribute = &choices.attribute;
        let value = with_unit(attribute, value);
        match bound {
            Some("min") => format!("{} from {value}", attribute.name),
            Some(_) => format!("{} up to {value}", attribute.name),
            None => format!(
                "{}: {}",
                attribute.name,
                known(&attribute.possible_values(), &value)
            ),
        }
    }
}

/// A typed value with the unit of its attribute.
fn with_unit(attribute: &Attribute, value: &str) -> String {
    match &attribute.unit {
        Some(unit) if attribute.kind == AttributeKind::Number => format!("{value} {unit}"),
        _ => value.to_owned(),
    }
}

/// The value as the shop writes it.
fn known<'a>(values: &'a [String], value: &'a str) -> &'a str {
    values
        .iter()
        .find(|known| super::controls::is_same(known, value))
        .map_or(value, String::as_str)
}

/// What the list is narrowed to; each chip leads to the list without it.
pub fn chips(filter: &FilterForm<'_>, words: Words<'_>) -> Markup {
    let nothing = filter.keep(|_| false);
    html! {
        @if !filter.parts().is_empty() {
            div .chips role="group" aria-label="Filters in use" {
                @for part in filter.parts() {
                    a .chip href=(filter.without(*part).address()) { span .visually-hidden { "Remove filter: " } (words.of(*part)) }
                }
                @if filter.parts().len() > 1 { a .clear href=(nothing.address()) { "Remove all" } }
            }
        }
    }
}

/// What to do about a list that a filter leaves empty: which part to take away, and lists that have something.
pub fn ways_out(filter: &FilterForm<'_>, words: Words<'_>, ways: &[Way<'_>]) -> Markup {
    let chosen = filter.one("category");
    let category = words.categories.terms().iter().find(|known| known.slug == chosen);
    html! {
        @if ways.is_empty() {
            p { "No product passes all of these filters. Remove one above, or look at everything." }
        } @else {
            p { "No product passes all of these filters. Without one of them there is more:" }
            ul {
                @for way in ways {
                    li {
                        a href=(filter.without(way.part).address()) { "Without “" (words.of(way.part)) "”" }
                        ": " (format::count(way.products, "product", "products"))
                    }
                }
            }
        }
        p .ways {
            @if let Some(category) = category {
                a .button href={ "/categories/" (category.slug) } { "Everything in " (category.name) }
            }
            a .button .quiet[category.is_some()] href=(ACTION) { "All products" }
        }
    }
}
