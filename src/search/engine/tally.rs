//! Counts of one part's products, by the part's own numbers of terms. Must not know words, or what a list shows of it.

use std::ops::Range;

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::facets::{BANDS, band_of};
use super::narrow::{Dimension, Verdict, attribute_range};
use super::part::Part;
use crate::catalog::finder::Narrow;

/// Products whose terms are read at once.
const BLOCK: usize = 1_024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    pub categories: Vec<usize>,
    pub brands: Vec<usize>,
    pub tags: Vec<usize>,
    pub attributes: Vec<usize>,
    pub bands: [usize; BANDS.len()],
    pub lowest: i64,
    pub highest: i64,
    pub in_stock: usize,
    pub on_sale: usize,
}

impl Tally {
    fn empty(part: &Part) -> Tally {
        let counts =
            |column: &Option<StrColumn>| vec![0; column.as_ref().map_or(0, |column| column.num_terms())];
        Tally {
            categories: counts(&part.categories),
            brands: counts(&part.brands),
            tags: counts(&part.tags),
            attributes: counts(&part.attributes),
            bands: [0; BANDS.len()],
            lowest: i64::MAX,
            highest: i64::MIN,
            in_stock: 0,
            on_sale: 0,
        }
    }

    /// Products that a list narrows to, or would without one of its filters.
    pub fn of(part: &Part, documents: &[(DocId, Verdict)], narrow: &Narrow) -> tantivy::Result<Tally> {
        let mut tally = Tally::empty(part);
        for (column, dimension, counts) in [
            (&part.categories, Dimension::Categories, &mut tally.categories),
            (&part.brands, Dimension::Brands, &mut tally.brands),
            (&part.tags, Dimension::Tags, &mut tally.tags),
        ] {
            if let Some(column) = column {
                count(
                    column,
                    chosen(documents, |verdict| counts_for(verdict, dimension)),
                    None,
                    counts,
                );
            }
        }
        if let Some(column) = &part.attributes {
            let kept = chosen(documents, |verdict| verdict == Verdict::Kept);
            count(column, kept, None, &mut tally.attributes);
            for (at, (key, _)) in narrow.attributes.iter().enumerate() {
                let own = attribute_range(column, key)?;
                let only = Verdict::OnlyFor(Dimension::Attribute(at));
                let others = chosen(documents, |verdict| verdict == only);
                count(column, others, Some(&own), &mut tally.attributes);
            }
        }
        tally.add_columns(part, documents);
        Ok(tally)
    }

    /// Everything that customers see.
    pub fn whole(part: &Part) -> tantivy::Result<Tally> {
        Tally::of_kept(part, part.alive())
    }

    fn of_kept(part: &Part, documents: impl Iterator<Item = DocId>) -> tantivy::Result<Tally> {
        let kept: Vec<_> = documents.map(|document| (document, Verdict::Kept)).collect();
        Tally::of(part, &kept, &Narrow::default())
    }

    /// What is left when some of the products are gone; `part` is without them.
    pub fn without(&self, part: &Part, gone: impl Iterator<Item = DocId>) -> tantivy::Result<Tally> {
        let gone = Tally::of_kept(part, gone)?;
        let mut left = self.clone();
        for (left, gone) in [
            (&mut left.categories[..], &gone.categories[..]),
            (&mut left.brands[..], &gone.brands[..]),
            (&mut left.tags[..], &gone.tags[..]),
            (&mut left.attributes[..], &gone.attributes[..]),
            (&mut left.bands[..], &gone.bands[..]),
        ] {
            for (left, gone) in left.iter_mut().zip(gone) {
                *left = left.saturating_sub(*gone);
            }
        }
        left.in_stock = left.in_stock.saturating_sub(gone.in_stock);
        left.on_sale = left.on_sale.saturating_sub(gone.on_sale);
        if gone.lowest <= left.lowest || gone.highest >= left.highest {
            let prices = || part.alive().map(|document| part.prices.get_val(document));
            left.lowest = prices().min().unwrap_or(i64::MAX);
            left.highest = prices().max().unwrap_or(i64::MIN);
        }
        Ok(left)
    }

    fn add_columns(&mut self, part: &Part, documents: &[(DocId, Verdict)]) {
        for (document, verdict) in documents {
            if counts_for(*verdict, Dimension::Price) {
                let price = part.prices.get_val(*document);
                self.lowest = self.lowest.min(price);
                self.highest = self.highest.max(price);
                if let Some(count) = self.bands.get_mut(band_of(price)) {
                    *count += 1;
                }
            }
            if counts_for(*verdict, Dimension::Stock) && part.stock.get_val(*document) > 0 {
                self.in_stock += 1;
            }
            if counts_for(*verdict, Dimension::Sale) && part.on_sale.get_val(*document) {
                self.on_sale += 1;
            }
        }
    }
}

fn counts_for(verdict: Verdict, dimension: Dimension) -> bool {
    verdict == Verdict::Kept || verdict == Verdict::OnlyFor(dimension)
}

fn chosen(
    documents: &[(DocId, Verdict)],
    is_chosen: impl Fn(Verdict) -> bool,
) -> impl Iterator<Item = DocId> {
    let chosen = documents.iter().filter(move |(_, verdict)| is_chosen(*verdict));
    chosen.map(|(document, _)| *document)
}

/// Counts the terms of products, or those in a range: a block of them is read at once, which takes half the time.
fn count(
    column: &StrColumn,
    documents: impl Iterator<Item = DocId>,
    only: Option<&Range<u64>>,
    counts: &mut [usize],
) {
    let (index, values) = (&column.ords().index, &column.ords().values);
    let (mut rows, mut terms) = (Vec::with_capacity(BLOCK), Vec::new());
    let mut documents = documents.peekable();
    while documents.peek().is_some() {
        rows.clear();
        for document in documents.by_ref().take(BLOCK) {
            rows.extend(index.value_row_ids(document));
        }
        terms.resize(rows.len(), 0);
        values.get_vals(&rows, &mut terms);
        for term in terms
            .iter()
            .filter(|term| only.is_none_or(|only| only.contains(term)))
        {
            if let Some(count) = usize::try_from(*term).ok().and_then(|term| counts.get_mut(term)) {
                *count += 1;
            }
        }
    }
}
