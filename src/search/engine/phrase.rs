//! Words that must stand together, and words that must not be there: the products of a part that hold a phrase.
//! Must not know how hits are ranked.

use tantivy::query::{BooleanQuery, EnableScoring, PhraseQuery, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::part::{Part, Snapshot};
use super::reading::Reading;
use super::schema::{Fields, Place};

/// What a hit must and must not hold beside its words, ready for every part.
pub(super) struct Phrases {
    required: Vec<Box<dyn tantivy::query::Weight>>,
    forbidden: Vec<Box<dyn tantivy::query::Weight>>,
}

/// Products of one part, rising.
pub(super) struct Allowed {
    required: Vec<Vec<DocId>>,
    forbidden: Vec<Vec<DocId>>,
}

impl Phrases {
    pub fn new(reading: &Reading, snapshot: &Snapshot, fields: &Fields) -> tantivy::Result<Phrases> {
        let scoring = || EnableScoring::disabled_from_searcher(&snapshot.searcher);
        let weights = |phrases: &[Vec<String>]| {
            let weights = phrases
                .iter()
                .map(|phrase| anywhere(phrase, fields).weight(scoring()));
            weights.collect::<tantivy::Result<Vec<_>>>()
        };
        Ok(Phrases {
            required: weights(&reading.phrases)?,
            forbidden: weights(&reading.without)?,
        })
    }

    pub fn of(&self, part: &Part) -> tantivy::Result<Allowed> {
        let holders = |weights: &[Box<dyn tantivy::query::Weight>]| {
            let mut all = Vec::new();
            for weight in weights {
                let mut documents = Vec::new();
                let mut scorer = weight.scorer(&part.reader, 1.0)?;
                while scorer.doc() != TERMINATED {
                    documents.push(scorer.doc());
                    scorer.advance();
                }
                all.push(documents);
            }
            Ok::<_, tantivy::TantivyError>(all)
        };
        Ok(Allowed {
            required: holders(&self.required)?,
            forbidden: holders(&self.forbidden)?,
        })
    }
}

impl Allowed {
    pub fn allows_all(&self) -> bool {
        self.required.is_empty() && self.forbidden.is_empty()
    }

    pub fn allows(&self, document: DocId) -> bool {
        let holds = |documents: &Vec<DocId>| documents.binary_search(&document).is_ok();
        self.required.iter().all(holds) && !self.forbidden.iter().any(holds)
    }
}

fn anywhere(phrase: &[String], fields: &Fields) -> BooleanQuery {
    let places = Place::ALL.into_iter().filter(|place| *place != Place::Code);
    let queries = places.map(|place| -> Box<dyn Query> {
        let mut terms: Vec<Term> = phrase
            .iter()
            .map(|word| Term::from_field_text(fields.place(place), word))
            .collect();
        match terms.pop() {
            Some(term) if terms.is_empty() => Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
            last => {
                terms.extend(last);
                Box::new(PhraseQuery::new(terms))
            }
        }
    });
    BooleanQuery::union(queries.collect())
}
