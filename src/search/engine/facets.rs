//! Counts of what a list can be narrowed to, each without its own filter. Must not know words.

use std::collections::BTreeMap;
use std::ops::Range;

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::asked::Narrow;
use super::document::Facet;
use super::found::{AttributeCounts, Band, Count, Facets, Prices};
use super::narrow::{Dimension, Verdict, attribute_range};
use super::part::Part;
use super::schema::{SEPARATOR, number_of};

/// Most values of one facet that are answered, most frequent first; what the list is narrowed to is always among them.
const MOST_VALUES: usize = 100;

/// Counts gathered so far; parts add up.
pub(super) struct Counts<'a> {
    narrow: &'a Narrow,
    categories: BTreeMap<String, usize>,
    brands: BTreeMap<String, usize>,
    tags: BTreeMap<String, usize>,
    attributes: BTreeMap<String, usize>,
    bands: BTreeMap<usize, usize>,
    lowest: i64,
    highest: i64,
    in_stock: usize,
    on_sale: usize,
}

impl<'a> Counts<'a> {
    pub fn new(narrow: &'a Narrow) -> Counts<'a> {
        Counts {
            narrow,
            categories: BTreeMap::new(),
            brands: BTreeMap::new(),
            tags: BTreeMap::new(),
            attributes: BTreeMap::new(),
            bands: BTreeMap::new(),
            lowest: i64::MAX,
            highest: i64::MIN,
            in_stock: 0,
            on_sale: 0,
        }
    }

    /// Adds the products of a part that the words match.
    pub fn add(&mut self, part: &Part, documents: &[(DocId, Verdict)]) -> tantivy::Result<()> {
        for (column, dimension, counts) in [
            (&part.categories, Dimension::Categories, &mut self.categories),
            (&part.brands, Dimension::Brands, &mut self.brands),
            (&part.tags, Dimension::Tags, &mut self.tags),
        ] {
            if let Some(column) = column {
                let wanted = documents
                    .iter()
                    .filter(|(_, verdict)| counts_for(*verdict, dimension));
                let tally = tally(column, wanted.map(|(document, _)| (*document, None)));
                resolve(column, &tally, counts)?;
            }
        }
        if let Some(column) = &part.attributes {
            let own = self
                .narrow
                .attributes
                .iter()
                .map(|(key, _)| attribute_range(column, key));
            let own: Vec<Range<u64>> = own.collect::<tantivy::Result<_>>()?;
            let wanted = documents.iter().filter_map(|(document, verdict)| match verdict {
                Verdict::Kept => Some((*document, None)),
                Verdict::OnlyFor(Dimension::Attribute(at)) => Some((*document, own.get(*at))),
                _ => None,
            });
            resolve(column, &tally(column, wanted), &mut self.attributes)?;
        }
        self.add_columns(part, documents);
        Ok(())
    }

    fn add_columns(&mut self, part: &Part, documents: &[(DocId, Verdict)]) {
        for (document, verdict) in documents {
            if counts_for(*verdict, Dimension::Price) {
                let price = part.prices.get_val(*document);
                self.lowest = self.lowest.min(price);
                self.highest = self.highest.max(price);
                *self.bands.entry(band_of(price)).or_default() += 1;
            }
            if counts_for(*verdict, Dimension::Stock) && part.stock.get_val(*document) > 0 {
                self.in_stock += 1;
            }
            if counts_for(*verdict, Dimension::Sale) && part.on_sale.get_val(*document) {
                self.on_sale += 1;
            }
        }
    }

    pub fn finish(self) -> Facets {
        let narrow = self.narrow;
        Facets {
            categories: shown(self.categories, &narrow.categories),
            brands: shown(self.brands, &narrow.brands),
            tags: shown(self.tags, &narrow.tags),
            attributes: attributes(self.attributes, narrow),
            prices: Prices {
                range: (self.lowest <= self.highest).then_some((self.lowest, self.highest)),
                bands: bands(&self.bands),
            },
            in_stock: self.in_stock,
            on_sale: self.on_sale,
        }
    }
}

fn counts_for(verdict: Verdict, dimension: Dimension) -> bool {
    verdict == Verdict::Kept || verdict == Verdict::OnlyFor(dimension)
}

/// Products by the number of a term; of some products only terms in a range.
fn tally<'r>(
    column: &StrColumn,
    documents: impl Iterator<Item = (DocId, Option<&'r Range<u64>>)>,
) -> Vec<usize> {
    let mut tally = vec![0; column.num_terms()];
    for (document, only) in documents {
        for term in column.ords().values_for_doc(document) {
            if only.is_none_or(|range| range.contains(&term))
                && let Some(count) = usize::try_from(term).ok().and_then(|term| tally.get_mut(term))
            {
                *count += 1;
            }
        }
    }
    tally
}

fn resolve(column: &StrColumn, tally: &[usize], counts: &mut BTreeMap<String, usize>) -> tantivy::Result<()> {
    let counted: Vec<(u64, usize)> = (0..)
        .zip(tally.iter().copied())
        .filter(|(_, count)| *count > 0)
        .collect();
    let terms: Vec<u64> = counted.iter().map(|(term, _)| *term).collect();
    let mut numbers = counted.iter().map(|(_, count)| *count);
    column.dictionary().sorted_ords_to_term_cb(&terms, |term| {
        let count = numbers.next().unwrap_or_default();
        *counts
            .entry(String::from_utf8_lossy(term).into_owned())
            .or_default() += count;
    })?;
    Ok(())
}

fn shown(counts: BTreeMap<String, usize>, chosen: &[String]) -> Vec<Count> {
    let counts = counts.into_iter().filter_map(|(term, count)| {
        let (key, label) = term.split_once(SEPARATOR)?;
        let facet = Facet {
            key: key.to_owned(),
            label: label.to_owned(),
        };
        Some(Count { facet, count })
    });
    let mut counts: Vec<Count> = counts.collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.count));
    let mut at = 0;
    counts.retain(|count| {
        at += 1;
        at <= MOST_VALUES || chosen.contains(&count.facet.key)
    });
    counts
}

fn attributes(terms: BTreeMap<String, usize>, narrow: &Narrow) -> Vec<AttributeCounts> {
    let mut by_key: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (term, count) in terms {
        if let Some((key, value)) = term.split_once(SEPARATOR) {
            by_key
                .entry(key.to_owned())
                .or_default()
                .insert(value.to_owned(), count);
        }
    }
    let counts = by_key.into_iter().map(|(key, values)| {
        let (numbers, texts): (BTreeMap<_, _>, BTreeMap<_, _>) = values
            .into_iter()
            .partition(|(value, _)| number_of(value).is_some());
        let texts = texts
            .into_iter()
            .map(|(text, count)| (text.chars().skip(1).collect(), count));
        let chosen = narrow.attributes.iter().find(|(asked, _)| *asked == key);
        let range = numbers.keys().filter_map(|number| number_of(number));
        AttributeCounts {
            values: shown(
                texts.collect(),
                chosen.map_or(&[], |(_, asked)| asked.values.as_slice()),
            ),
            range: range.clone().min().zip(range.max()),
            numbers: numbers.values().sum(),
            key,
        }
    });
    counts.collect()
}

/// Lower bounds of the price bands, in minor units: 0, then 1, 2 and 5 in each power of ten from a whole unit on.
const BANDS: [i64; 20] = [
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

fn band_of(price: i64) -> usize {
    BANDS.partition_point(|bound| *bound <= price).saturating_sub(1)
}

fn bands(counts: &BTreeMap<usize, usize>) -> Vec<Band> {
    let bound = |band: usize| BANDS.get(band).copied().unwrap_or(i64::MAX);
    let bands = counts.iter().map(|(band, count)| Band {
        from: bound(*band),
        below: bound(band + 1),
        count: *count,
    });
    bands.collect()
}
