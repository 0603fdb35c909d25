//! The order of hits by relevance: all by what their words are worth, the best again by how the words stand and what
//! the product is to the shop. Must not know filters.

use std::cmp::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use super::found::Explanation;
use super::matching::{Matches, PartMatches, WordFound};
use super::part::{Part, Snapshot};
use super::schema::{Place, lengths_of};
use super::seen::{Seen, Way};
use super::standing::{Favour, Sought, Standing};
use super::worth::{Lengths, Worth};
use crate::catalog::finder::Reason;
use crate::config::Weights;

/// Most products whose order is decided with care.
const CANDIDATES: usize = 1_000;

/// Best hits by whose category the others are judged.
const KIN: usize = 50;

const SECONDS_PER_DAY: u64 = 86_400;

/// A product that holds words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// By its number.
    pub part: usize,
    pub document: u32,
    /// In the part's list.
    pub at: usize,
    pub id: i32,
    /// An article number first, then more words, then fewer typos.
    tier: u16,
    score: f32,
}

impl Candidate {
    /// Best first; equal ones by id, so that every node has the same order.
    pub fn compare(left: &Candidate, right: &Candidate) -> Ordering {
        let by_tier = right.tier.cmp(&left.tier);
        let by_score = by_tier.then_with(|| right.score.total_cmp(&left.score));
        by_score.then_with(|| left.id.cmp(&right.id))
    }
}

/// The most of them that come first, in no order.
pub(super) fn best(mut candidates: Vec<Candidate>, most: usize) -> Vec<Candidate> {
    if candidates.len() > most && most > 0 {
        candidates.select_nth_unstable_by(most - 1, Candidate::compare);
    }
    candidates.truncate(most);
    candidates
}

pub(super) struct Judge<'a> {
    snapshot: &'a Snapshot,
    weights: &'a Weights,
    words: &'a [WordFound],
    sought: Sought,
    worth: Worth,
    rarities: Vec<f32>,
    today: i64,
    one_view: f64,
}

impl<'a> Judge<'a> {
    pub fn new(
        snapshot: &'a Snapshot,
        weights: &'a Weights,
        matches: &'a Matches,
        one_view: f64,
    ) -> Judge<'a> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let products = snapshot.searcher.num_docs() as f32;
        Judge {
            snapshot,
            weights,
            one_view,
            words: &matches.words,
            sought: Sought::new(&matches.words),
            worth: Worth::new(weights),
            rarities: matches
                .words
                .iter()
                .map(|word| rarity(word.frequency as f32, products))
                .collect(),
            today: i64::try_from(since.as_secs() / SECONDS_PER_DAY).unwrap_or_default(),
        }
    }

    fn present(&self) -> (i64, f64) {
        (self.today, self.one_view)
    }

    /// A product of the list by what its words are worth.
    pub fn candidate(&self, number: usize, found: &PartMatches, at: usize) -> Option<Candidate> {
        let part = self.snapshot.parts.get(number)?;
        let document = *found.documents.get(at)?;
        let seen = found.seen_at(at);
        let lengths = lengths(part, document);
        let words = seen.iter().zip(&self.rarities);
        let score = words
            .map(|(seen, rarity)| rarity * self.worth.of(*seen, lengths))
            .sum();
        Some(Candidate {
            part: number,
            document,
            at,
            id: part.id(document),
            tier: tier(seen),
            score,
        })
    }

    /// The best of them in their order.
    pub fn in_order(&self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let mut candidates = best(candidates, CANDIDATES);
        let mut name = Vec::new();
        for candidate in &mut candidates {
            if let Some(part) = self.snapshot.parts.get(candidate.part) {
                candidate.score *= self
                    .standing(part, candidate.document, &mut name)
                    .factor(self.weights);
                candidate.score *=
                    Favour::of(part, candidate.document, self.present(), self.weights).factor();
            }
        }
        candidates.sort_unstable_by(Candidate::compare);
        self.move_kin_up(&mut candidates);
        candidates
    }

    fn standing(&self, part: &Part, document: u32, name: &mut Vec<u64>) -> Standing {
        name.clear();
        name.extend(part.name_words.values_for_doc(document));
        Standing::of(&self.sought, name)
    }

    fn move_kin_up(&self, candidates: &mut [Candidate]) {
        let tier = candidates.first().map(|best| best.tier);
        let best = candidates
            .iter()
            .take(KIN)
            .take_while(|candidate| Some(candidate.tier) == tier);
        let kinds: Vec<u64> = best
            .map(|best| self.kind(best))
            .filter(|kind| *kind > 0)
            .collect();
        for candidate in candidates.iter_mut() {
            let own = self.kind(candidate);
            let kin = kinds.iter().filter(|kind| **kind == own).count();
            candidate.score *= 1.0 + self.weights.kinship * kin as f32 / kinds.len().max(1) as f32;
        }
        candidates.sort_unstable_by(Candidate::compare);
    }

    fn kind(&self, candidate: &Candidate) -> u64 {
        let part = self.snapshot.parts.get(candidate.part);
        part.map_or(0, |part| part.kinds.get_val(candidate.document))
    }

    /// Why a candidate is where it is.
    pub fn explain(&self, candidate: &Candidate, seen: &[Seen]) -> Explanation {
        let mut parts = vec![part(
            "tier",
            candidate.tier.into(),
            "article number, then words held, then fewest typos",
        )];
        let Some(own) = self.snapshot.parts.get(candidate.part) else {
            return Explanation { parts };
        };
        let lengths = lengths(own, candidate.document);
        for ((word, seen), rarity) in self.words.iter().zip(seen).zip(&self.rarities) {
            let places = Place::ALL.into_iter().filter_map(|place| {
                let way = seen.at(place)?;
                Some(format!(
                    "{} {way:?} {:.2}",
                    place.name(),
                    self.worth.at(place, way)
                ))
            });
            let places = places.collect::<Vec<_>>().join(", ");
            let detail = format!("{}: rarity {rarity:.2}; {places}", word.needle.text);
            parts.push(part(
                "word",
                (rarity * self.worth.of(*seen, lengths)).into(),
                &detail,
            ));
        }
        let standing = self.standing(own, candidate.document, &mut Vec::new());
        let detail = format!(
            "nearness {:.2}, coverage {:.2}, last {:.2}",
            standing.nearness, standing.coverage, standing.last
        );
        parts.push(part("standing", standing.factor(self.weights).into(), &detail));
        let favour = Favour::of(own, candidate.document, self.present(), self.weights);
        let detail = format!(
            "popularity {:.3}, stock {:.3}, recency {:.3}",
            favour.popularity, favour.stock, favour.recency
        );
        parts.push(part("shop", favour.factor().into(), &detail));
        parts.push(part(
            "score",
            candidate.score.into(),
            "words times standing times shop, and kinship",
        ));
        Explanation { parts }
    }
}

fn part(name: &'static str, value: f64, detail: &str) -> Reason {
    Reason {
        name,
        value,
        detail: detail.to_owned(),
    }
}

fn tier(seen: &[Seen]) -> u16 {
    let is_code = !seen.is_empty() && seen.iter().all(|seen| seen.at(Place::Code) == Some(Way::Exact));
    let held = seen.iter().filter(|seen| **seen != Seen::default()).count() as u16;
    let typos: u16 = seen.iter().map(|seen| u16::from(seen.typos())).sum();
    u16::from(is_code) * 512 + held * 32 + 31_u16.saturating_sub(typos)
}

/// A word that few products hold tells more. Counted among the products that are there, not among what the index has
/// not cleared away yet, so that every node counts the same.
fn rarity(some: f32, all: f32) -> f32 {
    (1.0 + (all - some + 0.5).max(0.0) / (some + 0.5)).ln()
}

fn lengths(part: &Part, document: u32) -> Lengths {
    let (name, description) = lengths_of(part.lengths.get_val(document));
    Lengths { name, description }
}
