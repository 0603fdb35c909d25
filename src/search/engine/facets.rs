//! Counts of what a list can be narrowed to, each without its own filter, of all parts together. Must not know words.

use std::ops::Range;

use super::document::Facet;
use super::found::{AttributeCounts, Count, Facets, Prices};
use super::part::Part;
use super::rows::Facetted;
use super::schema::{SEPARATOR, number_of};
use super::tally::Tally;
use super::terms::{AttributeKey, Terms, Vocabulary};
use crate::catalog::finder::{Band, Narrow};

/// Most values of one facet that are answered, most frequent first; what the list is narrowed to is always among them.
const MOST_VALUES: usize = 100;

/// Counts gathered so far; parts add up.
pub(super) struct Counts<'a> {
    narrow: &'a Narrow,
    vocabulary: &'a Vocabulary,
    /// By the number of the term.
    categories: Vec<usize>,
    brands: Vec<usize>,
    tags: Vec<usize>,
    attributes: Vec<usize>,
    bands: [usize; BANDS.len()],
    lowest: i64,
    highest: i64,
    in_stock: usize,
    on_sale: usize,
}

impl<'a> Counts<'a> {
    pub fn new(narrow: &'a Narrow, vocabulary: &'a Vocabulary) -> Counts<'a> {
        Counts {
            narrow,
            vocabulary,
            categories: vec![0; vocabulary.categories.len()],
            brands: vec![0; vocabulary.brands.len()],
            tags: vec![0; vocabulary.tags.len()],
            attributes: vec![0; vocabulary.attributes.len()],
            bands: [0; BANDS.len()],
            lowest: i64::MAX,
            highest: i64::MIN,
            in_stock: 0,
            on_sale: 0,
        }
    }

    /// Adds what was counted in a part.
    pub fn add(&mut self, number: usize, part: &Part, tally: &Tally) {
        let vocabulary = self.vocabulary;
        for (terms, counted, counts) in [
            (&vocabulary.categories, Facetted::Categories, &mut self.categories),
            (&vocabulary.brands, Facetted::Brands, &mut self.brands),
            (&vocabulary.tags, Facetted::Tags, &mut self.tags),
            (&vocabulary.attributes, Facetted::Attributes, &mut self.attributes),
        ] {
            let counted = tally.column(part.rows.place(counted));
            for (term, counted) in counted.iter().enumerate().filter(|(_, counted)| **counted > 0) {
                if let Some(count) = terms.number(number, term).and_then(|term| counts.get_mut(term)) {
                    *count += counted;
                }
            }
        }
        for (count, counted) in self.bands.iter_mut().zip(tally.bands) {
            *count += counted;
        }
        self.lowest = self.lowest.min(tally.lowest);
        self.highest = self.highest.max(tally.highest);
        self.in_stock += tally.in_stock;
        self.on_sale += tally.on_sale;
    }

    pub fn finish(self) -> Facets {
        let (narrow, vocabulary) = (self.narrow, self.vocabulary);
        let shown = |counts: &[usize], terms: &Terms, chosen: &[String]| {
            shown(counts, 0..terms.len(), chosen, |number| terms.name(number))
        };
        let attributes = vocabulary
            .keys
            .iter()
            .map(|key| attribute(&self.attributes, vocabulary, key, narrow));
        Facets {
            categories: shown(&self.categories, &vocabulary.categories, &narrow.categories),
            brands: shown(&self.brands, &vocabulary.brands, &narrow.brands),
            tags: shown(&self.tags, &vocabulary.tags, &narrow.tags),
            attributes: attributes
                .filter(|counts| counts.numbers > 0 || !counts.values.is_empty())
                .collect(),
            prices: Prices {
                range: (self.lowest <= self.highest).then_some((self.lowest, self.highest)),
                bands: bands(&self.bands),
            },
            in_stock: self.in_stock,
            on_sale: self.on_sale,
        }
    }
}

/// The most frequent of some terms, and the chosen ones; equal counts by their name.
fn shown<'t>(
    counts: &[usize],
    among: Range<usize>,
    chosen: &[String],
    name: impl Fn(usize) -> &'t str,
) -> Vec<Count> {
    let counted =
        among.filter_map(|number| Some((*counts.get(number)?, number)).filter(|(count, _)| *count > 0));
    let mut counted: Vec<(usize, usize)> = counted.collect();
    counted.sort_unstable_by_key(|(count, number)| (std::cmp::Reverse(*count), *number));
    let is_chosen = |number: usize| {
        let key = name(number).split_once(SEPARATOR).map_or("", |(key, _)| key);
        chosen.iter().any(|chosen| chosen == key)
    };
    let most = counted.iter().enumerate();
    let most =
        most.filter(|(at, (_, number))| *at < MOST_VALUES || (!chosen.is_empty() && is_chosen(*number)));
    let shown = most.filter_map(|(_, (count, number))| {
        let (key, label) = name(*number).split_once(SEPARATOR)?;
        let facet = Facet {
            key: key.to_owned(),
            label: label.to_owned(),
        };
        Some(Count { facet, count: *count })
    });
    shown.collect()
}

fn attribute(
    counts: &[usize],
    vocabulary: &Vocabulary,
    key: &AttributeKey,
    narrow: &Narrow,
) -> AttributeCounts {
    let chosen = narrow.attributes.iter().find(|(asked, _)| *asked == key.key);
    let chosen = chosen.map_or(&[] as &[String], |(_, asked)| asked.values.as_slice());
    // Behind the key, its separator and the letter that stands for texts or numbers.
    let value = |number: usize| {
        vocabulary
            .attributes
            .name(number)
            .get(key.key.len() + 1..)
            .unwrap_or_default()
    };
    let text = |number: usize| value(number).get(1..).unwrap_or_default();
    let has = |number: &usize| counts.get(*number).is_some_and(|count| *count > 0);
    let mut numbers = key.numbers.clone().filter(has);
    let lowest = numbers.next();
    let highest = numbers.next_back().or(lowest);
    let range = lowest
        .zip(highest)
        .and_then(|(lowest, highest)| number_of(value(lowest)).zip(number_of(value(highest))));
    AttributeCounts {
        values: shown(counts, key.texts.clone(), chosen, text),
        range,
        numbers: counts.get(key.numbers.clone()).unwrap_or_default().iter().sum(),
        key: key.key.clone(),
    }
}

/// Lower bounds of the price bands, in minor units: 0, then 1, 2 and 5 in each power of ten from a whole unit on.
pub(super) const BANDS: [i64; 20] = [
    0,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
];

pub(super) fn band_of(price: i64) -> usize {
    BANDS.partition_point(|bound| *bound <= price).saturating_sub(1)
}

fn bands(counts: &[usize]) -> Vec<Band> {
    let bound = |band: usize| BANDS.get(band).copied().unwrap_or(i64::MAX);
    let bands = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let bands = bands.map(|(band, count)| Band {
        from: bound(band),
        below: bound(band + 1),
        count: *count,
    });
    bands.collect()
}
