//! How a text becomes words, the same for products and for what customers type: without case and accents, split at
//! whatever is no letter or digit and where letters meet digits. Must not know tantivy.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word in bytes; the rest of a longer one is left out.
const LONGEST_WORD: usize = 48;

/// Most pieces of a compound that are joined: "jack-in-the-box" has four.
const MOST_JOINED: usize = 4;

/// A word and where it stands in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Folded.
    pub text: String,
    /// In bytes of the text.
    pub start: usize,
    pub end: usize,
    /// Words of the same compound ("T-Shirt", "XR1234") share a number.
    pub compound: usize,
}

/// The words of a text in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut reader = Reader::default();
    for (at, character) in text.char_indices() {
        reader.read(at, character);
    }
    reader.close(text.len());
    reader.words
}

/// Ways to write the words of a compound as one, with the first and last of them: "t" and "shirt" of "T-Shirt" are
/// "tshirt", "xr" and "1234" of "XR-1234" are "xr1234".
pub(super) fn joined(words: &[Word]) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    for (first, word) in words.iter().enumerate() {
        let mut whole = word.text.clone();
        for (last, next) in words.iter().enumerate().skip(first + 1).take(MOST_JOINED - 1) {
            if next.compound != word.compound {
                break;
            }
            whole.push_str(&next.text);
            if whole.len() > LONGEST_WORD {
                break;
            }
            found.push((first, last, whole.clone()));
        }
    }
    found
}

/// All letters and digits of a text as one word: what an article number is found by, however it is written.
pub(super) fn squeezed(text: &str) -> String {
    words(text).into_iter().map(|word| word.text).collect()
}

#[derive(Default)]
struct Reader {
    words: Vec<Word>,
    open: Option<Word>,
    compound: usize,
    /// Signs since the last word, by which the next one is or is not of the same compound.
    between: Between,
}

#[derive(Default, PartialEq, Clone, Copy)]
enum Between {
    #[default]
    Nothing,
    Joiner,
    Gap,
}

impl Reader {
    fn read(&mut self, at: usize, character: char) {
        if is_transparent(character) {
            return;
        }
        if !character.is_alphanumeric() {
            self.close(at);
            self.between = match self.between {
                Between::Nothing if is_joiner(character) => Between::Joiner,
                _ => Between::Gap,
            };
            return;
        }
        let stands_alone = is_ideograph(character);
        let breaks = self.open.as_ref().is_some_and(|word| {
            stands_alone || word.text.ends_with(|last: char| last.is_numeric()) != character.is_numeric()
        });
        if breaks {
            self.close(at);
        }
        if self.open.is_none() {
            if self.between == Between::Gap {
                self.compound += 1;
            }
            self.between = Between::Nothing;
        }
        let compound = self.compound;
        let word = self.open.get_or_insert_with(|| Word {
            text: String::new(),
            start: at,
            end: at,
            compound,
        });
        fold_into(&mut word.text, character);
        if stands_alone {
            self.close(at + character.len_utf8());
            self.between = Between::Gap;
        }
    }

    fn close(&mut self, at: usize) {
        if let Some(mut word) = self.open.take() {
            word.end = at;
            if !word.text.is_empty() {
                self.words.push(word);
            }
        }
    }
}

fn fold_into(word: &mut String, character: char) {
    if word.len() >= LONGEST_WORD {
        return;
    }
    if character.is_ascii() {
        word.push(character.to_ascii_lowercase());
        return;
    }
    for piece in std::iter::once(character).nfkd() {
        if is_combining_mark(piece) {
            continue;
        }
        match deunicode::deunicode_char(piece).filter(|_| is_latin(piece)) {
            Some(plain) => word.push_str(&plain.to_ascii_lowercase()),
            None => word.extend(piece.to_lowercase().filter(|lower| !is_combining_mark(*lower))),
        }
    }
}

/// Letters such as ø, ß and ł, which do not come apart into a plain one and a mark.
fn is_latin(character: char) -> bool {
    matches!(character, '\u{00C0}'..='\u{024F}')
}

/// What a reader does not see: marks, soft hyphens, joiners of no width.
fn is_transparent(character: char) -> bool {
    is_combining_mark(character)
        || matches!(
            character,
            '\u{00AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}'
        )
}

/// Signs inside a compound: T-Shirt, men's, U.S., AT&T.
fn is_joiner(character: char) -> bool {
    matches!(
        character,
        '-' | '\'' | '.' | '_' | '&' | '·' | '’' | '\u{2010}'..='\u{2013}'
    )
}

/// Scripts without spaces: each sign is a word, neighbours are found by standing together.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_folded_and_split_where_letters_meet_digits() {
        for (text, expected) in [
            ("Café Crème", "cafe creme"),
            ("XR-1234 xr1234", "xr 1234 xr 1234"),
            ("Smørrebrød & Weißwurst", "smorrebrod weisswurst"),
            ("Cafe\u{301}", "cafe"),
            ("sof\u{AD}t", "soft"),
            ("ＷＩＤＥ", "wide"),
            ("日本語", "日 本 語"),
            ("Привет", "привет"),
            ("--''&&", ""),
        ] {
            assert_eq!(texts(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn compounds_are_also_one_word() {
        let joins = |text: &str| -> Vec<String> {
            let words = words(text);
            joined(&words).into_iter().map(|(_, _, whole)| whole).collect()
        };
        assert_eq!(joins("T-Shirt red"), ["tshirt"]);
        assert_eq!(joins("men's wi-fi"), ["mens", "wifi"]);
        assert_eq!(joins("XR-1234b"), ["xr1234", "xr1234b", "1234b"]);
        assert_eq!(joins("Apple/Samsung one - two"), [""; 0]);
        assert_eq!(squeezed("XR-12 34/b"), "xr1234b");
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "Ein Café!";
        let places: Vec<&str> = words(text)
            .iter()
            .map(|word| &text[word.start..word.end])
            .collect();
        assert_eq!(places, ["Ein", "Café"]);
    }
}
