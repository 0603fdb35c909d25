//! How a search text is read: words, phrases in quotes, words that must not be there, and what each word may also
//! be written as. Any text can be read; signs that mean nothing are gaps. Must not know tantivy.

use std::ops::Range;

use super::asked::{LONGEST_TEXT, MOST_WORDS};
use super::stem::Language;
use super::synonyms::Synonyms;
use super::words::{self, Word};

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    /// All of them, if any product has all of them.
    pub needles: Vec<Needle>,
    /// Words that stand together as they are.
    pub phrases: Vec<Vec<String>>,
    /// Words or phrases that a hit must not hold.
    pub without: Vec<Vec<String>>,
    /// What was typed, up to where it was read.
    pub text: String,
    pub synonyms: Vec<String>,
}

/// A word to look for, and what it may also be written as.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Needle {
    /// Of a compound all of it: "tshirt" of "T-Shirt".
    pub text: String,
    /// The words of a compound; of others the word itself.
    pub pieces: Vec<String>,
    /// Where each of these stands, in bytes of the text.
    pub places: Vec<Range<usize>>,
    pub stem: Option<String>,
    /// The same word as one and as many.
    pub plurals: Vec<String>,
    /// Whether it may be the beginning of a word: the last one, unless a space follows.
    pub is_prefix: bool,
    /// How many letters may be wrong.
    pub typos: u8,
    /// In bytes of the text.
    pub start: usize,
    pub end: usize,
    /// Written together with its neighbours; `true` when it may be the beginning of a word.
    pub joined: Vec<(String, bool)>,
    /// Article numbers that it is a part of.
    pub codes: Vec<String>,
    /// Words that stand in for it, all of them at once.
    pub synonyms: Vec<Vec<String>>,
}

impl Reading {
    pub fn of(text: &str, language: Language, synonyms: &Synonyms) -> Reading {
        let end = (0..=LONGEST_TEXT).rev().find(|end| text.is_char_boundary(*end));
        let text = text.get(..end.unwrap_or_default()).unwrap_or(text);
        let mut reading = Reading {
            text: text.to_owned(),
            ..Reading::default()
        };
        let mut found = Vec::new();
        for piece in pieces(text) {
            let inside = text.get(piece.start..piece.end).unwrap_or_default();
            let inside = words::words(inside);
            let texts = || inside.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
            match (inside.is_empty(), piece.is_without, piece.is_quoted) {
                (true, ..) => continue,
                (_, true, _) => reading.without.push(texts()),
                (_, false, quoted) => {
                    if quoted {
                        reading.phrases.push(texts());
                    }
                    let compounds = found
                        .last()
                        .map_or(0, |(word, _): &(Word, bool)| word.compound + 1);
                    found.extend(
                        inside
                            .into_iter()
                            .map(|word| (placed(word, piece.start, compounds), quoted)),
                    );
                }
            }
        }
        reading.without.truncate(MOST_WORDS);
        reading.phrases.truncate(MOST_WORDS);
        reading.look_for(without_stop_words(found, language), language, synonyms);
        reading
    }

    fn look_for(&mut self, found: Vec<(Word, bool)>, language: Language, synonyms: &Synonyms) {
        let open_end = found
            .last()
            .is_some_and(|(word, quoted)| !quoted && word.end == self.text.len());
        for compound in found.chunk_by(|(left, _), (right, _)| left.compound == right.compound) {
            let [(first, quoted), ..] = compound else { continue };
            let text: String = compound.iter().map(|(word, _)| word.text.as_str()).collect();
            // "1x1x1x1" has as many pieces as signs.
            let pieces = || compound.iter().map(|(word, _)| word).take(MOST_WORDS);
            self.needles.push(Needle {
                stem: language.stem(&text).filter(|_| !quoted),
                plurals: if *quoted {
                    Vec::new()
                } else {
                    language.plurals(&text)
                },
                typos: if *quoted { 0 } else { typos_allowed(&text) },
                start: first.start,
                end: compound.last().map_or(first.end, |(word, _)| word.end),
                pieces: pieces().map(|word| word.text.clone()).collect(),
                places: pieces().map(|word| word.start..word.end).collect(),
                text,
                ..Needle::default()
            });
        }
        self.needles.truncate(MOST_WORDS);
        if let Some(last) = self.needles.last_mut() {
            last.is_prefix = open_end && last.end == self.text.len();
        }
        self.join_neighbours();
        self.name_codes();
        self.stand_in(synonyms);
    }

    /// "t shirt" may be written "tshirt".
    fn join_neighbours(&mut self) {
        let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
        for last in 1..self.needles.len() {
            let pair = self.needles.get(last - 1..=last).unwrap_or_default();
            let [left, right] = pair else { continue };
            if has_digit(&left.text) != has_digit(&right.text) || !has_digit(&left.text) {
                let (whole, is_prefix) = (format!("{}{}", left.text, right.text), right.is_prefix);
                for needle in self.between(last - 1, last) {
                    needle.joined.push((whole.clone(), is_prefix));
                }
            }
        }
    }

    /// Each word, and all of them together, may be an article number.
    fn name_codes(&mut self) {
        let whole: String = self.needles.iter().map(|needle| needle.text.as_str()).collect();
        for needle in &mut self.needles {
            needle.codes.push(needle.text.clone());
            if whole != needle.text {
                needle.codes.push(whole.clone());
            }
        }
    }

    fn stand_in(&mut self, synonyms: &Synonyms) {
        let words: Vec<String> = self
            .needles
            .iter()
            .map(|needle| needle.pieces.join(" "))
            .collect();
        for first in 0..words.len() {
            for last in first..words.len() {
                let typed = words.get(first..=last).unwrap_or_default().join(" ");
                for meant in synonyms.of(&typed) {
                    self.synonyms.push(meant.join(" "));
                    for needle in self.between(first, last) {
                        needle.synonyms.push(meant.clone());
                    }
                }
            }
        }
    }

    fn between(&mut self, first: usize, last: usize) -> impl Iterator<Item = &mut Needle> {
        self.needles.iter_mut().skip(first).take(last + 1 - first)
    }
}

impl Needle {
    /// The words of a compound, each to be looked for by itself.
    pub fn apart(&self, language: Language) -> Vec<Needle> {
        let last = self.pieces.len().saturating_sub(1);
        let pieces = self.pieces.iter().zip(&self.places).enumerate();
        let pieces = pieces.map(|(at, (piece, place))| Needle {
            stem: language.stem(piece),
            plurals: language.plurals(piece),
            is_prefix: self.is_prefix && at == last,
            typos: typos_allowed(piece),
            text: piece.clone(),
            pieces: vec![piece.clone()],
            places: vec![place.clone()],
            start: place.start,
            end: place.end,
            ..Needle::default()
        });
        pieces.collect()
    }
}

/// The rule of Meilisearch: short words must be right. A number with a wrong digit is another number.
fn typos_allowed(word: &str) -> u8 {
    match word.chars().count() {
        _ if word.bytes().any(|byte| byte.is_ascii_digit()) => 0,
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

fn placed(word: Word, start: usize, compounds: usize) -> Word {
    Word {
        start: word.start + start,
        end: word.end + start,
        compound: word.compound + compounds,
        ..word
    }
}

/// "lamp for the kitchen" looks for two words; "the who" for both, because nothing else is left.
fn without_stop_words(mut found: Vec<(Word, bool)>, language: Language) -> Vec<(Word, bool)> {
    let tells = |(word, quoted): &(Word, bool)| *quoted || !language.is_stop_word(&word.text);
    if found.iter().any(tells) {
        let last = found.len() - 1;
        let mut at = 0;
        // The last one may be the beginning of a telling word.
        found.retain(|word| {
            at += 1;
            tells(word) || (at > last && last > 0 && word.0.text.len() == 1)
        });
    }
    found
}

/// A part of the text with one meaning.
#[derive(Debug, Default, Clone, Copy)]
struct Piece {
    start: usize,
    end: usize,
    is_quoted: bool,
    is_without: bool,
}

/// Cuts at quotes, and at words with a minus before them.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open = Piece::default();
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let is_minus = matches!(character, '-' | '\u{2212}')
            && before.is_whitespace()
            && (next.is_alphanumeric() || is_quote(next))
            && !open.is_quoted;
        let ends_without = open.is_without && !open.is_quoted && character.is_whitespace();
        if is_quote(character) || is_minus || ends_without {
            let starts_quote = is_quote(character) && !open.is_quoted;
            let minus_before_quote = open.is_without && starts_quote && open.start == at;
            pieces.push(Piece { end: at, ..open });
            open = Piece {
                start: at + character.len_utf8(),
                end: text.len(),
                is_quoted: starts_quote,
                is_without: is_minus || minus_before_quote,
            };
        }
        before = character;
    }
    // A quote that is never closed is a sign like any other.
    let rest = Piece {
        end: text.len(),
        is_quoted: false,
        ..open
    };
    pieces.push(rest);
    pieces
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Reading {
        Reading::of(text, Language::English, &Synonyms::default())
    }

    fn texts(reading: &Reading) -> Vec<&str> {
        reading
            .needles
            .iter()
            .map(|needle| needle.text.as_str())
            .collect()
    }

    #[test]
    fn the_last_word_is_still_being_typed_unless_a_space_follows() {
        let prefixes =
            |text: &str| -> Vec<bool> { read(text).needles.iter().map(|needle| needle.is_prefix).collect() };
        assert_eq!(prefixes("red lam"), [false, true]);
        assert_eq!(prefixes("red lamp "), [false, false]);
        assert_eq!(prefixes("\"red lamp\""), [false, false]);
    }

    #[test]
    fn quotes_and_minus_are_understood() {
        let reading = read("lamp -red \"oak table\" -\"cast iron\" t-shirt");
        assert_eq!(texts(&reading), ["lamp", "oak", "table", "tshirt"]);
        assert_eq!(reading.phrases, [["oak", "table"]]);
        assert_eq!(
            reading.without,
            [vec!["red".to_owned()], vec!["cast".to_owned(), "iron".to_owned()]]
        );
        assert_eq!(texts(&read("\"never closed")), ["never", "closed"]);
        assert!(read("\"never closed").phrases.is_empty());
    }

    #[test]
    fn words_that_tell_nothing_are_left_out_beside_others() {
        assert_eq!(texts(&read("a lamp for the kitchen")), ["lamp", "kitchen"]);
        assert_eq!(texts(&read("for the")), ["for", "the"]);
    }

    #[test]
    fn model_numbers_and_short_words_must_be_right() {
        let typos: Vec<u8> = read("lamp table extraordinary xr1234")
            .needles
            .iter()
            .map(|needle| needle.typos)
            .collect();
        assert_eq!(typos, [0, 1, 2, 0]);
    }

    #[test]
    fn neighbours_may_be_written_together() {
        let joined = |text: &str| -> Vec<String> {
            read(text)
                .needles
                .iter()
                .flat_map(|needle| needle.joined.iter().map(|(word, _)| word.clone()))
                .collect()
        };
        assert_eq!(joined("head set"), ["headset", "headset"]);
        assert_eq!(joined("usb c"), ["usbc", "usbc"]);
        assert_eq!(read("t-shirt").needles[0].pieces, ["t", "shirt"]);
        assert_eq!(read("xr-1234").needles[0].codes, ["xr1234"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,300}") {
            let reading = read(&text);
            prop_assert!(reading.needles.len() <= MOST_WORDS);
            for needle in &reading.needles {
                prop_assert!(reading.text.get(needle.start..needle.end).is_some());
            }
        }
    }
}
