//! Filters, read from columns: which products of a part a list leaves out, and because of which filter. A product
//! that one filter alone leaves out is what that filter's own counts need. Must not know words.

use std::ops::Range;
use std::sync::Arc;

use tantivy::DocId;
use tantivy::columnar::{ColumnValues, TermOrdHit};

use super::part::{Numbers, Part};
use super::rows::{Facetted, Rows};
use super::schema::{SEPARATOR, number_term};
use crate::catalog::finder::{AttributeNarrow, Narrow};

/// A filter, told apart from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Categories,
    Brands,
    Tags,
    /// By its place among the asked ones.
    Attribute(usize),
    Price,
    Stock,
    Sale,
    Created,
    Popularity,
}

/// What becomes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Kept,
    /// This filter leaves it out, no other.
    OnlyFor(Dimension),
    LeftOut,
}

/// The filters of a list, ready for one part.
pub(super) struct Filters<'a> {
    checks: Vec<(Dimension, Check<'a>)>,
}

enum Check<'a> {
    /// Any of the product's terms in any of the ranges.
    Terms(&'a Rows, Vec<Range<u32>>),
    Number(&'a Numbers, i64, i64),
    Flag(&'a Arc<dyn ColumnValues<bool>>, bool),
    AtLeast(&'a Arc<dyn ColumnValues<f64>>, f64),
}

impl<'a> Filters<'a> {
    pub fn new(narrow: &Narrow, part: &'a Part) -> tantivy::Result<Filters<'a>> {
        let mut filters = Filters { checks: Vec::new() };
        for (dimension, column, keys) in [
            (Dimension::Categories, Facetted::Categories, &narrow.categories),
            (Dimension::Brands, Facetted::Brands, &narrow.brands),
            (Dimension::Tags, Facetted::Tags, &narrow.tags),
        ] {
            if !keys.is_empty() {
                let prefixes = keys.iter().map(|key| format!("{key}{SEPARATOR}"));
                let ranges = prefixes.map(|prefix| (prefix.clone(), beyond(&prefix)));
                filters.add_terms(dimension, (part, column), ranges)?;
            }
        }
        for (at, (key, asked)) in narrow.attributes.iter().enumerate() {
            let ranges = attribute_ranges(key, asked).into_iter();
            filters.add_terms(Dimension::Attribute(at), (part, Facetted::Attributes), ranges)?;
        }
        filters.add_columns(narrow, part);
        Ok(filters)
    }

    fn add_terms(
        &mut self,
        dimension: Dimension,
        (part, column): (&'a Part, Facetted),
        ranges: impl Iterator<Item = (String, String)>,
    ) -> tantivy::Result<()> {
        let ranges = ranges.map(|(from, below)| term_range(part, column, &from, &below));
        let check = Check::Terms(&part.rows, ranges.collect::<tantivy::Result<_>>()?);
        self.checks.push((dimension, check));
        Ok(())
    }

    fn add_columns(&mut self, narrow: &Narrow, part: &'a Part) {
        for (dimension, column, from, to) in [
            (Dimension::Price, &part.prices, narrow.min_price, narrow.max_price),
            (
                Dimension::Created,
                &part.created,
                narrow.created_since,
                narrow.created_until,
            ),
            (
                Dimension::Stock,
                &part.stock,
                narrow.in_stock.filter(|wanted| *wanted).map(|_| 1),
                narrow.in_stock.filter(|wanted| !*wanted).map(|_| 0),
            ),
        ] {
            if from.is_some() || to.is_some() {
                let check = Check::Number(column, from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
                self.checks.push((dimension, check));
            }
        }
        if let Some(wanted) = narrow.on_sale {
            self.checks
                .push((Dimension::Sale, Check::Flag(&part.on_sale, wanted)));
        }
        if let Some(least) = narrow.min_popularity {
            self.checks
                .push((Dimension::Popularity, Check::AtLeast(&part.popularity, least)));
        }
    }

    pub fn judge(&self, document: DocId) -> Verdict {
        let mut verdict = Verdict::Kept;
        for (dimension, check) in &self.checks {
            if !check.holds(document) {
                verdict = match verdict {
                    Verdict::Kept => Verdict::OnlyFor(*dimension),
                    _ => return Verdict::LeftOut,
                };
            }
        }
        verdict
    }
}

impl Check<'_> {
    fn holds(&self, document: DocId) -> bool {
        match self {
            Check::Terms(rows, ranges) => rows
                .terms(document)
                .iter()
                .any(|term| ranges.iter().any(|range| range.contains(term))),
            Check::Number(column, from, to) => (*from..=*to).contains(&column.get_val(document)),
            Check::Flag(column, wanted) => column.get_val(document) == *wanted,
            Check::AtLeast(column, least) => column.get_val(document) >= *least,
        }
    }
}

/// The terms of an attribute's values, and of its numbers in bounds. Bounds without a value of their own are numbers.
fn attribute_ranges(key: &str, asked: &AttributeNarrow) -> Vec<(String, String)> {
    let mut ranges: Vec<(String, String)> = Vec::new();
    for value in &asked.values {
        let prefix = format!("{key}{SEPARATOR}t{value}{SEPARATOR}");
        ranges.push((prefix.clone(), beyond(&prefix)));
    }
    if asked.min.is_some() || asked.max.is_some() {
        let from = format!("{key}{SEPARATOR}{}", number_term(asked.min.unwrap_or(i64::MIN)));
        let to = format!("{key}{SEPARATOR}{}", number_term(asked.max.unwrap_or(i64::MAX)));
        ranges.push((from, format!("{to}{SEPARATOR}")));
    }
    ranges
}

/// Everything that begins with the key of an attribute.
pub(super) fn attribute_range(part: &Part, key: &str) -> tantivy::Result<Range<u32>> {
    let prefix = format!("{key}{SEPARATOR}");
    term_range(part, Facetted::Attributes, &prefix, &beyond(&prefix))
}

/// The terms of the part between two texts of a column.
fn term_range(part: &Part, column: Facetted, from: &str, below: &str) -> tantivy::Result<Range<u32>> {
    let Some(texts) = part.column(column) else {
        return Ok(0..0);
    };
    let place = part.rows.place(column);
    let first = |term: &str| -> tantivy::Result<u32> {
        let (TermOrdHit::Exact(at) | TermOrdHit::Next(at)) = texts.dictionary().term_ord_or_next(term)?;
        // Behind the last text the dictionary names none.
        let at = u32::try_from(at).map_or(place.end, |at| place.start.saturating_add(at));
        Ok(at.min(place.end))
    };
    Ok(first(from)?..first(below)?)
}

/// The first text behind all that begin with this one, which ends in a separator.
fn beyond(prefix: &str) -> String {
    let mut bound = prefix.trim_end_matches(SEPARATOR).to_owned();
    bound.push('\u{2}');
    bound
}
