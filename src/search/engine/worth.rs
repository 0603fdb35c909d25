//! What it is worth to hold a word, by where and how it was found: looked up for every product that matches.
//! Must not know texts.

use super::schema::Place;
use super::seen::{Seen, Way};
use crate::config::Weights;

/// What a word is worth, by where and how it was found: looked up for every product.
pub(super) struct Worth {
    /// By place, then by way.
    table: [[f32; 16]; 6],
    weights: Weights,
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
            weights.plural,
            weights.joined,
            1.0,
        ];
        let row = |place: f32| std::array::from_fn(|way| ways.get(way).map_or(0.0, |way| place * way));
        Worth {
            table: places.map(row),
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
        if seen == Seen::default() {
            return 0.0;
        }
        let mut sum = 0.0;
        for (place, row) in Place::ALL.into_iter().zip(&self.table) {
            sum += row.get(seen.way_number(place)).copied().unwrap_or_default()
                * self.telling(seen, place, lengths);
        }
        sum / (sum + self.weights.saturation)
    }

    /// A text tells more of a word that it repeats, and less the longer it is.
    fn telling(&self, seen: Seen, place: Place, lengths: Lengths) -> f32 {
        let shortness = match place {
            Place::Name => shortness(lengths.name, USUAL_NAME, self.weights.name_length),
            Place::Description => shortness(
                lengths.description,
                USUAL_DESCRIPTION,
                self.weights.description_length,
            ),
            _ => return 1.0,
        };
        shortness * (1.0 + self.weights.repetition * seen.times(place).saturating_sub(1) as f32)
    }
}

/// Words of a usual name and of a usual description: what is longer tells less by holding a word.
const USUAL_NAME: f32 = 8.0;
const USUAL_DESCRIPTION: f32 = 20.0;

fn shortness(length: f32, usual: f32, weight: f32) -> f32 {
    1.0 / (1.0 - weight + weight * length / usual)
}
