//! The first stage: which products hold the words, where and how. For every word one list of products; a product's
//! entry says for each place in what way the word was found there. Must not know what any of it is worth.

use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, Term};

use super::distance;
use super::matching::WordFound;
use super::part::Part;
use super::reading::Needle;
use super::schema::{Fields, Place, STEM_MARK, word_number};
use super::seen::{Desk, Holders, Way};
use super::stem::Language;

/// How far to go for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effort {
    AsTyped,
    OneTypo,
    TwoTypos,
}

/// Words of the shop that a typed word may be, and where: kept beside the hits, for highlights and corrections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    pub word: String,
    pub way: Way,
    /// About how many hold it.
    pub products: u32,
}

/// Most beginnings whose order in names counts; a few letters begin more words than they tell.
const MOST_NUMBERS: usize = 500;

/// Fewest letters of a word that was typed together with another.
const SHORTEST_PIECE: usize = 3;

/// Knows the spellings of a word that are as near to it as may be; `None` when it must be right.
pub(super) fn automaton(
    needle: &Needle,
    effort: Effort,
    fields: &Fields,
) -> tantivy::Result<Option<DfaWrapper>> {
    let budget = needle.typos.min(effort as u8);
    if budget == 0 {
        return Ok(None);
    }
    let term = Term::from_field_text(fields.place(Place::Name), &needle.text);
    let query = match needle.is_prefix {
        true => FuzzyTermQuery::new_prefix(term, budget, true),
        false => FuzzyTermQuery::new(term, budget, true),
    };
    query.automaton().map(Some)
}

/// Looks for one word in one part.
pub(super) struct Search<'a> {
    pub part: &'a Part,
    pub language: Language,
    pub desk: &'a mut Desk,
    pub found: &'a mut WordFound,
}

impl Search<'_> {
    /// With an automaton also what is spelt a little otherwise.
    pub fn holders(mut self, needle: &Needle, automaton: Option<&DfaWrapper>) -> tantivy::Result<Holders> {
        self.desk.ready(self.part.reader.max_doc());
        for place in Place::ALL {
            let Some(dictionary) = self.part.dictionary(place) else {
                continue;
            };
            if place == Place::Code {
                self.codes(dictionary, needle)?;
                continue;
            }
            self.as_typed(dictionary, place, needle)?;
            if let Some(automaton) = automaton.filter(|_| place != Place::Description) {
                self.misspelt(dictionary, place, needle, automaton)?;
            }
        }
        Ok(self.desk.take(self.part))
    }

    fn as_typed(
        &mut self,
        dictionary: &InvertedIndexReader,
        place: Place,
        needle: &Needle,
    ) -> tantivy::Result<()> {
        self.one(dictionary, place, &needle.text, Way::Exact)?;
        for form in &needle.plurals {
            self.one(dictionary, place, form, Way::Plural)?;
        }
        if let Some(stem) = &needle.stem {
            self.one(dictionary, place, stem, Way::Stem)?;
        }
        let stem = needle.stem.as_ref().unwrap_or(&needle.text);
        self.one(dictionary, place, &format!("{STEM_MARK}{stem}"), Way::Stem)?;
        // Descriptions hold so many words that the first letters of one tell nothing there.
        let is_prefix = needle.is_prefix && place != Place::Description;
        if is_prefix {
            self.beginning(dictionary, place, &needle.text, Way::Prefix)?;
        }
        if place == Place::Name && needle.pieces.len() > 1 {
            self.together(dictionary, place, &needle.pieces, Way::Joined)?;
        }
        for (word, may_begin) in &needle.joined {
            self.one(dictionary, place, word, Way::Joined)?;
            if *may_begin && is_prefix {
                self.beginning(dictionary, place, word, Way::Prefix)?;
            }
        }
        for meant in &needle.synonyms {
            self.together(dictionary, place, meant, Way::Synonym)?;
        }
        Ok(())
    }

    fn codes(&mut self, dictionary: &InvertedIndexReader, needle: &Needle) -> tantivy::Result<()> {
        for code in &needle.codes {
            self.one(dictionary, Place::Code, code, Way::Exact)?;
            if needle.is_prefix && code.len() >= 4 && code.bytes().any(|byte| byte.is_ascii_digit()) {
                self.beginning(dictionary, Place::Code, code, Way::Prefix)?;
            }
        }
        Ok(())
    }

    fn one(
        &mut self,
        dictionary: &InvertedIndexReader,
        place: Place,
        word: &str,
        way: Way,
    ) -> tantivy::Result<()> {
        if let Some(term) = dictionary.terms().get(word)? {
            self.spell(word, way, term.doc_freq);
            self.note_all(dictionary, &term, place, way)?;
        }
        Ok(())
    }

    fn beginning(
        &mut self,
        dictionary: &InvertedIndexReader,
        place: Place,
        word: &str,
        way: Way,
    ) -> tantivy::Result<()> {
        let range = dictionary.terms().range().gt(word).lt(after(word));
        let mut terms = range.into_stream()?;
        while terms.advance() {
            let term = terms.value().clone();
            if place == Place::Name && self.found.numbers.len() < MOST_NUMBERS {
                let word = String::from_utf8_lossy(terms.key());
                self.found.numbers.insert(word_number(&word, self.language));
            }
            self.note_all(dictionary, &term, place, way)?;
        }
        Ok(())
    }

    fn misspelt(
        &mut self,
        dictionary: &InvertedIndexReader,
        place: Place,
        needle: &Needle,
        automaton: &DfaWrapper,
    ) -> tantivy::Result<()> {
        if place == Place::Name && needle.pieces.len() == 1 {
            self.apart(dictionary, &needle.text)?;
        }
        let mut terms = dictionary.terms().search(automaton).into_stream()?;
        while terms.advance() {
            let term = terms.value().clone();
            let word = String::from_utf8_lossy(terms.key()).into_owned();
            let way = match distance::between(&needle.text, &word, needle.is_prefix) {
                0 => continue,
                1 => Way::Typo,
                _ => Way::TwoTypos,
            };
            self.spell(&word, way, term.doc_freq);
            self.note_all(dictionary, &term, place, way)?;
        }
        Ok(())
    }

    /// "headset" may be "head set" in a name.
    fn apart(&mut self, dictionary: &InvertedIndexReader, word: &str) -> tantivy::Result<()> {
        for (at, _) in word.char_indices().skip(SHORTEST_PIECE) {
            let (left, right) = word.split_at(at);
            if right.chars().count() >= SHORTEST_PIECE && dictionary.terms().get(right)?.is_some() {
                let pieces = [left.to_owned(), right.to_owned()];
                self.together(dictionary, Place::Name, &pieces, Way::Split)?;
            }
        }
        Ok(())
    }

    /// All words in the same place; in a name also next to each other.
    fn together(
        &mut self,
        dictionary: &InvertedIndexReader,
        place: Place,
        words: &[String],
        way: Way,
    ) -> tantivy::Result<()> {
        let mut common: Option<Vec<DocId>> = None;
        for word in words {
            let Some(term) = dictionary.terms().get(word)? else {
                return Ok(());
            };
            let documents = documents(dictionary, &term)?;
            common = Some(match common {
                None => documents,
                Some(mut before) => {
                    before.retain(|document| documents.binary_search(document).is_ok());
                    before
                }
            });
        }
        let numbers: Vec<u64> = words
            .iter()
            .map(|word| word_number(word, self.language))
            .collect();
        let mut found = false;
        for document in common.unwrap_or_default() {
            if place != Place::Name || self.stands_in_name(document, &numbers) {
                self.desk.note(document, place, way, 1);
                found = true;
            }
        }
        for word in words.iter().filter(|_| found) {
            self.spell(word, way, 0);
        }
        Ok(())
    }

    fn stands_in_name(&self, document: DocId, numbers: &[u64]) -> bool {
        let name: Vec<u64> = self.part.name_words.values_for_doc(document).collect();
        numbers.len() < 2 || name.windows(numbers.len()).any(|window| window == numbers)
    }

    fn note_all(
        &mut self,
        dictionary: &InvertedIndexReader,
        term: &TermInfo,
        place: Place,
        way: Way,
    ) -> tantivy::Result<()> {
        let mut postings =
            dictionary.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        while !postings.docs().is_empty() {
            // Article numbers are kept without how often they occur.
            let times = postings.freqs().iter().copied().chain(std::iter::repeat(1));
            for (document, times) in postings.docs().iter().zip(times) {
                self.desk.note(*document, place, way, times);
            }
            postings.advance();
        }
        Ok(())
    }

    fn spell(&mut self, word: &str, way: Way, products: u32) {
        if word.starts_with(STEM_MARK) {
            return;
        }
        match self.found.spellings.iter_mut().find(|known| known.word == word) {
            Some(known) => known.products += products,
            None => {
                self.found.numbers.insert(word_number(word, self.language));
                self.found.spellings.push(Spelling {
                    word: word.to_owned(),
                    way,
                    products,
                });
            }
        }
    }
}

fn documents(dictionary: &InvertedIndexReader, term: &TermInfo) -> tantivy::Result<Vec<DocId>> {
    let mut documents = Vec::with_capacity(term.doc_freq as usize);
    let mut postings = dictionary.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
    while !postings.docs().is_empty() {
        documents.extend_from_slice(postings.docs());
        postings.advance();
    }
    Ok(documents)
}

/// The first text behind all that begin with this one.
fn after(beginning: &str) -> Vec<u8> {
    let mut bound = beginning.as_bytes().to_vec();
    bound.push(0xFF);
    bound
}
