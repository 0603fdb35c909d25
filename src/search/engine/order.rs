//! Sorting by columns instead of by relevance. Must not know words.

use std::cmp::Ordering;

use tantivy::DocId;

use super::part::Part;
use crate::catalog::filter::{SortKey, SortStep};

/// The best products of one part by these steps, in their order, with what they are compared by across parts.
pub(super) fn best(
    part: &Part,
    mut documents: Vec<DocId>,
    steps: &[SortStep],
    most: usize,
) -> tantivy::Result<Vec<Sorted>> {
    let compare = |left: &DocId, right: &DocId| compare(part, steps, *left, *right);
    if documents.len() > most && most > 0 {
        documents.select_nth_unstable_by(most - 1, compare);
        documents.truncate(most);
    }
    documents.sort_unstable_by(compare);
    documents.truncate(most);
    let sorted = documents
        .into_iter()
        .map(|document| Sorted::new(part, steps, document));
    sorted.collect()
}

/// Merges the best of all parts.
pub(super) fn merged(mut all: Vec<Sorted>, steps: &[SortStep]) -> Vec<Sorted> {
    all.sort_by(|left, right| {
        let pairs = left.keys.iter().zip(&right.keys).zip(steps);
        let by_keys = pairs.map(|((left, right), step)| directed(left.compare(right), *step));
        let first = by_keys.fold(Ordering::Equal, Ordering::then);
        first.then_with(|| by_id(left.id, right.id, steps))
    });
    all
}

pub(super) struct Sorted {
    pub id: i32,
    keys: Vec<Key>,
}

enum Key {
    Number(i64),
    Float(f64),
    Text(String),
}

impl Key {
    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Number(left), Key::Number(right)) => left.cmp(right),
            (Key::Float(left), Key::Float(right)) => left.total_cmp(right),
            (Key::Text(left), Key::Text(right)) => left.cmp(right),
            _ => Ordering::Equal,
        }
    }
}

impl Sorted {
    fn new(part: &Part, steps: &[SortStep], document: DocId) -> tantivy::Result<Sorted> {
        let keys = steps.iter().map(|step| key(part, step.key, document));
        Ok(Sorted {
            id: part.id(document),
            keys: keys.collect::<tantivy::Result<_>>()?,
        })
    }
}

fn key(part: &Part, key: SortKey, document: DocId) -> tantivy::Result<Key> {
    Ok(match key {
        SortKey::CreatedAt => Key::Number(part.created.get_val(document)),
        SortKey::Price => Key::Number(part.prices.get_val(document)),
        SortKey::Popularity => Key::Float(part.popularity.get_val(document)),
        SortKey::Name => {
            let mut text = String::new();
            if let Some(column) = &part.name_keys {
                let term = column.ords().first(document).unwrap_or_default();
                column.ord_to_str(term, &mut text)?;
            }
            Key::Text(text)
        }
    })
}

fn compare(part: &Part, steps: &[SortStep], left: DocId, right: DocId) -> Ordering {
    let name = |document| {
        part.name_keys
            .as_ref()
            .and_then(|column| column.ords().first(document))
    };
    for step in steps {
        let order = match step.key {
            SortKey::CreatedAt => part.created.get_val(left).cmp(&part.created.get_val(right)),
            SortKey::Price => part.prices.get_val(left).cmp(&part.prices.get_val(right)),
            SortKey::Popularity => part
                .popularity
                .get_val(left)
                .total_cmp(&part.popularity.get_val(right)),
            SortKey::Name => name(left).cmp(&name(right)),
        };
        let order = directed(order, *step);
        if order.is_ne() {
            return order;
        }
    }
    by_id(part.id(left), part.id(right), steps)
}

fn directed(order: Ordering, step: SortStep) -> Ordering {
    if step.descending { order.reverse() } else { order }
}

fn by_id(left: i32, right: i32, steps: &[SortStep]) -> Ordering {
    let descends = steps.first().is_some_and(|step| step.descending);
    if descends {
        right.cmp(&left)
    } else {
        left.cmp(&right)
    }
}
