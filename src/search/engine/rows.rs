//! What each product of a part can be narrowed by, side by side in memory: to count thirty thousand products, one place is read
//! for each instead of four columns. Must not know words, or what is counted.

use std::ops::Range;

use tantivy::DocId;
use tantivy::columnar::StrColumn;

/// A column of texts by which lists are narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facetted {
    Categories,
    Brands,
    Tags,
    Attributes,
}

/// In the order of [`Facetted`]; `None` when no product of the segment has a text there.
pub(super) type Columns = [Option<StrColumn>; 4];

/// Where the terms of each column stand among those of the part, in the order of [`Facetted`].
pub(super) type Places = [Range<u32>; 4];

/// About 50 bytes for each product.
pub(super) struct Rows {
    /// Where the terms of each product begin; the last is where all end.
    begins: Vec<u32>,
    terms: Vec<u32>,
    pub places: Places,
}

impl Rows {
    /// `products`: how many there are, those included that are gone.
    pub fn of(columns: &Columns, products: DocId) -> Rows {
        let mut end = 0;
        let places = columns.each_ref().map(|column| {
            let begin = end;
            let terms = column.as_ref().map_or(0, |column| column.num_terms());
            end = begin + u32::try_from(terms).unwrap_or(0);
            begin..end
        });
        let mut rows = Rows {
            begins: Vec::with_capacity(products as usize + 1),
            terms: Vec::new(),
            places,
        };
        rows.begins.push(0);
        for document in 0..products {
            for (column, place) in columns.iter().zip(&rows.places) {
                let ords = column
                    .iter()
                    .flat_map(|column| column.ords().values_for_doc(document));
                let terms = ords.filter_map(|ord| Some(place.start + u32::try_from(ord).ok()?));
                rows.terms.extend(terms);
            }
            rows.begins
                .push(u32::try_from(rows.terms.len()).unwrap_or(u32::MAX));
        }
        rows.terms.shrink_to_fit();
        rows
    }

    /// The terms of a product, numbered as those of the part.
    pub fn terms(&self, document: DocId) -> &[u32] {
        let begin = self.begins.get(document as usize);
        let end = self.begins.get(document as usize + 1);
        let (Some(begin), Some(end)) = (begin, end) else {
            return &[];
        };
        self.terms.get(*begin as usize..*end as usize).unwrap_or_default()
    }

    /// The place of one column.
    pub fn place(&self, column: Facetted) -> Range<u32> {
        self.places.get(column as usize).cloned().unwrap_or_default()
    }
}
