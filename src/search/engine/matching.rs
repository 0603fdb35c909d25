//! Which products match a text: all words first, other spellings when few hold them, fewer words when still few do.
//! Must not know filters or order.

use std::collections::HashSet;
use std::time::Instant;

use super::asked::MOST_WORDS;
use super::gather::{Effort, Search, Spelling, automaton};
use super::part::Snapshot;
use super::phrase::{Allowed, Phrases};
use super::reading::{Needle, Reading};
use super::schema::Fields;
use super::seen::{Desk, Holders, Seen, Way};
use super::stem::Language;
use crate::config::Weights;

/// The products that match, part by part, with what is known of them.
pub(super) struct Matches {
    /// Those that hold all words.
    pub parts: Vec<PartMatches>,
    /// Those that hold some, when few hold all: the ones with most words, as many as are wanted and all that hold as many.
    pub near: Vec<PartMatches>,
    /// In the order of the text.
    pub words: Vec<WordFound>,
    /// How many products hold all words.
    pub complete: usize,
    pub cut_short: bool,
    /// Nothing was asked for.
    pub is_everything: bool,
}

/// A word of the text, as it was found.
#[derive(Default)]
pub(super) struct WordFound {
    pub needle: Needle,
    /// How many products hold it.
    pub frequency: usize,
    /// How many hold it as it was typed, and not in another spelling.
    pub as_typed: usize,
    pub spellings: Vec<Spelling>,
    /// What it is called in the column of a name's words.
    pub numbers: HashSet<u64>,
}

#[derive(Default)]
pub(super) struct PartMatches {
    /// Rising.
    pub documents: Vec<u32>,
    /// For each as many entries as there are words; a word that it does not hold was seen nowhere.
    pub seen: Vec<Seen>,
}

impl PartMatches {
    /// How each word was found in the product at a place of the list.
    pub fn seen_at(&self, at: usize) -> &[Seen] {
        let words = self
            .seen
            .len()
            .checked_div(self.documents.len())
            .unwrap_or_default();
        self.seen.get(at * words..(at + 1) * words).unwrap_or_default()
    }
}

pub(super) struct Matcher<'a> {
    pub snapshot: &'a Snapshot,
    pub fields: &'a Fields,
    pub language: Language,
    pub reading: &'a Reading,
    pub desk: &'a mut Desk,
    pub weights: &'a Weights,
    pub deadline: Instant,
}

impl Matcher<'_> {
    pub fn run(mut self) -> tantivy::Result<Matches> {
        let phrases = Phrases::new(self.reading, self.snapshot, self.fields)?;
        let allowed = self.snapshot.parts.iter().map(|part| phrases.of(part));
        let allowed: Vec<Allowed> = allowed.collect::<Result<_, _>>()?;
        if self.reading.needles.is_empty() {
            return Ok(everything(self.snapshot, &allowed));
        }
        let mut words = Vec::new();
        for needle in &self.reading.needles {
            if words.len() == MOST_WORDS {
                break;
            }
            let word = self.look_for(needle, Effort::AsTyped)?;
            if word.found.frequency > 0 || needle.pieces.len() == 1 {
                words.push(word);
                continue;
            }
            // Nobody writes them together: each for itself.
            for piece in needle.apart(self.language).iter().take(MOST_WORDS - words.len()) {
                words.push(self.look_for(piece, Effort::AsTyped)?);
            }
        }
        let mut parts = complete(&words, &allowed);
        let mut cut_short = false;
        for effort in [Effort::OneTypo, Effort::TwoTypos] {
            if total(&parts) >= self.weights.enough_hits {
                break;
            }
            for word in &mut words {
                // Two letters are only taken for wrong when the word is nowhere found otherwise.
                let is_found = effort == Effort::TwoTypos && word.found.frequency > 0;
                if word.found.needle.typos < effort as u8 || is_found {
                    continue;
                }
                if Instant::now() > self.deadline {
                    cut_short = true;
                    break;
                }
                let as_typed = word.found.as_typed;
                *word = self.look_for(&word.found.needle, effort)?;
                word.found.as_typed = as_typed;
            }
            parts = complete(&words, &allowed);
        }
        let complete = total(&parts);
        let is_few = words.len() > 1 && complete < self.weights.fill_hits;
        Ok(Matches {
            near: if is_few {
                near(&words, &allowed, self.weights.fill_hits - complete)
            } else {
                Vec::new()
            },
            parts,
            words: words.into_iter().map(|word| word.found).collect(),
            complete,
            cut_short,
            is_everything: false,
        })
    }

    fn look_for(&mut self, needle: &Needle, effort: Effort) -> tantivy::Result<Word> {
        let mut word = Word::default();
        word.found.needle = needle.clone();
        let automaton = automaton(needle, effort, self.fields)?;
        for part in &self.snapshot.parts {
            let search = Search {
                part,
                language: self.language,
                desk: self.desk,
                found: &mut word.found,
            };
            let holders = search.holders(needle, automaton.as_ref())?;
            word.found.frequency += holders.documents.len();
            word.holders.push(holders);
        }
        word.found.as_typed = word.found.frequency;
        Ok(word)
    }
}

#[derive(Default)]
struct Word {
    /// By part.
    holders: Vec<Holders>,
    found: WordFound,
}

fn in_part(words: &[Word], part: usize) -> Vec<&Holders> {
    words.iter().filter_map(|word| word.holders.get(part)).collect()
}

/// Without words every product matches, unless it holds what it must not.
fn everything(snapshot: &Snapshot, allowed: &[Allowed]) -> Matches {
    let parts = snapshot.parts.iter().zip(allowed).map(|(part, allowed)| {
        let documents: Vec<u32> = part
            .alive()
            .filter(|document| allowed.allows(*document))
            .collect();
        PartMatches {
            seen: Vec::new(),
            documents,
        }
    });
    Matches {
        parts: parts.collect(),
        near: Vec::new(),
        words: Vec::new(),
        complete: 0,
        cut_short: false,
        is_everything: allowed.iter().all(Allowed::allows_all),
    }
}

fn total(parts: &[PartMatches]) -> usize {
    parts.iter().map(|part| part.documents.len()).sum()
}

/// The products that hold all words.
fn complete(words: &[Word], allowed: &[Allowed]) -> Vec<PartMatches> {
    let parts = allowed.iter().enumerate();
    parts
        .map(|(part, allowed)| holding_all(&in_part(words, part), allowed))
        .collect()
}

/// The products that hold some words and not all: so many, and all others that hold as many words as the last of them.
/// Those with fewer come behind whatever else is to be known of them, so it is not found out.
fn near(words: &[Word], allowed: &[Allowed], most: usize) -> Vec<PartMatches> {
    let mut products = [0; MOST_WORDS + 1];
    let parts: Vec<Vec<(u32, u8)>> = allowed
        .iter()
        .enumerate()
        .map(|(part, allowed)| holding_some(&in_part(words, part), allowed))
        .collect();
    for (_, held) in parts.iter().flatten() {
        if let Some(products) = products.get_mut(usize::from(*held)) {
            *products += 1;
        }
    }
    let mut found = 0;
    let least = products.iter().rposition(|products| {
        found += products;
        found >= most
    });
    let least = least.unwrap_or_default();
    let parts = parts.into_iter().enumerate().map(|(part, mut documents)| {
        documents.retain(|(_, held)| usize::from(*held) >= least);
        seen_of(documents, &in_part(words, part))
    });
    parts.collect()
}

fn holding_all(words: &[&Holders], allowed: &Allowed) -> PartMatches {
    let mut matches = PartMatches::default();
    let Some(rarest) = words.iter().min_by_key(|holders| holders.documents.len()) else {
        return matches;
    };
    let mut at = vec![0; words.len()];
    'documents: for document in &rarest.documents {
        for (holders, at) in words.iter().zip(&mut at) {
            *at += gallop(holders.documents.get(*at..).unwrap_or_default(), *document);
            match holders.documents.get(*at) {
                None => return matches,
                Some(next) if next != document => continue 'documents,
                Some(_) => {}
            }
        }
        if allowed.allows(*document) {
            matches.documents.push(*document);
            let seen = words
                .iter()
                .zip(&at)
                .filter_map(|(holders, at)| holders.seen.get(*at));
            matches.seen.extend(seen);
        }
    }
    matches
}

/// How many of them come before this one; quick when few do.
fn gallop(documents: &[u32], wanted: u32) -> usize {
    let mut reach = 1;
    while documents.get(reach).is_some_and(|document| *document < wanted) {
        reach *= 2;
    }
    let near = documents
        .get(..documents.len().min(reach + 1))
        .unwrap_or_default();
    near.partition_point(|document| *document < wanted)
}

/// Products of a part, rising, and how many words each holds.
fn holding_some(words: &[&Holders], allowed: &Allowed) -> Vec<(u32, u8)> {
    let last = words.iter().filter_map(|holders| holders.documents.last()).max();
    let mut held = vec![0_u8; last.map_or(0, |last| *last as usize + 1)];
    for document in words.iter().flat_map(|holders| &holders.documents) {
        if let Some(held) = held.get_mut(*document as usize) {
            *held += 1;
        }
    }
    let some = (0..).zip(held).filter(|(document, held)| {
        *held > 0 && usize::from(*held) < words.len() && allowed.allows(*document)
    });
    some.collect()
}

/// Where each of the products holds each word.
fn seen_of(documents: Vec<(u32, u8)>, words: &[&Holders]) -> PartMatches {
    let mut at = vec![0; words.len()];
    let mut matches = PartMatches::default();
    for (document, _) in documents {
        matches.documents.push(document);
        for (holders, at) in words.iter().zip(&mut at) {
            *at += gallop(holders.documents.get(*at..).unwrap_or_default(), document);
            let is_held = holders.documents.get(*at) == Some(&document);
            let seen = holders.seen.get(*at).filter(|_| is_held);
            matches.seen.push(seen.copied().unwrap_or_default());
        }
    }
    matches
}

impl WordFound {
    /// The word as the shop spells it, when it was found in another spelling only.
    pub fn correction(&self) -> Option<&str> {
        let misspelt = |spelling: &&Spelling| matches!(spelling.way, Way::Typo | Way::TwoTypos);
        let spellings = self
            .spellings
            .iter()
            .filter(|_| self.as_typed == 0)
            .filter(misspelt);
        let best = spellings.max_by_key(|spelling| (spelling.way, spelling.products));
        best.map(|spelling| spelling.word.as_str())
    }
}
