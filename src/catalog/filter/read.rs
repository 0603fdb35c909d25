//! A filter as query parameters give it, every fault beside the name of its parameter. Must not know SQL.

use std::collections::BTreeMap;

use super::{AttributeFilter, LONGEST_QUERY, MOST_ALTERNATIVES, MOST_ATTRIBUTES, ProductFilter, Scope};
use crate::catalog::input::ATTRIBUTE_PREFIX;
use crate::catalog::model::thousandths;
use crate::catalog::text::TextQuery;
use crate::db::{Moment, Money};
use crate::error::{FieldError, Result};

pub(super) fn filter<'a>(
    scope: Scope,
    parameters: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<ProductFilter, Vec<FieldError>> {
    let mut given = Given {
        pairs: parameters.filter(|(_, value)| !value.trim().is_empty()).collect(),
        faults: Vec::new(),
    };
    // In the order of the form, which tells them in this order.
    let filter = ProductFilter {
        scope,
        categories: given.alternatives("category"),
        brands: given.alternatives("brand"),
        text: given.one("q", text).flatten(),
        min_price: given.one("min_price", price),
        max_price: given.one("max_price", price),
        in_stock: given.one("in_stock", flag),
        most_stock: None,
        on_sale: given.one("on_sale", flag),
        tags: given.alternatives("tag"),
        attributes: given.attributes(),
        created_since: given.one("created_since", moment),
        created_until: given.one("created_until", end_of),
        min_popularity: given.one("min_popularity", popularity),
    };
    if given.faults.is_empty() {
        Ok(filter)
    } else {
        Err(given.faults)
    }
}

/// What was given, and what of it could not be understood so far.
struct Given<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    faults: Vec<FieldError>,
}

impl<'a> Given<'a> {
    fn fault(&mut self, name: &str, what: impl Into<String>) {
        self.faults
            .push(FieldError::new(format!("/{name}"), "format", what));
    }

    /// The first value of a parameter, understood.
    fn one<T>(&mut self, name: &str, understand: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let (_, value) = self.pairs.iter().find(|(found, _)| *found == name)?;
        understand(value).map_err(|what| self.fault(name, what)).ok()
    }

    fn alternatives(&mut self, name: &str) -> Vec<String> {
        let named = self.pairs.iter().filter(|(found, _)| *found == name);
        let values: Vec<String> = named.map(|(_, value)| (*value).to_owned()).collect();
        if values.len() > MOST_ALTERNATIVES {
            self.fault(name, format!("may be given at most {MOST_ALTERNATIVES} times"));
        }
        values
    }

    fn attributes(&mut self) -> BTreeMap<String, AttributeFilter> {
        let mut filters: BTreeMap<String, AttributeFilter> = BTreeMap::new();
        let named =
            |(name, value): &(&'a str, &'a str)| Some((*name, name.strip_prefix(ATTRIBUTE_PREFIX)?, *value));
        let named: Vec<_> = self.pairs.iter().filter_map(named).collect();
        for (name, key, value) in named {
            let (key, bound) = match key.rsplit_once('.') {
                Some((key, bound)) => (key, Some(bound)),
                None => (key, None),
            };
            let filter = filters.entry(key.to_owned()).or_default();
            match bound {
                None => filter.values.push(value.to_owned()),
                Some("min") => filter.min = self.number(name, value),
                Some("max") => filter.max = self.number(name, value),
                Some(_) => self.fault(name, "must end with the attribute's key, .min or .max"),
            }
            if filter.values.len() == MOST_ALTERNATIVES + 1 {
                self.fault(name, format!("may be given at most {MOST_ALTERNATIVES} times"));
            }
        }
        if filters.len() > MOST_ATTRIBUTES {
            self.fault(
                "attr.*",
                format!("may narrow a list by at most {MOST_ATTRIBUTES} attributes"),
            );
        }
        filters
    }

    fn number(&mut self, name: &str, value: &str) -> Option<i64> {
        let number = thousandths(value.trim());
        if number.is_none() {
            self.fault(name, "must be a number such as 12.5");
        }
        number
    }
}

fn text(text: &str) -> Result<Option<TextQuery>, String> {
    if text.chars().count() > LONGEST_QUERY {
        return Err(format!("must have at most {LONGEST_QUERY} characters"));
    }
    Ok(TextQuery::parse(text))
}

fn price(text: &str) -> Result<Money, String> {
    Money::parse(text.trim()).map_err(|error| error.to_string())
}

fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text.trim())
        .ok_or_else(|| "must be a date or time such as 2026-11-22 or 2026-11-22T10:00:00Z".to_owned())
}

/// A time, or the end of a day: whoever asks for what came until a day means that day too.
fn end_of(text: &str) -> Result<Moment, String> {
    let last = Moment::parse(&format!("{}T23:59:59.999999Z", text.trim()));
    last.map_or_else(|| moment(text), Ok)
}

fn flag(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "on" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

fn popularity(text: &str) -> Result<f64, String> {
    thousandths(text.trim())
        .filter(|thousandths| *thousandths >= 0)
        .map(|thousandths| thousandths as f64 / 1000.0)
        .ok_or_else(|| "must be a number of views such as 5 or 0.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_a_day_means_that_day_too() {
        let until = |text: &'static str| {
            let read = filter(Scope::Visible, [("created_until", text)].into_iter());
            read.unwrap().created_until.unwrap().to_rfc3339()
        };
        assert_eq!(until("2026-11-22"), "2026-11-22T23:59:59.999999Z");
        assert_eq!(until("2026-11-22T10:00:00Z"), "2026-11-22T10:00:00Z");
    }
}
