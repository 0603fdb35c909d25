//! What someone who is still typing may mean: words of the shop, products, categories and brands.
//! Must not know how the index is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Engine;
use super::asked::Asked;
use super::document::Facet;
use super::found::Suggestions;
use super::part::Snapshot;
use super::schema::{Place, SEPARATOR};
use super::store::failed;
use super::terms::Terms;
use super::words;
use crate::error::Result;

/// Most words that one segment proposes.
const MOST_COMPLETIONS: usize = 50;

/// Beginnings up to so many letters are completed once in a generation: there are few, and each begins many words.
const SHORT: usize = 2;

pub(super) fn suggest(engine: &Engine, snapshot: &Snapshot, text: &str, limit: usize) -> Result<Suggestions> {
    let words = words::words(text);
    let Some(last) = words.last().filter(|last| last.end == text.len()) else {
        return Ok(Suggestions::default());
    };
    // One or two letters begin so many words that products say nothing yet.
    let is_telling = words.len() > 1 || last.text.chars().count() > SHORT;
    let products = match is_telling {
        true => products(engine, text, limit)?,
        false => Vec::new(),
    };
    let typed: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let vocabulary = snapshot.vocabulary().map_err(failed)?;
    Ok(Suggestions {
        completions: completions(snapshot, text, last.start, &last.text, limit).map_err(failed)?,
        products,
        categories: named(&vocabulary.categories, &typed, limit),
        brands: named(&vocabulary.brands, &typed, limit),
    })
}

fn products(engine: &Engine, text: &str, limit: usize) -> Result<Vec<i32>> {
    let found = engine.search(&Asked {
        text: text.to_owned(),
        limit,
        ..Asked::default()
    })?;
    Ok(found.hits.iter().map(|hit| hit.product_id).collect())
}

/// The text with its last word completed, by how many products have the word in their name.
fn completions(
    snapshot: &Snapshot,
    text: &str,
    start: usize,
    begun: &str,
    limit: usize,
) -> tantivy::Result<Vec<String>> {
    let known = snapshot.completions.lock().get(begun).cloned();
    let words = match known {
        Some(known) => known,
        None => {
            let words = Arc::new(frequent(snapshot, begun)?);
            // Of what begins a word there are few; of what begins none there is no end.
            if begun.chars().count() <= SHORT && !words.is_empty() {
                snapshot
                    .completions
                    .lock()
                    .insert(begun.to_owned(), Arc::clone(&words));
            }
            words
        }
    };
    let before = text.get(..start).unwrap_or_default();
    Ok(words
        .iter()
        .take(limit)
        .map(|word| format!("{before}{word}"))
        .collect())
}

/// The words of names that begin so, most frequent first.
fn frequent(snapshot: &Snapshot, begun: &str) -> tantivy::Result<Vec<String>> {
    let mut words: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    for dictionary in snapshot
        .parts
        .iter()
        .filter_map(|part| part.dictionary(Place::Name))
    {
        let mut bound = begun.as_bytes().to_vec();
        bound.push(0xFF);
        let mut best: Vec<(u32, Vec<u8>)> = Vec::new();
        let mut terms = dictionary.terms().range().gt(begun).lt(bound).into_stream()?;
        let mut least = 0;
        while terms.advance() {
            let count = terms.value().doc_freq;
            if count > least {
                best.push((count, terms.key().to_vec()));
                if best.len() >= 4 * MOST_COMPLETIONS {
                    best.sort_unstable_by(|left, right| right.cmp(left));
                    best.truncate(MOST_COMPLETIONS);
                    least = best.last().map_or(0, |(count, _)| *count);
                }
            }
        }
        for (count, word) in best {
            *words.entry(word).or_default() += count;
        }
    }
    let mut words: Vec<(Vec<u8>, u32)> = words.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let words = words.into_iter().take(MOST_COMPLETIONS);
    Ok(words
        .map(|(word, _)| String::from_utf8_lossy(&word).into_owned())
        .collect())
}

/// Terms with a word that begins with the last typed one, and all others.
fn named(terms: &Terms, typed: &[&str], limit: usize) -> Vec<Facet> {
    let Some((last, others)) = typed.split_last() else {
        return Vec::new();
    };
    let matching = terms.names().filter_map(|name| {
        let (key, label) = name.split_once(SEPARATOR)?;
        let words = words::words(label);
        let begins = words.iter().any(|word| word.text.starts_with(last));
        let holds = others
            .iter()
            .all(|other| words.iter().any(|word| word.text == *other));
        (begins && holds).then(|| Facet {
            key: key.to_owned(),
            label: label.to_owned(),
        })
    });
    matching.take(limit).collect()
}
