//! What someone who is still typing may mean: words of the shop, products, categories and brands.
//! Must not know how the index is written.

use std::collections::BTreeMap;

use super::Engine;
use super::asked::Asked;
use super::document::Facet;
use super::found::{Count, Suggestions};
use super::part::Snapshot;
use super::schema::{Place, STEM_MARK};
use super::store::failed;
use super::words;
use crate::error::Result;

pub(super) fn suggest(engine: &Engine, snapshot: &Snapshot, text: &str, limit: usize) -> Result<Suggestions> {
    let words = words::words(text);
    let Some(last) = words.last().filter(|last| last.end == text.len()) else {
        return Ok(Suggestions::default());
    };
    let found = engine.search(&Asked {
        text: text.to_owned(),
        limit,
        facets: true,
        ..Asked::default()
    })?;
    let typed = words::folded(text);
    Ok(Suggestions {
        completions: completions(snapshot, text, last.start, &last.text, limit).map_err(failed)?,
        products: found.hits.iter().map(|hit| hit.product_id).collect(),
        categories: named(&found.facets.categories, &typed, limit),
        brands: named(&found.facets.brands, &typed, limit),
    })
}

fn completions(
    snapshot: &Snapshot,
    text: &str,
    start: usize,
    begun: &str,
    limit: usize,
) -> tantivy::Result<Vec<String>> {
    let mut words: BTreeMap<String, u32> = BTreeMap::new();
    for dictionary in snapshot
        .parts
        .iter()
        .filter_map(|part| part.dictionary(Place::Name))
    {
        let mut bound = begun.as_bytes().to_vec();
        bound.push(0xFF);
        let mut terms = dictionary.terms().range().gt(begun).lt(bound).into_stream()?;
        while terms.advance() {
            let word = String::from_utf8_lossy(terms.key()).into_owned();
            if !word.starts_with(STEM_MARK) {
                *words.entry(word).or_default() += terms.value().doc_freq;
            }
        }
    }
    let mut words: Vec<(String, u32)> = words.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let before = text.get(..start).unwrap_or_default();
    Ok(words
        .into_iter()
        .take(limit)
        .map(|(word, _)| format!("{before}{word}"))
        .collect())
}

fn named(counts: &[Count], typed: &str, limit: usize) -> Vec<Facet> {
    let matching = counts
        .iter()
        .filter(|count| words::folded(&count.facet.label).contains(typed));
    matching.take(limit).map(|count| count.facet.clone()).collect()
}
