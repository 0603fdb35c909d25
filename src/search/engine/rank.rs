//! The second stage: the order of the hits. Must not know how they were found.

use std::cmp::Ordering;

use super::found::{Explanation, Part as Reason};
use super::gather::{Seen, Way};
use super::schema::Place;
use super::weights::Weights;

/// A product that holds words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub part: u32,
    pub document: u32,
    pub id: i32,
    /// How many words it holds.
    pub words: u8,
    /// Worth of the words where they stand.
    pub score: f32,
}

impl Candidate {
    /// Best first; equal ones by id, so that every node has the same order.
    pub fn compare(left: &Candidate, right: &Candidate) -> Ordering {
        right
            .words
            .cmp(&left.words)
            .then_with(|| right.score.total_cmp(&left.score))
            .then_with(|| left.id.cmp(&right.id))
    }
}

/// What a word is worth, by where and how it was found: looked up for every product.
pub(super) struct Worth {
    /// By place, then by way.
    table: [[f32; 9]; 6],
}

impl Worth {
    pub fn new(weights: &Weights) -> Worth {
        let places = [
            weights.name,
            weights.brand,
            weights.category,
            weights.traits,
            weights.description,
            weights.name,
        ];
        let ways = [
            0.0,
            weights.two_typos,
            weights.typo,
            weights.typo,
            weights.synonym,
            weights.prefix,
            weights.stem,
            1.0,
            1.0,
        ];
        Worth {
            table: places.map(|place| ways.map(|way| place * way)),
        }
    }

    pub fn at(&self, place: Place, way: Way) -> f32 {
        let row = self.table.get(place as usize);
        row.and_then(|row| row.get(way as usize))
            .copied()
            .unwrap_or_default()
    }

    pub fn of(&self, seen: Seen) -> f32 {
        let found = Place::ALL
            .into_iter()
            .filter_map(|place| Some(self.at(place, seen.at(place)?)));
        found.sum()
    }
}

/// Why a candidate is where it is.
pub(super) fn explain(candidate: &Candidate, words: &[(&str, Seen, f32)], worth: &Worth) -> Explanation {
    let mut parts = vec![Reason {
        name: "words",
        value: candidate.words.into(),
        detail: "words that it holds".to_owned(),
    }];
    for (word, seen, rarity) in words {
        let places = Place::ALL.into_iter().filter_map(|place| {
            let way = seen.at(place)?;
            Some(format!("{} {way:?} {:.2}", place.name(), worth.at(place, way)))
        });
        parts.push(Reason {
            name: "word",
            value: f64::from(rarity * worth.of(*seen)),
            detail: format!(
                "{word}: rarity {rarity:.2}; {}",
                places.collect::<Vec<_>>().join(", ")
            ),
        });
    }
    Explanation { parts }
}
