//! Which products match a text: all words first, other spellings when few hold them, fewer words when still few do.
//! Must not know filters or order.

use std::time::Instant;

use super::gather::{Desk, Effort, Holders, Search, Seen, Spelling, Way};
use super::part::Snapshot;
use super::phrase::{Allowed, Phrases};
use super::reading::Reading;
use super::schema::Fields;

/// The products that match, part by part, with what is known of them.
pub(super) struct Matches {
    pub parts: Vec<PartMatches>,
    /// By word: how many products hold it.
    pub frequencies: Vec<usize>,
    /// By word: what it was found as.
    pub spellings: Vec<Vec<Spelling>>,
    /// How many products hold all words.
    pub complete: usize,
    pub cut_short: bool,
    /// Nothing was asked for.
    pub is_everything: bool,
}

#[derive(Default)]
pub(super) struct PartMatches {
    /// Rising.
    pub documents: Vec<u32>,
    /// How many words each holds.
    pub words: Vec<u8>,
    /// For each as many entries as there are words.
    pub seen: Vec<Seen>,
}

pub(super) struct Matcher<'a> {
    pub snapshot: &'a Snapshot,
    pub fields: &'a Fields,
    pub reading: &'a Reading,
    pub desk: &'a mut Desk,
    /// Fewer hits than this are not enough.
    pub enough: usize,
    pub deadline: Instant,
}

impl Matcher<'_> {
    pub fn run(mut self) -> tantivy::Result<Matches> {
        let phrases = Phrases::new(self.reading, self.snapshot, self.fields)?;
        let allowed: Vec<Allowed> = self
            .snapshot
            .parts
            .iter()
            .map(|part| phrases.of(part))
            .collect::<Result<_, _>>()?;
        let words = self.reading.needles.len();
        let mut holders: Vec<Vec<Holders>> = Vec::new();
        let mut spellings = Vec::new();
        for word in 0..words {
            let (found, spelt) = self.holders(word, Effort::AsTyped)?;
            holders.push(found);
            spellings.push(spelt);
        }
        let mut complete = self.count(&holders, &allowed);
        let mut cut_short = false;
        for effort in [Effort::OneTypo, Effort::TwoTypos] {
            for word in 0..words {
                let allows = self.reading.needles.get(word).map_or(0, |needle| needle.typos);
                if complete >= self.enough || allows < effort as u8 {
                    continue;
                }
                if Instant::now() > self.deadline {
                    cut_short = true;
                    continue;
                }
                let (found, spelt) = self.holders(word, effort)?;
                if let (Some(holders), Some(spellings)) = (holders.get_mut(word), spellings.get_mut(word)) {
                    (*holders, *spellings) = (found, spelt);
                }
            }
            complete = self.count(&holders, &allowed);
        }
        let least = if complete >= self.enough { words } else { 1 };
        let parts = (0..self.snapshot.parts.len()).zip(&allowed);
        Ok(Matches {
            parts: parts
                .map(|(part, allowed)| merged(&column(&holders, part), allowed, least))
                .collect(),
            frequencies: holders
                .iter()
                .map(|parts| parts.iter().map(|part| part.documents.len()).sum())
                .collect(),
            spellings,
            complete,
            cut_short,
            is_everything: false,
        })
    }

    fn holders(&mut self, word: usize, effort: Effort) -> tantivy::Result<(Vec<Holders>, Vec<Spelling>)> {
        let mut found = Vec::new();
        let mut spellings = Vec::new();
        let Some(needle) = self.reading.needles.get(word) else {
            return Ok((found, spellings));
        };
        for part in &self.snapshot.parts {
            let search = Search {
                part,
                fields: self.fields,
                desk: self.desk,
                spellings: &mut spellings,
            };
            found.push(search.holders(needle, effort)?);
        }
        Ok((found, spellings))
    }

    fn count(&self, holders: &[Vec<Holders>], allowed: &[Allowed]) -> usize {
        let parts = (0..self.snapshot.parts.len()).zip(allowed);
        let counts = parts.map(|(part, allowed)| {
            merged(&column(holders, part), allowed, holders.len())
                .documents
                .len()
        });
        counts.sum()
    }
}

fn column(holders: &[Vec<Holders>], part: usize) -> Vec<&Holders> {
    holders.iter().filter_map(|parts| parts.get(part)).collect()
}

/// The products that hold at least so many of the words, rising.
fn merged(words: &[&Holders], allowed: &Allowed, least: usize) -> PartMatches {
    let mut matches = PartMatches::default();
    let mut at = vec![0; words.len()];
    let heads = |at: &[usize]| -> Vec<Option<u32>> {
        words
            .iter()
            .zip(at)
            .map(|(holders, at)| holders.documents.get(*at).copied())
            .collect()
    };
    loop {
        let heads = heads(&at);
        let open = heads.iter().flatten().count();
        if open < least.max(1) {
            return matches;
        }
        let Some(document) = heads.iter().flatten().min().copied() else {
            return matches;
        };
        let held = heads.iter().filter(|head| **head == Some(document)).count();
        let is_match = held >= least && allowed.allows(document);
        if is_match {
            matches.documents.push(document);
            matches.words.push(u8::try_from(held).unwrap_or(u8::MAX));
        }
        for ((head, at), holders) in heads.iter().zip(&mut at).zip(words) {
            let holds = *head == Some(document);
            if is_match {
                let seen = holders.seen.get(*at).copied().filter(|_| holds);
                matches.seen.push(seen.unwrap_or_default());
            }
            *at += usize::from(holds);
        }
    }
}

impl Matches {
    /// The word as the shop spells it, when it was found by another spelling only.
    pub fn correction(&self, word: usize) -> Option<&str> {
        let spellings = self.spellings.get(word)?;
        let best = spellings.iter().max_by_key(|spelling| spelling.way)?;
        matches!(best.way, Way::Typo | Way::TwoTypos).then_some(best.word.as_str())
    }
}
