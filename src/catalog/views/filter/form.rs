//! The form over a list. Filters used most stand open, the others behind "More filters"; whatever has no control of its
//! own travels along unseen. Must not know products.

use maud::{Markup, html};

use super::controls::{Choice, counted, field_id, number};
use super::{Bounded, FOUND, FilterForm, RELEVANCE};
use crate::catalog::views::list::List;
use crate::catalog::{
    ATTRIBUTE_PREFIX, Attribute, AttributeChoices, AttributeKind, AttributeValue, Choices, Counts, Term,
};
use crate::db::{Moment, Money};
use crate::web::form::{self, TextField, hidden, text_field};
use crate::web::format;

/// Where the form is on its page.
const FILTERS: &str = "filters";

/// Only of a search.
const BY_RELEVANCE: (&str, &str) = (RELEVANCE, "Best match first");

const SORTS: [(&str, &str); 5] = [
    ("newest", "Newest first"),
    ("-popularity", "Most looked at"),
    ("price", "Price, low to high"),
    ("-price", "Price, high to low"),
    ("name", "Name, A to Z"),
];

/// Parameters that have a control for every shop. Of the others, `q` is typed in the search box of the page's head, and
/// `min_popularity` is a count of fading views that means nothing to customers, who sort by it instead.
const LABELS: [(&str, &str); 10] = [
    ("category", "Category"),
    ("brand", "Brand"),
    ("min_price", "Minimum price"),
    ("max_price", "Maximum price"),
    ("sort", "Sort by"),
    ("in_stock", "In stock only"),
    ("on_sale", "On sale only"),
    ("tag", "Tags"),
    ("created_since", "New since"),
    ("created_until", "New until"),
];

/// All faults of the filter, each a link to its field.
pub fn fault_summary(list: &List<'_>) -> Markup {
    let numbers = numbers(list).into_iter();
    let bounds: Vec<(String, String)> = numbers
        .flat_map(|choices| [bound(choices, "min"), bound(choices, "max")])
        .collect();
    let mut labels = LABELS.to_vec();
    labels.extend(bounds.iter().map(|(name, label)| (name.as_str(), label.as_str())));
    form::fault_summary(list.faults, &labels)
}

pub fn filter_form(list: &List<'_>) -> Markup {
    let brands = brands(list);
    html! {
        // On a phone the products come first: the form unfolds where its address leads to it, no script needed.
        a .button .quiet .unfold href={ "#" (FILTERS) } { "Filter and sort" }
        form #(FILTERS) .filters .folds[list.faults.is_empty()] action={ (list.filter.action()) "#" (FOUND) } method="get" aria-label="Filter" {
            (category_field(list))
            @if !brands.is_idle(&list.filter) { (brands.one(&list.filter)) }
            (typed(list, "min_price", "Minimum price"))
            (typed(list, "max_price", "Maximum price"))
            (sort_field(&list.filter))
            (bands(list))
            div .checks {
                (flag(&list.filter, "in_stock", "In stock only", counts(list).map(|counts| counts.in_stock)))
                (flag(&list.filter, "on_sale", "On sale only", counts(list).map(|counts| counts.on_sale)))
            }
            (more_filters(list))
            (carried(list))
            button .button type="submit" { "Apply" }
            a .button .quiet .refold href={ "#" (FOUND) } { "Close without applying" }
        }
    }
}

fn category_field(list: &List<'_>) -> Markup {
    let chosen = list.filter.all("category");
    let first = chosen.first().copied().unwrap_or_default();
    let is_chosen = |category: &Term| !first.is_empty() && (category.slug == first || category.name == first);
    let is_known = list.categories.terms().iter().any(is_chosen);
    html! {
        div .field {
            label for="field-category" { "Category" }
            select #field-category name="category" {
                option value="" { "All categories" }
                @if !first.is_empty() && !is_known { option value=(first) selected { (first) } }
                @for (category, depth) in list.categories.with_depths() {
                    @let count = counts(list).map(|counts| number(counts.count("category", &category.slug)));
                    @if count != Some(0) || is_chosen(category) {
                        option value=(category.slug) selected[is_chosen(category)] {
                            ("\u{2003}".repeat(depth)) (category.name) @if let Some(count) = count { " (" (format::number(count)) ")" }
                        }
                    }
                }
            }
            @for more in chosen.iter().skip(1) { (hidden("category", more)) }
        }
    }
}

fn sort_field(filter: &FilterForm<'_>) -> Markup {
    let chosen = filter.sort;
    let relevance = filter.has_words().then_some(BY_RELEVANCE);
    let sorts = || relevance.into_iter().chain(SORTS);
    let is_known = sorts().any(|(value, _)| value == chosen);
    html! {
        div .field {
            label for="field-sort" { "Sort by" }
            select #field-sort name="sort" {
                @for (value, words) in sorts() { option value=(value) selected[value == chosen] { (words) } }
                @if !is_known { option value=(chosen) selected { "As in the address" } }
            }
        }
    }
}

/// A box to tick. What an address asked for instead, such as only what is sold out, comes behind it and gives way.
fn flag(filter: &FilterForm<'_>, name: &str, label: &str, count: Option<usize>) -> Markup {
    let chosen = filter.one(name);
    let is_on = ["1", "true", "on"].contains(&chosen);
    // No dead end: what would leave nothing is not offered.
    let is_offered = is_on || count != Some(0);
    html! {
        @if is_offered {
            label .check { input id=(field_id(name)) type="checkbox" name=(name) value="true" checked[is_on]; span { (label) (counted(count.map(number))) } }
        }
        @if !is_on && !chosen.is_empty() { (hidden(name, chosen)) }
    }
}

fn typed(list: &List<'_>, name: &str, label: &str) -> Markup {
    text_field(&TextField {
        faults: list.faults,
        inputmode: Some("decimal"),
        ..TextField::new(name, label, list.filter.one(name))
    })
}

/// Ranges of prices with what is in them, each a link: one tap instead of two numbers.
fn bands(list: &List<'_>) -> Markup {
    let bands = counts(list).map_or(&[][..], |counts| &counts.bands);
    let amount = |minor: i64| Money::from_minor_units(minor).unwrap_or_default();
    html! {
        @if bands.len() > 1 {
            ul .bands role="list" aria-label="Prices" {
                @for band in bands {
                    @let (from, to) = (amount(band.from), amount(band.below - 1));
                    @let values = [("min_price", from.to_string()), ("max_price", to.to_string())];
                    @let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
                    @let is_chosen = values.iter().all(|(name, value)| list.filter.one(name) == *value);
                    li {
                        a .way href={ (list.filter.address_with(&values)) "#" (FOUND) } aria-current=[is_chosen.then_some("true")] {
                            @if band.from == 0 { "Up to " } @else { (format::price(from, list.currency)) " to " }
                            (format::price(to, list.currency)) (counted(Some(number(band.count))))
                        }
                    }
                }
            }
        }
    }
}

/// A day. What is no day, such as a time of an address or a slip, is shown as it is.
fn date_field(list: &List<'_>, name: &str, label: &str) -> Markup {
    let value = list.filter.one(name);
    let is_day = value.is_empty() || Moment::parse(value).is_some_and(|moment| moment.to_date() == value);
    text_field(&TextField {
        kind: if is_day { "date" } else { "text" },
        faults: list.faults,
        ..TextField::new(name, label, value)
    })
}

fn more_filters(list: &List<'_>) -> Markup {
    let tags = tags(list);
    let controlled =
        |name: &str| ["tag", "created_since", "created_until"].contains(&name) || has_control(list, name);
    let in_use = list
        .filter
        .parts()
        .iter()
        .filter(|(name, _)| controlled(name))
        .count();
    html! {
        details .more-filters open[in_use > 0] {
            summary { "More filters" @if in_use > 0 { " (" (in_use) ")" } }
            div .facets {
                @for (name, choices) in choosable(list) { (choice(&name, choices, counts(list)).several(&list.filter)) }
                @if !tags.is_idle(&list.filter) { (tags.several(&list.filter)) }
                @for choices in numbers(list) { (range(list, choices)) }
                fieldset .facet.pair {
                    legend { "New in the shop" }
                    (date_field(list, "created_since", "New since"))
                    (date_field(list, "created_until", "New until"))
                }
            }
        }
    }
}

/// Smallest and largest number of an attribute, with what there is.
fn range(list: &List<'_>, choices: &AttributeChoices) -> Markup {
    let attribute = &choices.attribute;
    let unit = attribute.unit.as_deref().unwrap_or_default();
    let number = |thousandths: i64| AttributeValue::Number(thousandths).to_string();
    html! {
        fieldset .facet.pair {
            legend { (attribute.name) @if !unit.is_empty() { " in " (unit) } }
            @for side in ["min", "max"] {
                @let (name, label) = bound(choices, side);
                (typed(list, &name, &label))
            }
            @if let Some((least, most)) = choices.range { p .hint { "Between " (number(least)) " and " (number(most)) " " (unit) } }
        }
    }
}

/// The parts without a control of their own.
fn carried(list: &List<'_>) -> Markup {
    let is_fixed = |name: &str| LABELS.iter().any(|(known, _)| *known == name);
    let others = list
        .filter
        .parts()
        .iter()
        .filter(|(name, _)| !is_fixed(name) && !has_control(list, name));
    html! { @for (name, value) in others { (hidden(name, value)) } }
}

/// What a control offers: what the products hold that are left; once it is in use, what it can be changed to. What was
/// counted knows that too, since each choice is counted without its own filter.
fn source<'a>(list: &List<'a>, names: &[&str]) -> &'a Choices {
    let in_use = list.filter.parts().iter().any(|(name, _)| names.contains(name));
    let own = list.own_choices.filter(|own| !in_use || own.counts.is_some());
    own.unwrap_or(list.choices)
}

fn counts<'a>(list: &List<'a>) -> Option<&'a Counts> {
    list.own_choices?.counts.as_ref()
}

fn brands<'a>(list: &List<'a>) -> Choice<'a> {
    let offered = &source(list, &["brand"]).brands;
    Choice {
        name: "brand",
        label: "Brand",
        any: "All brands",
        values: &offered.values,
        has_more: offered.has_more,
        counts: counts(list),
    }
}

fn tags<'a>(list: &List<'a>) -> Choice<'a> {
    let offered = &source(list, &["tag"]).tags;
    Choice {
        name: "tag",
        label: "Tags",
        any: "All tags",
        values: &offered.values,
        has_more: offered.has_more,
        counts: counts(list),
    }
}

fn choice<'a>(name: &'a str, choices: &'a AttributeChoices, counts: Option<&'a Counts>) -> Choice<'a> {
    Choice {
        name,
        label: &choices.attribute.name,
        any: "Any",
        values: &choices.values,
        has_more: choices.has_more,
        counts,
    }
}

/// The attributes with values to choose from, by their parameter.
fn choosable<'a>(list: &List<'a>) -> Vec<(String, &'a AttributeChoices)> {
    let known = list.choices.attributes.iter();
    let choosable = known.filter(|known| known.attribute.kind != AttributeKind::Number);
    let named = choosable.filter_map(|known| {
        let name = format!("{ATTRIBUTE_PREFIX}{}", known.attribute.key);
        let choices = source(list, &[&name]).attribute(&known.attribute.key)?;
        (!choice(&name, choices, None).is_idle(&list.filter)).then_some((name, choices))
    });
    named.collect()
}

/// The attributes whose numbers differ, and those that are in use.
fn numbers<'a>(list: &List<'a>) -> Vec<&'a AttributeChoices> {
    let known = list.choices.attributes.iter();
    let numbers = known.filter(|known| known.attribute.kind == AttributeKind::Number);
    let useful = numbers.filter_map(|known| {
        let names = ["min", "max"].map(|side| bound(known, side).0);
        let names = names.each_ref().map(String::as_str);
        let choices = source(list, &names).attribute(&known.attribute.key)?;
        let in_use = list.filter.parts().iter().any(|(name, _)| names.contains(name));
        let differ = choices.range.is_some_and(|(least, most)| least < most);
        (in_use || differ).then_some(choices)
    });
    useful.collect()
}

/// The parameter of one end of an attribute's numbers, and how it is called.
fn bound(choices: &AttributeChoices, side: &str) -> (String, String) {
    let words = if side == "min" { "from" } else { "to" };
    let Attribute { key, name, .. } = &choices.attribute;
    (
        format!("{ATTRIBUTE_PREFIX}{key}.{side}"),
        format!("{name} {words}"),
    )
}

/// Whether a parameter of an attribute has a field in this form.
fn has_control(list: &List<'_>, name: &str) -> bool {
    let found = Bounded::of(name).and_then(|found| Some((list.choices.attribute(found.key)?, found.bound)));
    found.is_some_and(|(choices, bound)| match choices.attribute.kind {
        AttributeKind::Choice | AttributeKind::YesNo | AttributeKind::Text => bound.is_none(),
        AttributeKind::Number => bound.is_some(),
    })
}
