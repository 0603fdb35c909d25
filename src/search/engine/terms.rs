//! The terms that lists are narrowed by, of all segments together: numbers of a generation, so that counting needs no
//! texts. Made when first asked for, and from then on carried along. Must not know what is counted.

use std::ops::Range;
use std::sync::Arc;

use tantivy::columnar::StrColumn;
use tantivy::index::SegmentId;

use super::part::Part;
use super::rows::Facetted;
use super::schema::{SEPARATOR, number_of};

/// The terms of one column, sorted, and what each segment calls them.
#[derive(Default, Clone)]
pub(super) struct Terms {
    names: Arc<Vec<String>>,
    /// By part, by the term's number there.
    by_part: Vec<Arc<Vec<u32>>>,
}

/// What all facets need.
pub(super) struct Vocabulary {
    segments: Vec<SegmentId>,
    pub categories: Terms,
    pub brands: Terms,
    pub tags: Terms,
    pub attributes: Terms,
    pub keys: Vec<AttributeKey>,
}

/// An attribute and where its values stand among the terms.
pub(super) struct AttributeKey {
    pub key: String,
    pub texts: Range<usize>,
    pub numbers: Range<usize>,
}

impl Vocabulary {
    pub fn of(parts: &[Part]) -> tantivy::Result<Vocabulary> {
        let attributes = Terms::of(parts, Facetted::Attributes)?;
        Ok(Vocabulary {
            segments: parts.iter().map(|part| part.reader.segment_id()).collect(),
            categories: Terms::of(parts, Facetted::Categories)?,
            brands: Terms::of(parts, Facetted::Brands)?,
            tags: Terms::of(parts, Facetted::Tags)?,
            keys: keys(&attributes.names),
            attributes,
        })
    }

    /// The same with the segments of one more commit, at the price of those alone. `None` when they have terms that are
    /// new, or when segments are gone, and terms perhaps with them.
    pub fn extended(&self, parts: &[Part]) -> tantivy::Result<Option<Vocabulary>> {
        let known = parts.get(..self.segments.len()).unwrap_or_default().iter();
        let (Some(new), true) = (
            parts.get(self.segments.len()..),
            known
                .map(|part| part.reader.segment_id())
                .eq(self.segments.iter().copied()),
        ) else {
            return Ok(None);
        };
        let (categories, brands) = (
            self.categories.extended(new, Facetted::Categories)?,
            self.brands.extended(new, Facetted::Brands)?,
        );
        let (tags, attributes) = (
            self.tags.extended(new, Facetted::Tags)?,
            self.attributes.extended(new, Facetted::Attributes)?,
        );
        let (Some(categories), Some(brands), Some(tags), Some(attributes)) =
            (categories, brands, tags, attributes)
        else {
            return Ok(None);
        };
        Ok(Some(Vocabulary {
            segments: parts.iter().map(|part| part.reader.segment_id()).collect(),
            keys: keys(&attributes.names),
            categories,
            brands,
            tags,
            attributes,
        }))
    }
}

impl Terms {
    fn of(parts: &[Part], column: Facetted) -> tantivy::Result<Terms> {
        let lists = parts.iter().map(|part| listed(part.column(column)));
        let lists: Vec<Vec<String>> = lists.collect::<tantivy::Result<_>>()?;
        let mut names: Vec<String> = lists.iter().flatten().cloned().collect();
        names.sort_unstable();
        names.dedup();
        let by_part = lists.iter().map(|list| {
            let mut at = 0;
            let numbers = list.iter().map(|term| {
                while names.get(at).is_some_and(|name| name < term) {
                    at += 1;
                }
                u32::try_from(at).unwrap_or(u32::MAX)
            });
            Arc::new(numbers.collect())
        });
        Ok(Terms {
            by_part: by_part.collect(),
            names: Arc::new(names),
        })
    }

    fn extended(&self, new: &[Part], column: Facetted) -> tantivy::Result<Option<Terms>> {
        let mut extended = self.clone();
        for part in new {
            let terms = listed(part.column(column))?;
            let numbers = terms.iter().map(|term| self.names.binary_search(term).ok());
            let Some(numbers) = numbers.collect::<Option<Vec<usize>>>() else {
                return Ok(None);
            };
            let numbers = numbers
                .into_iter()
                .map(|number| u32::try_from(number).unwrap_or(u32::MAX));
            extended.by_part.push(Arc::new(numbers.collect()));
        }
        Ok(Some(extended))
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn name(&self, number: usize) -> &str {
        self.names.get(number).map_or("", String::as_str)
    }

    /// Of a term of one part.
    pub fn number(&self, part: usize, term: usize) -> Option<usize> {
        let numbers = self.by_part.get(part)?;
        numbers.get(term).map(|number| *number as usize)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// The terms of a segment's column in their order.
fn listed(column: Option<&StrColumn>) -> tantivy::Result<Vec<String>> {
    let mut list = Vec::new();
    if let Some(column) = column {
        let mut terms = column.dictionary().stream()?;
        while terms.advance() {
            list.push(String::from_utf8_lossy(terms.key()).into_owned());
        }
    }
    Ok(list)
}

fn keys(names: &[String]) -> Vec<AttributeKey> {
    let mut keys: Vec<AttributeKey> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let Some((key, value)) = name.split_once(SEPARATOR) else {
            continue;
        };
        if keys.last().is_none_or(|last| last.key != key) {
            keys.push(AttributeKey {
                key: key.to_owned(),
                texts: at..at,
                numbers: at..at,
            });
        }
        if let Some(last) = keys.last_mut() {
            last.numbers.end = at + 1;
            if number_of(value).is_none() {
                last.texts.end = at + 1;
                last.numbers.start = at + 1;
            }
        }
    }
    keys
}
