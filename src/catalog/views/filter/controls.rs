//! Controls of a filter: one value or several of those that there are. A control carries every value that is chosen,
//! also those that it does not offer. Must not know what is filtered.

use maud::{Markup, html};

use super::FilterForm;
use crate::catalog::{Counts, text};
use crate::web::format;

/// More values than this make a list to open instead of boxes to tick.
const MOST_BOXES: usize = 24;

/// A choice among values.
pub struct Choice<'a> {
    pub name: &'a str,
    pub label: &'a str,
    /// What stands for no choice.
    pub any: &'a str,
    pub values: &'a [String],
    /// There are more than are named here: the value is typed, with these as suggestions.
    pub has_more: bool,
    /// How many products each value would leave, where that is known.
    pub counts: Option<&'a Counts>,
}

impl Choice<'_> {
    /// Nothing can be chosen and nothing is.
    pub fn is_idle(&self, filter: &FilterForm<'_>) -> bool {
        self.values.is_empty() && filter.all(self.name).is_empty()
    }

    /// Boxes to tick, several at once; beyond [`MOST_BOXES`] one value.
    pub fn several(&self, filter: &FilterForm<'_>) -> Markup {
        if self.has_more || self.values.len() > MOST_BOXES {
            return self.one(filter);
        }
        let chosen = filter.all(self.name);
        let unknown = chosen
            .iter()
            .filter(|value| !self.values.iter().any(|known| is_same(known, value)));
        html! {
            fieldset .facet {
                legend { (self.label) }
                @for value in self.values {
                    (tick(self.name, value, chosen.iter().any(|chosen| is_same(value, chosen)), self.count(value)))
                }
                @for value in unknown { (tick(self.name, value, true, self.count(value))) }
            }
        }
    }

    /// One value, from a list or typed; further ones that are chosen travel along.
    pub fn one(&self, filter: &FilterForm<'_>) -> Markup {
        let chosen = filter.all(self.name);
        let first = chosen.first().copied().unwrap_or_default();
        let id = field_id(self.name);
        html! {
            div .field {
                label for=(id) { (self.label) }
                @if self.has_more { (self.typed(&id, first)) } @else { (self.listed(&id, first)) }
                @for more in chosen.iter().skip(1) { input type="hidden" name=(self.name) value=(more); }
            }
        }
    }

    fn count(&self, value: &str) -> Option<i64> {
        self.counts.map(|counts| number(counts.count(self.name, value)))
    }

    fn listed(&self, id: &str, chosen: &str) -> Markup {
        let is_known = self.values.iter().any(|known| is_same(known, chosen));
        html! {
            select id=(id) name=(self.name) {
                option value="" { (self.any) }
                @if !chosen.is_empty() && !is_known { option value=(chosen) selected { (chosen) } }
                @for value in self.values {
                    option value=(value) selected[is_same(value, chosen)] { (value) @if let Some(count) = self.count(value) { " (" (format::number(count)) ")" } }
                }
            }
        }
    }

    fn typed(&self, id: &str, chosen: &str) -> Markup {
        html! {
            input id=(id) name=(self.name) value=(chosen) list={ (id) "-list" } autocomplete="off" placeholder=(self.any);
            datalist id={ (id) "-list" } { @for value in self.values { option value=(value); } }
        }
    }
}

fn tick(name: &str, value: &str, is_chosen: bool, count: Option<i64>) -> Markup {
    html! {
        label .check { input type="checkbox" name=(name) value=(value) checked[is_chosen]; span { (value) (counted(count)) } }
    }
}

/// How many products a choice would leave, behind its name.
pub fn counted(count: Option<i64>) -> Markup {
    html! { @if let Some(count) = count { " " span .facet-count { "(" (format::number(count)) ")" } } }
}

pub fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub fn field_id(name: &str) -> String {
    format!("field-{name}")
}

/// Whether a value that was asked for is this one, by its name or by the address made of it.
pub fn is_same(known: &str, asked: &str) -> bool {
    !asked.is_empty() && (text::fold(known) == text::fold(asked) || text::slugify(known, "") == asked)
}
