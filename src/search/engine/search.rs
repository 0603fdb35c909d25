//! One search from text to hits. Must not know how the index is written.

use std::time::{Duration, Instant};

use tantivy::DocId;

use super::asked::{Asked, DEEPEST, Narrow};
use super::facets::Counts;
use super::found::{Facets, Found, Hit, Understood};
use super::gather::{Desk, Seen};
use super::highlight::Highlighter;
use super::matching::{Matcher, Matches, PartMatches, WordFound};
use super::narrow::{Filters, Verdict};
use super::order;
use super::part::{Part, Snapshot};
use super::rank::{Candidate, Lengths, Standing, Worth, explain};
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
            self.by_relevance(&matches, &kept, asked)
        } else {
            self.by_columns(&matches, &kept, asked)?
        };
        Ok(Found {
            hits,
            total: kept.iter().map(Vec::len).sum(),
            facets: if asked.facets {
                counts.finish()
            } else {
                Facets::default()
            },
            highlighter: Highlighter::of(&matches.words, self.language),
            understood: understood(&reading, &matches),
        })
    }

    fn matches(&mut self, reading: &Reading, asked: &Asked) -> tantivy::Result<Matches> {
        let matcher = Matcher {
            snapshot: self.snapshot,
            fields: self.fields,
            language: self.language,
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

    fn by_relevance(&self, matches: &Matches, kept: &[Vec<usize>], asked: &Asked) -> Vec<Hit> {
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
        self.with_care(&mut candidates, matches);
        let page = candidates.iter().take(depth(asked)).skip(asked.offset);
        let hits = page.map(|candidate| Hit {
            product_id: candidate.id,
            explanation: asked.explain.then(|| {
                let found = matches.parts.get(candidate.part as usize);
                let lengths = self
                    .snapshot
                    .parts
                    .get(candidate.part as usize)
                    .map_or(Lengths::default(), |part| lengths(part, candidate.document));
                let seen = found
                    .map(|found| found.seen_of(candidate.document))
                    .unwrap_or_default();
                let words = matches.words.iter().zip(seen).zip(&rarities);
                let words: Vec<_> = words
                    .map(|((needle, seen), rarity)| (needle.needle.text.as_str(), *seen, *rarity))
                    .collect();
                explain(candidate, &words, &worth, lengths)
            }),
        });
        hits.collect()
    }

    /// Judges by the order of words in names, which is too dear to do for all.
    fn with_care(&self, candidates: &mut [Candidate], matches: &Matches) {
        let mut name = Vec::new();
        for candidate in candidates.iter_mut() {
            let Some(part) = self.snapshot.parts.get(candidate.part as usize) else {
                continue;
            };
            name.clear();
            name.extend(part.name_words.values_for_doc(candidate.document));
            candidate.score *= Standing::of(&matches.words, &name).factor(self.weights);
        }
        candidates.sort_unstable_by(Candidate::compare);
    }

    /// A word that few products hold tells more. Counted among the products that are there, not among what the index
    /// has not cleared away yet, so that every node counts the same.
    fn rarities(&self, matches: &Matches) -> Vec<f32> {
        let products: u64 = self.snapshot.searcher.num_docs();
        let rarity = |word: &WordFound| {
            let (all, some) = (products as f32, word.frequency as f32);
            (1.0 + (all - some + 0.5).max(0.0) / (some + 0.5)).ln()
        };
        let last = matches.words.len().saturating_sub(1);
        matches
            .words
            .iter()
            .enumerate()
            .map(|(at, word)| rarity(word) * if at == last { 1.0 + self.weights.head } else { 1.0 })
            .collect()
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
    let lengths = lengths(part, document);
    let words = seen
        .iter()
        .zip(rarities)
        .map(|(seen, rarity)| rarity * worth.of(*seen, lengths));
    let typos: u8 = seen.iter().map(|seen| seen.typos()).sum();
    let held = found.words.get(at).copied().unwrap_or_default();
    let share = f32::from(held) / rarities.len() as f32;
    let w = &worth.weights;
    let tier = 7u8.saturating_sub(typos);
    let strict = w.strict as i32;
    Some(Candidate {
        part: number,
        document,
        id: part.id(document),
        words: match strict {
            0 => tier,
            1 => held * 8 + tier,
            _ => {
                if usize::from(held) == rarities.len() {
                    8 + tier
                } else {
                    tier
                }
            }
        },
        score: words.sum::<f32>() * share.powf(w.completeness),
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

fn lengths(part: &Part, document: DocId) -> Lengths {
    Lengths {
        name: part.name_words.values_for_doc(document).count() as f32,
        description: part.description_words.get_val(document) as f32,
    }
}

fn depth(asked: &Asked) -> usize {
    (asked.offset.saturating_add(asked.limit)).min(DEEPEST)
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
    for word in matches.words.iter().rev() {
        if let Some(correction) = word.correction() {
            text.replace_range(word.needle.start..word.needle.end, correction);
            changed = true;
        }
    }
    changed.then_some(text)
}
