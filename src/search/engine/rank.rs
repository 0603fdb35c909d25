//! The second stage: the order of the hits. Must not know how they were found.

use std::cmp::Ordering;

use super::found::{Explanation, Part as Reason};
use super::gather::{Seen, Way};
use super::matching::WordFound;
use super::schema::{DIGITS, Place};
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
    pub weights: Weights,
}

/// How long the texts of a product are, in words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lengths {
    pub name: f32,
    pub description: f32,
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
            weights.joined,
            1.0,
        ];
        Worth {
            table: places.map(|place| ways.map(|way| place * way)),
            weights: *weights,
        }
    }

    pub fn at(&self, place: Place, way: Way) -> f32 {
        let row = self.table.get(place as usize);
        row.and_then(|row| row.get(way as usize))
            .copied()
            .unwrap_or_default()
    }

    /// Between 0 and 1: the second place where a word stands adds less than the first.
    pub fn of(&self, seen: Seen, lengths: Lengths) -> f32 {
        let found = Place::ALL.into_iter().filter_map(|place| {
            let more = seen.times(place).saturating_sub(1) as f32;
            let worth = self.at(place, seen.at(place)?) * (1.0 + self.weights.repetition * more);
            Some(match place {
                Place::Name => worth * shortness(lengths.name, USUAL_NAME, self.weights.name_length),
                Place::Description => {
                    worth
                        * shortness(
                            lengths.description,
                            USUAL_DESCRIPTION,
                            self.weights.description_length,
                        )
                }
                _ => worth,
            })
        });
        let sum: f32 = found.sum();
        sum / (sum + self.weights.saturation)
    }
}

/// Words of a usual name and of a usual description: what is longer tells less by holding a word.
const USUAL_NAME: f32 = 8.0;
const USUAL_DESCRIPTION: f32 = 20.0;

fn shortness(length: f32, usual: f32, weight: f32) -> f32 {
    1.0 / (1.0 - weight + weight * length / usual)
}

/// How the words stand in a name.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Standing {
    /// Of the pairs of neighbours in the text, how many stand together in the name; 0 to 1.
    pub nearness: f32,
    /// Of the words of the name, how many were looked for; 0 to 1.
    pub coverage: f32,
    /// 1 when the name begins with a word that was looked for, less the later the first one comes.
    pub first: f32,
    pub last: f32,
}

impl Standing {
    /// `words`: what each word of the text may be in the name; `name`: the words of the name in their order.
    pub fn of(words: &[WordFound], name: &[u64]) -> Standing {
        let holds = |position: usize, word: &WordFound| {
            name.get(position)
                .is_some_and(|number| word.numbers.contains(number))
        };
        let covered = name
            .iter()
            .filter(|number| words.iter().any(|word| word.numbers.contains(number)));
        let pairs = words.windows(2).map(|pair| {
            let [left, right] = pair else { return 0.0 };
            let mut best: f32 = 0.0;
            for position in 0..name.len() {
                if holds(position, left) {
                    if holds(position + 1, right) {
                        best = best.max(1.0);
                    } else if holds(position + 2, right) || (position > 0 && holds(position - 1, right)) {
                        best = best.max(0.5);
                    }
                }
            }
            best
        });
        let first = name
            .iter()
            .position(|number| words.iter().any(|word| word.numbers.contains(number)));
        let last = name
            .iter()
            .rposition(|number| words.iter().any(|word| word.numbers.contains(number)));
        let after = last.and_then(|last| name.get(last + 1..)).unwrap_or_default();
        let behind = after.iter().filter(|number| **number & DIGITS == 0).count();
        Standing {
            nearness: pairs.sum::<f32>() / words.len().saturating_sub(1).max(1) as f32,
            coverage: covered.count() as f32 / name.len().max(1) as f32,
            first: first.map_or(0.0, |position| 1.0 / (1.0 + position as f32)),
            last: last.map_or(0.0, |_| 1.0 / (1.0 + behind as f32)),
        }
    }

    pub fn factor(self, weights: &Weights) -> f32 {
        1.0 + weights.nearness * self.nearness
            + weights.coverage * self.coverage
            + weights.first * self.first
            + weights.last * self.last
    }
}

/// Why a candidate is where it is.
pub(super) fn explain(
    candidate: &Candidate,
    words: &[(&str, Seen, f32)],
    worth: &Worth,
    lengths: Lengths,
) -> Explanation {
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
            value: f64::from(rarity * worth.of(*seen, lengths)),
            detail: format!(
                "{word}: rarity {rarity:.2}; {}",
                places.collect::<Vec<_>>().join(", ")
            ),
        });
    }
    Explanation { parts }
}
