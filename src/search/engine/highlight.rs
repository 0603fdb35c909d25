//! Which words of a text were looked for, so that a page can mark them. Works on any text, also one that changed since
//! it was indexed. Must not know tantivy.

use std::collections::HashSet;
use std::ops::Range;

use super::matching::WordFound;
use super::stem::Language;
use super::words::{self, Word};

/// Knows the words of one search and what else they were found as.
#[derive(Debug, Clone, Default)]
pub struct Highlighter {
    words: HashSet<String>,
    stems: HashSet<String>,
    beginnings: Vec<String>,
    language: Language,
}

impl Highlighter {
    pub(super) fn of(found: &[WordFound], language: Language) -> Highlighter {
        let mut marks = Highlighter {
            language,
            ..Highlighter::default()
        };
        for word in found {
            let needle = &word.needle;
            marks
                .words
                .extend(word.spellings.iter().map(|spelling| spelling.word.clone()));
            marks.words.insert(needle.text.clone());
            marks
                .stems
                .insert(needle.stem.clone().unwrap_or_else(|| needle.text.clone()));
            let joined = needle
                .joined
                .iter()
                .filter(|(word, _)| marks.words.contains(word));
            let begun = joined
                .filter(|(_, is_prefix)| *is_prefix)
                .map(|(word, _)| word.clone());
            marks.beginnings.extend(begun.collect::<Vec<_>>());
            if needle.is_prefix {
                marks.beginnings.push(needle.text.clone());
            }
        }
        marks
    }

    /// The parts of a text to mark, in bytes, rising and apart from each other. Of a word that is still being typed
    /// only the beginning.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let words = words::words(text);
        let mut marked = vec![0; words.len()];
        for (word, end) in words.iter().zip(&mut marked) {
            *end = self.marked_until(text, word);
        }
        for (first, last, whole) in words::joined(&words) {
            if self.knows(&whole) {
                let pieces = words.iter().zip(&mut marked).skip(first).take(last + 1 - first);
                pieces.for_each(|(word, end)| *end = word.end);
            }
        }
        let ranges = words.iter().zip(marked).filter(|(_, end)| *end > 0);
        ranges.map(|(word, end)| word.start..end).collect()
    }

    fn knows(&self, word: &str) -> bool {
        self.words.contains(word)
            || (!self.stems.is_empty()
                && self
                    .stems
                    .contains(self.language.stem(word).as_deref().unwrap_or(word)))
    }

    /// Where the mark of a word ends; 0 without one.
    fn marked_until(&self, text: &str, word: &Word) -> usize {
        if self.knows(&word.text) {
            return word.end;
        }
        let begins = self
            .beginnings
            .iter()
            .filter(|beginning| word.text.starts_with(beginning.as_str()));
        let Some(letters) = begins.map(|beginning| beginning.chars().count()).max() else {
            return 0;
        };
        // Letters that fold to two, or marks of their own, move the end a little; it stays between letters.
        let inside = text.get(word.start..word.end).unwrap_or_default();
        inside
            .char_indices()
            .nth(letters)
            .map_or(word.end, |(at, _)| word.start + at)
    }
}
