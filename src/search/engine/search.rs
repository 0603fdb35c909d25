//! One search from text to hits. Must not know how the index is written.

use std::time::{Duration, Instant};

use tantivy::DocId;

use super::asked::{Asked, DEEPEST, Narrow};
use super::facets::Counts;
use super::found::{Facets, Found, Hit, Understood};
use super::gather::{Desk, Seen};
use super::highlight::Highlighter;
use super::matching::{Matcher, Matches, PartMatches};
use super::narrow::{Filters, Verdict};
use super::order;
use super::part::{Part, Snapshot};
use super::rank::{Candidate, Worth, explain};
use super::reading::Reading;
use super::schema::Fields;
use super::stem::Language;
use super::synonyms::Synonyms;
use super::weights::Weights;

/// Most products whose order is decided with care; the others follow by what their words are worth.
const CANDIDATES: usize = 1_000;

/// How long other spellings are looked for, unless the search says otherwise.
const PATIENCE: Duration = Duration::from_millis(20);

pub(super) struct Searching<'a> {
    pub snapshot: &'a Snapshot,
    pub fields: &'a Fields,
    pub language: Language,
    pub weights: &'a Weights,
    pub synonyms: &'a Synonyms,
    pub desk: &'a mut Desk,
}

impl Searching<'_> {
    pub fn run(mut self, asked: &Asked) -> tantivy::Result<Found> {
        let reading = Reading::of(&asked.text, self.language, self.synonyms);
        let matches = self.matches(&reading, asked)?;
        let mut counts = Counts::new(&asked.narrow);
        let is_whole_shop = matches.is_everything && asked.narrow == Narrow::default();
        let whole_shop = self.snapshot.all_facets.get().filter(|_| is_whole_shop);
        let mut kept: Vec<Vec<usize>> = Vec::new();
        for (part, found) in self.snapshot.parts.iter().zip(&matches.parts) {
            let filters = Filters::new(&asked.narrow, part)?;
            let judged: Vec<(DocId, Verdict)> = found
                .documents
                .iter()
                .map(|document| (*document, filters.judge(*document)))
                .collect();
            if asked.facets && whole_shop.is_none() {
                counts.add(part, &judged)?;
            }
            let keeps = judged
                .iter()
                .enumerate()
                .filter(|(_, (_, verdict))| *verdict == Verdict::Kept);
            kept.push(keeps.map(|(at, _)| at).collect());
        }
        let hits = if asked.sort.is_empty() {
            self.by_relevance(&reading, &matches, &kept, asked)
        } else {
            self.by_columns(&matches, &kept, asked)?
        };
        let spellings = matches
            .spellings
            .iter()
            .flatten()
            .map(|spelling| spelling.word.clone());
        Ok(Found {
            hits,
            total: kept.iter().map(Vec::len).sum(),
            facets: if asked.facets {
                counts.finish()
            } else {
                Facets::default()
            },
            highlighter: Highlighter::of(&reading, spellings, self.language),
            understood: understood(&reading, &matches),
        })
    }

    fn matches(&mut self, reading: &Reading, asked: &Asked) -> tantivy::Result<Matches> {
        if reading.needles.is_empty() && reading.without.is_empty() {
            return Ok(everything(self.snapshot));
        }
        let matcher = Matcher {
            snapshot: self.snapshot,
            fields: self.fields,
            reading,
            desk: self.desk,
            enough: self.weights.enough_hits,
            deadline: Instant::now() + asked.patience.unwrap_or(PATIENCE),
        };
        matcher.run()
    }

    fn by_columns(&self, matches: &Matches, kept: &[Vec<usize>], asked: &Asked) -> tantivy::Result<Vec<Hit>> {
        let most = depth(asked);
        let mut all = Vec::new();
        for ((part, found), kept) in self.snapshot.parts.iter().zip(&matches.parts).zip(kept) {
            let documents = kept
                .iter()
                .filter_map(|at| found.documents.get(*at).copied())
                .collect();
            all.extend(order::best(part, documents, &asked.sort, most)?);
        }
        let sorted = order::merged(all, &asked.sort)
            .into_iter()
            .take(most)
            .skip(asked.offset);
        let hits = sorted.map(|sorted| Hit {
            product_id: sorted.id,
            explanation: None,
        });
        Ok(hits.collect())
    }

    fn by_relevance(
        &self,
        reading: &Reading,
        matches: &Matches,
        kept: &[Vec<usize>],
        asked: &Asked,
    ) -> Vec<Hit> {
        let worth = Worth::new(self.weights);
        let rarities = self.rarities(matches);
        let mut candidates: Vec<Candidate> = Vec::new();
        for (number, ((part, found), kept)) in
            (0..).zip(self.snapshot.parts.iter().zip(&matches.parts).zip(kept))
        {
            for at in kept {
                candidates.extend(candidate(number, part, found, *at, &rarities, &worth));
            }
        }
        if candidates.len() > CANDIDATES {
            candidates.select_nth_unstable_by(CANDIDATES - 1, Candidate::compare);
            candidates.truncate(CANDIDATES);
        }
        candidates.sort_unstable_by(Candidate::compare);
        let page = candidates.iter().take(depth(asked)).skip(asked.offset);
        let hits = page.map(|candidate| Hit {
            product_id: candidate.id,
            explanation: asked.explain.then(|| {
                let found = matches.parts.get(candidate.part as usize);
                let seen = found
                    .map(|found| found.seen_of(candidate.document))
                    .unwrap_or_default();
                let words = reading.needles.iter().zip(seen).zip(&rarities);
                let words: Vec<_> = words
                    .map(|((needle, seen), rarity)| (needle.text.as_str(), *seen, *rarity))
                    .collect();
                explain(candidate, &words, &worth)
            }),
        });
        hits.collect()
    }

    /// A word that few products hold tells more. Counted among the products that are there, not among what the index
    /// has not cleared away yet, so that every node counts the same.
    fn rarities(&self, matches: &Matches) -> Vec<f32> {
        let products: u64 = self.snapshot.searcher.num_docs();
        let rarity = |frequency: &usize| {
            let (all, some) = (products as f32, *frequency as f32);
            (1.0 + (all - some + 0.5).max(0.0) / (some + 0.5)).ln()
        };
        matches.frequencies.iter().map(rarity).collect()
    }
}

fn candidate(
    number: u32,
    part: &Part,
    found: &PartMatches,
    at: usize,
    rarities: &[f32],
    worth: &Worth,
) -> Option<Candidate> {
    let document = *found.documents.get(at)?;
    let seen = found.seen_at(at);
    let words = seen
        .iter()
        .zip(rarities)
        .map(|(seen, rarity)| rarity * worth.of(*seen));
    Some(Candidate {
        part: number,
        document,
        id: part.id(document),
        words: found.words.get(at).copied().unwrap_or_default(),
        score: words.sum(),
    })
}

impl PartMatches {
    /// How each word was found in the product at a place of the list.
    fn seen_at(&self, at: usize) -> &[Seen] {
        let words = self
            .seen
            .len()
            .checked_div(self.documents.len())
            .unwrap_or_default();
        self.seen.get(at * words..(at + 1) * words).unwrap_or_default()
    }

    fn seen_of(&self, document: DocId) -> &[Seen] {
        self.documents
            .binary_search(&document)
            .map_or(&[], |at| self.seen_at(at))
    }
}

fn depth(asked: &Asked) -> usize {
    (asked.offset.saturating_add(asked.limit)).min(DEEPEST)
}

/// Without words every product matches.
fn everything(snapshot: &Snapshot) -> Matches {
    let parts = snapshot.parts.iter().map(|part| {
        let documents: Vec<DocId> = part.alive().collect();
        PartMatches {
            words: vec![0; documents.len()],
            seen: Vec::new(),
            documents,
        }
    });
    Matches {
        parts: parts.collect(),
        frequencies: Vec::new(),
        spellings: Vec::new(),
        complete: 0,
        cut_short: false,
        is_everything: true,
    }
}

fn understood(reading: &Reading, matches: &Matches) -> Understood {
    Understood {
        words: reading.needles.iter().map(|needle| needle.text.clone()).collect(),
        dropped: Vec::new(),
        complete: matches.complete,
        did_you_mean: corrected(reading, matches),
        synonyms: reading.synonyms.clone(),
        cut_short: matches.cut_short,
    }
}

/// The text with each word that was only found by another spelling in that spelling.
fn corrected(reading: &Reading, matches: &Matches) -> Option<String> {
    let mut text = reading.text.clone();
    let mut changed = false;
    for (word, needle) in reading.needles.iter().enumerate().rev() {
        if let Some(correction) = matches.correction(word) {
            text.replace_range(needle.start..needle.end, correction);
            changed = true;
        }
    }
    changed.then_some(text)
}
