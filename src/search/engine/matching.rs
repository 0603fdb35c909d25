//! Which products match a text: all words first, other spellings when few hold them, fewer words when still few do.
//! Must not know filters or order.

use std::collections::HashSet;
use std::time::Instant;

use super::asked::MOST_WORDS;
use super::gather::{Desk, Effort, Holders, Search, Seen, Spelling, Way};
use super::part::Snapshot;
use super::phrase::{Allowed, Phrases};
use super::reading::{Needle, Reading};
use super::schema::Fields;
use super::stem::Language;

/// The products that match, part by part, with what is known of them.
pub(super) struct Matches {
    pub parts: Vec<PartMatches>,
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
    pub spellings: Vec<Spelling>,
    /// What it is called in the column of a name's words.
    pub numbers: HashSet<u64>,
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
    pub language: Language,
    pub reading: &'a Reading,
    pub desk: &'a mut Desk,
    /// Fewer hits than this are not enough.
    pub enough: usize,
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
            let word = self.look_for(needle, Effort::AsTyped)?;
            if word.found.frequency > 0 || needle.pieces.len() == 1 {
                words.push(word);
                continue;
            }
            // Nobody writes them together: each for itself.
            for piece in needle.apart(self.language) {
                words.push(self.look_for(&piece, Effort::AsTyped)?);
            }
        }
        words.truncate(MOST_WORDS);
        let mut complete = self.complete(&words, &allowed);
        let mut cut_short = false;
        for effort in [Effort::OneTypo, Effort::TwoTypos] {
            if complete >= self.enough {
                break;
            }
            for word in &mut words {
                let found_as_typed = effort == Effort::TwoTypos && word.found.frequency > 0;
                if word.found.needle.typos < effort as u8 || found_as_typed {
                    continue;
                }
                if Instant::now() > self.deadline {
                    cut_short = true;
                    break;
                }
                *word = self.look_for(&word.found.needle, effort)?;
            }
            complete = self.complete(&words, &allowed);
        }
        let least = if complete >= self.enough { words.len() } else { 1 };
        let parts = allowed.iter().enumerate();
        Ok(Matches {
            parts: parts
                .map(|(part, allowed)| merged(&in_part(&words, part), allowed, least))
                .collect(),
            words: words.into_iter().map(|word| word.found).collect(),
            complete,
            cut_short,
            is_everything: false,
        })
    }

    fn look_for(&mut self, needle: &Needle, effort: Effort) -> tantivy::Result<Word> {
        let mut word = Word::default();
        word.found.needle = needle.clone();
        for part in &self.snapshot.parts {
            let search = Search {
                part,
                fields: self.fields,
                language: self.language,
                desk: self.desk,
                found: &mut word.found,
            };
            let holders = search.holders(needle, effort)?;
            word.found.frequency += holders.documents.len();
            word.holders.push(holders);
        }
        Ok(word)
    }

    fn complete(&self, words: &[Word], allowed: &[Allowed]) -> usize {
        let parts = allowed.iter().enumerate();
        let counts = parts.map(|(part, allowed)| {
            merged(&in_part(words, part), allowed, words.len())
                .documents
                .len()
        });
        counts.sum()
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
            words: vec![0; documents.len()],
            seen: Vec::new(),
            documents,
        }
    });
    Matches {
        parts: parts.collect(),
        words: Vec::new(),
        complete: 0,
        cut_short: false,
        is_everything: allowed.iter().all(Allowed::allows_all),
    }
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

impl WordFound {
    /// The word as the shop spells it, when it was found by another spelling only.
    pub fn correction(&self) -> Option<&str> {
        let best = self.spellings.iter().max_by_key(|spelling| spelling.way)?;
        matches!(best.way, Way::Typo | Way::TwoTypos).then_some(best.word.as_str())
    }
}
