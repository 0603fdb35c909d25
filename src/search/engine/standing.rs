//! The second stage, for the best hits only: how the words stand in a name, and what the product is to the shop.
//! Must not know how hits were found.

use std::collections::HashMap;

use super::matching::WordFound;
use super::part::Part;
use super::schema::DIGITS;
use crate::config::Weights;

/// What the words of a text may be in a name: a bit for each word, by the number of a name's word.
pub(super) struct Sought {
    words: usize,
    bits: HashMap<u64, u32>,
}

impl Sought {
    pub fn new(words: &[WordFound]) -> Sought {
        let mut bits: HashMap<u64, u32> = HashMap::new();
        for (at, word) in words.iter().enumerate() {
            for number in &word.numbers {
                *bits.entry(*number).or_default() |= 1 << at.min(31);
            }
        }
        Sought {
            words: words.len(),
            bits,
        }
    }

    /// Which words of the text a word of a name may be.
    fn at(&self, number: u64) -> u32 {
        self.bits.get(&number).copied().unwrap_or_default()
    }
}

/// How the words stand in a name.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Standing {
    /// Of the pairs of neighbours in the text, how many stand together in the name; 0 to 1.
    pub nearness: f32,
    /// Of the words of the name, how many were looked for; 0 to 1.
    pub coverage: f32,
    /// 1 when the words end what the name says the thing is, less the more words follow.
    pub last: f32,
}

impl Standing {
    /// `name`: the words of the name in their order.
    pub fn of(sought: &Sought, name: &[u64]) -> Standing {
        let asked: Vec<u32> = name.iter().map(|number| sought.at(*number)).collect();
        let last = asked.iter().rposition(|bits| *bits != 0);
        let after = last.and_then(|last| name.get(last + 1..)).unwrap_or_default();
        let behind = after.iter().filter(|number| **number & DIGITS == 0).count();
        let held = asked.iter().filter(|bits| **bits != 0).count();
        Standing {
            nearness: nearness(sought.words, &asked),
            coverage: held as f32 / name.len().max(1) as f32,
            last: last.map_or(0.0, |_| 1.0 / (1.0 + behind as f32)),
        }
    }

    pub fn factor(self, weights: &Weights) -> f32 {
        1.0 + weights.nearness * self.nearness + weights.coverage * self.coverage + weights.last * self.last
    }
}

/// Of the pairs of neighbours in the text, how many stand together in the name; half a pair when a word is between
/// them or they stand the other way round.
fn nearness(words: usize, name: &[u32]) -> f32 {
    let holds = |position: usize, word: usize| {
        name.get(position)
            .is_some_and(|bits| bits & (1 << word.min(31)) != 0)
    };
    let pairs = (1..words).map(|right| {
        let left = right - 1;
        let mut best: f32 = 0.0;
        for position in (0..name.len()).filter(|position| holds(*position, left)) {
            if holds(position + 1, right) {
                return 1.0;
            }
            if holds(position + 2, right) || (position > 0 && holds(position - 1, right)) {
                best = 0.5;
            }
        }
        best
    });
    pairs.sum::<f32>() / words.saturating_sub(1).max(1) as f32
}

/// What a product is to the shop, whatever was looked for: small factors, so that they decide between hits that are
/// about as good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Favour {
    pub popularity: f32,
    pub stock: f32,
    pub recency: f32,
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Favour {
    /// `today` in days since 1970: the order stays the same for a day. `one_view` is the score of a single look.
    pub fn of(part: &Part, document: u32, (today, one_view): (i64, f64), weights: &Weights) -> Favour {
        let age = (today - part.created.get_val(document) / MICROS_PER_DAY).max(0) as f32;
        let views = (part.popularity.get_val(document) - one_view).exp2() as f32;
        Favour {
            popularity: 1.0 + weights.popularity * (1.0 + views).log10(),
            stock: if part.stock.get_val(document) > 0 {
                1.0
            } else {
                1.0 - weights.stock
            },
            recency: 1.0 + weights.recency * 0.5_f32.powf(age / weights.recency_days),
        }
    }

    pub fn factor(self) -> f32 {
        self.popularity * self.stock * self.recency
    }
}
