//! Counts of one part's products, by the part's own numbers of terms. Must not know words, or what a list shows of it.

use std::ops::Range;

use tantivy::DocId;

use super::facets::{BANDS, band_of};
use super::narrow::{Dimension, Verdict, attribute_range};
use super::part::Part;
use super::rows::Facetted;
use crate::catalog::finder::Narrow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    /// By the part's numbers.
    terms: Vec<usize>,
    pub bands: [usize; BANDS.len()],
    pub lowest: i64,
    pub highest: i64,
    pub in_stock: usize,
    pub on_sale: usize,
}

impl Tally {
    fn empty(part: &Part) -> Tally {
        let [.., last] = &part.rows.places;
        Tally {
            terms: vec![0; last.end as usize],
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
        let attributes = narrow
            .attributes
            .iter()
            .map(|(key, _)| attribute_range(part, key));
        let attributes: Vec<Range<u32>> = attributes.collect::<tantivy::Result<_>>()?;
        let own = |dimension: Dimension| match dimension {
            Dimension::Categories => Some(part.rows.place(Facetted::Categories)),
            Dimension::Brands => Some(part.rows.place(Facetted::Brands)),
            Dimension::Tags => Some(part.rows.place(Facetted::Tags)),
            Dimension::Attribute(at) => attributes.get(at).cloned(),
            Dimension::Price
            | Dimension::Stock
            | Dimension::Sale
            | Dimension::Created
            | Dimension::Popularity => None,
        };
        for (document, verdict) in documents {
            let terms = part.rows.terms(*document).iter();
            match verdict {
                Verdict::Kept => tally.count(terms),
                Verdict::OnlyFor(dimension) => {
                    let own = own(*dimension).unwrap_or_default();
                    tally.count(terms.filter(|term| own.contains(term)));
                }
                Verdict::LeftOut => {}
            }
        }
        tally.add_columns(part, documents);
        Ok(tally)
    }

    /// Of the terms of one column, which stand there ([`super::rows::Rows::place`]), by their numbers in it.
    pub fn column(&self, place: Range<u32>) -> &[usize] {
        self.terms
            .get(place.start as usize..place.end as usize)
            .unwrap_or_default()
    }

    fn count<'t>(&mut self, terms: impl Iterator<Item = &'t u32>) {
        for term in terms {
            if let Some(count) = self.terms.get_mut(*term as usize) {
                *count += 1;
            }
        }
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
            (&mut left.terms[..], &gone.terms[..]),
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
