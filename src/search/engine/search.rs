//! One search from text to hits. Must not know how the index is written.

use std::time::{Duration, Instant};

use tantivy::DocId;

use super::asked::{Asked, DEEPEST};
use super::facets::Counts;
use super::found::{Facets, Found, Hit, Understood};
use super::highlight::Highlighter;
use super::judge::{Candidate, Judge, best};
use super::matching::{Matcher, Matches, PartMatches};
use super::narrow::{Filters, Verdict};
use super::order;
use super::part::Snapshot;
use super::reading::Reading;
use super::schema::Fields;
use super::seen::{Desk, Seen};
use super::stem::Language;
use super::synonyms::Synonyms;
use super::tally::Tally;
use crate::catalog::finder::Narrow;
use crate::config::Weights;

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
        let has_text =
            !(reading.needles.is_empty() && reading.phrases.is_empty() && reading.without.is_empty());
        if !has_text && asked.facets && asked.limit == 0 && asked.narrow == Narrow::default() {
            return self.counted();
        }
        let mut matches = self.matches(&reading, asked)?;
        let dropped = self.fill(&mut matches, asked);
        let judged = self.judged(&matches, asked)?;
        let kept = judged.iter().map(|part| {
            part.iter()
                .filter(|(_, verdict)| *verdict == Verdict::Kept)
                .count()
        });
        let total = kept.sum();
        let hits = match asked.sort.is_empty() {
            true => self.by_relevance(&matches, &judged, asked),
            false => self.by_columns(&judged, asked)?,
        };
        Ok(Found {
            hits,
            total,
            facets: if asked.facets {
                self.facets(&matches, &judged, asked)?
            } else {
                Facets::default()
            },
            highlighter: Highlighter::of(&matches.words, self.language),
            understood: understood(&reading, &matches, dropped),
        })
    }

    fn matches(&mut self, reading: &Reading, asked: &Asked) -> tantivy::Result<Matches> {
        let matcher = Matcher {
            snapshot: self.snapshot,
            fields: self.fields,
            language: self.language,
            reading,
            desk: self.desk,
            weights: self.weights,
            deadline: Instant::now() + asked.patience.unwrap_or(PATIENCE),
        };
        matcher.run()
    }

    /// When few products hold all words, the best of those that hold some follow; in a list with an order of its own
    /// only when none holds all. Gives back the words that the best of them goes without, when none holds all.
    fn fill(&self, matches: &mut Matches, asked: &Asked) -> Vec<String> {
        let is_sorted = !asked.sort.is_empty() && matches.complete > 0;
        if matches.near.is_empty() || is_sorted {
            return Vec::new();
        }
        let judge = Judge::new(self.snapshot, self.weights, matches, asked.one_view);
        let most = self.weights.fill_hits.saturating_sub(matches.complete);
        let near = matches.near.iter().enumerate();
        let near = near.flat_map(|(number, found)| {
            (0..found.documents.len()).filter_map({
                let judge = &judge;
                move |at| judge.candidate(number, found, at)
            })
        });
        let mut chosen = best(near.collect(), most);
        let first = chosen
            .iter()
            .min_by(|left, right| Candidate::compare(left, right));
        let seen = first.and_then(|first| Some(matches.near.get(first.part)?.seen_at(first.at)));
        let missing = matches
            .words
            .iter()
            .zip(seen.unwrap_or_default())
            .filter(|(_, seen)| **seen == Seen::default());
        let missing: Vec<String> = missing.map(|(word, _)| word.needle.text.clone()).collect();
        chosen.sort_unstable_by_key(|candidate| (candidate.part, candidate.document));
        for (number, (part, near)) in matches.parts.iter_mut().zip(&matches.near).enumerate() {
            let chosen = chosen.iter().filter(|candidate| candidate.part == number);
            part.merge(near, chosen.map(|candidate| candidate.at));
        }
        if matches.complete == 0 {
            missing
        } else {
            Vec::new()
        }
    }

    fn judged(&self, matches: &Matches, asked: &Asked) -> tantivy::Result<Vec<Vec<(DocId, Verdict)>>> {
        let parts = self.snapshot.parts.iter().zip(&matches.parts);
        let judged = parts.map(|(part, found)| {
            let filters = Filters::new(&asked.narrow, part)?;
            let documents = found.documents.iter();
            Ok(documents
                .map(|document| (*document, filters.judge(*document)))
                .collect())
        });
        judged.collect()
    }

    fn facets(
        &self,
        matches: &Matches,
        judged: &[Vec<(DocId, Verdict)>],
        asked: &Asked,
    ) -> tantivy::Result<Facets> {
        if matches.is_everything && asked.narrow == Narrow::default() {
            return self.all_facets();
        }
        let mut counts = Counts::new(&asked.narrow, self.snapshot.vocabulary()?);
        for (number, (part, judged)) in self.snapshot.parts.iter().zip(judged).enumerate() {
            counts.add(number, part, &Tally::of(part, judged, &asked.narrow)?);
        }
        Ok(counts.finish())
    }

    /// What the whole shop can be narrowed to.
    fn all_facets(&self) -> tantivy::Result<Facets> {
        if let Some(kept) = self.snapshot.all_facets.get() {
            return Ok(kept.clone());
        }
        let nothing = Narrow::default();
        let mut counts = Counts::new(&nothing, self.snapshot.vocabulary()?);
        for (number, part) in self.snapshot.parts.iter().enumerate() {
            counts.add(number, part, part.whole()?);
        }
        let facets = counts.finish();
        Ok(self.snapshot.all_facets.get_or_init(|| facets).clone())
    }

    /// What a list of the whole shop counts, without a look at its products.
    fn counted(&self) -> tantivy::Result<Found> {
        Ok(Found {
            hits: Vec::new(),
            total: usize::try_from(self.snapshot.searcher.num_docs()).unwrap_or(usize::MAX),
            facets: self.all_facets()?,
            highlighter: Highlighter::of(&[], self.language),
            understood: Understood::default(),
        })
    }

    fn by_columns(&self, judged: &[Vec<(DocId, Verdict)>], asked: &Asked) -> tantivy::Result<Vec<Hit>> {
        let most = depth(asked);
        let mut all = Vec::new();
        for (part, judged) in self.snapshot.parts.iter().zip(judged) {
            let kept = judged.iter().filter(|(_, verdict)| *verdict == Verdict::Kept);
            let documents = kept.map(|(document, _)| *document).collect();
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

    fn by_relevance(&self, matches: &Matches, judged: &[Vec<(DocId, Verdict)>], asked: &Asked) -> Vec<Hit> {
        let judge = Judge::new(self.snapshot, self.weights, matches, asked.one_view);
        let mut candidates = Vec::new();
        for (number, (found, judged)) in matches.parts.iter().zip(judged).enumerate() {
            let kept = judged
                .iter()
                .enumerate()
                .filter(|(_, (_, verdict))| *verdict == Verdict::Kept);
            candidates.extend(kept.filter_map(|(at, _)| judge.candidate(number, found, at)));
        }
        let candidates = judge.in_order(candidates);
        let page = candidates.iter().take(depth(asked)).skip(asked.offset);
        let hits = page.map(|candidate| Hit {
            product_id: candidate.id,
            explanation: asked.explain.then(|| {
                let found = matches.parts.get(candidate.part);
                let seen = found.map_or(&[] as &[Seen], |found| found.seen_at(candidate.at));
                judge.explain(candidate, seen)
            }),
        });
        hits.collect()
    }
}

impl PartMatches {
    /// Takes in some of another list of the same part, rising.
    fn merge(&mut self, other: &PartMatches, chosen: impl Iterator<Item = usize>) {
        let own = std::mem::take(self);
        let mut own_at = 0;
        let mut copy = |from: &PartMatches, at: usize| {
            self.documents.extend(from.documents.get(at));
            self.seen.extend_from_slice(from.seen_at(at));
        };
        for at in chosen {
            let Some(document) = other.documents.get(at) else {
                continue;
            };
            while own.documents.get(own_at).is_some_and(|before| before < document) {
                copy(&own, own_at);
                own_at += 1;
            }
            copy(other, at);
        }
        (own_at..own.documents.len()).for_each(|at| copy(&own, at));
    }
}

fn depth(asked: &Asked) -> usize {
    (asked.offset.saturating_add(asked.limit)).min(DEEPEST)
}

fn understood(reading: &Reading, matches: &Matches, dropped: Vec<String>) -> Understood {
    Understood {
        words: matches
            .words
            .iter()
            .map(|word| word.needle.text.clone())
            .collect(),
        dropped,
        complete: matches.complete,
        did_you_mean: corrected(reading, matches),
        synonyms: reading.synonyms.clone(),
        cut_short: matches.cut_short,
    }
}

/// The text with each word that was found in another spelling only in that spelling.
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
