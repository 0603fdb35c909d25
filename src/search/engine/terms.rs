//! The terms that lists are narrowed by, of all segments together: numbers of a generation, so that counting needs no
//! texts. Made when first asked for. Must not know what is counted.

use std::ops::Range;

use tantivy::columnar::StrColumn;

use super::part::Part;
use super::schema::{SEPARATOR, number_of};

/// The terms of one column, sorted, and what each segment calls them.
#[derive(Default)]
pub(super) struct Terms {
    names: Vec<String>,
    /// By part, by the term's number there.
    by_part: Vec<Vec<u32>>,
}

/// What all facets need.
pub(super) struct Vocabulary {
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
        let attributes = Terms::of(parts, |part| part.attributes.as_ref())?;
        Ok(Vocabulary {
            categories: Terms::of(parts, |part| part.categories.as_ref())?,
            brands: Terms::of(parts, |part| part.brands.as_ref())?,
            tags: Terms::of(parts, |part| part.tags.as_ref())?,
            keys: keys(&attributes.names),
            attributes,
        })
    }
}

impl Terms {
    fn of(parts: &[Part], column: impl Fn(&Part) -> Option<&StrColumn>) -> tantivy::Result<Terms> {
        let mut lists = Vec::new();
        for part in parts {
            let mut list = Vec::new();
            if let Some(column) = column(part) {
                let mut terms = column.dictionary().stream()?;
                while terms.advance() {
                    list.push(String::from_utf8_lossy(terms.key()).into_owned());
                }
            }
            lists.push(list);
        }
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
            numbers.collect()
        });
        Ok(Terms {
            by_part: by_part.collect(),
            names,
        })
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn name(&self, number: usize) -> &str {
        self.names.get(number).map_or("", String::as_str)
    }

    /// Of a term of one part.
    pub fn number(&self, part: usize, term: u64) -> Option<usize> {
        let numbers = self.by_part.get(part)?;
        numbers
            .get(usize::try_from(term).ok()?)
            .map(|number| *number as usize)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
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
