//! What text a shop may hold, and the keys made from it: sort keys, slugs, search words.
//! Must not know fields, tables or HTTP.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Slugs made from a name are cut at a word near this length, so that addresses stay readable.
const SLUG_LENGTH: usize = 80;

/// Longest sort key, in characters: what its column holds.
const KEY_LENGTH: usize = 255;

/// Most words of a search that are used, and the longest of them in characters.
const MOST_WORDS: usize = 8;
const LONGEST_WORD: usize = 40;

/// Words that MariaDB's and MySQL's full-text index leaves out by default (INFORMATION_SCHEMA.INNODB_FT_DEFAULT_STOPWORD);
/// requiring one would find nothing.
const STOP_WORDS: [&str; 35] = [
    "a", "about", "an", "are", "as", "at", "be", "by", "com", "de", "en", "for", "from", "how", "i", "in",
    "is", "it", "la", "of", "on", "or", "that", "the", "this", "to", "was", "what", "when", "where", "who",
    "will", "with", "und", "www",
];

/// Why a text cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// A control character, or one that reverses the direction of what follows.
    Forbidden(char),
    /// More characters than this.
    TooLong(usize),
}

/// Cleans one line: white space of any kind becomes single spaces, the ends are trimmed.
/// `None` when nothing visible is left.
///
/// # Errors
/// Forbidden characters, more than `longest` characters.
pub fn line(text: &str, longest: usize) -> Result<Option<String>, TextFault> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    checked(line, longest)
}

/// Cleans text of several lines: line ends become `\n`, the ends are trimmed. `None` when nothing visible is left.
///
/// # Errors
/// Forbidden characters, more than `longest` characters.
pub fn paragraphs(text: &str, longest: usize) -> Result<Option<String>, TextFault> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    checked(text.trim().to_owned(), longest)
}

fn checked(text: String, longest: usize) -> Result<Option<String>, TextFault> {
    if let Some(forbidden) = text.chars().find(|character| is_forbidden(*character)) {
        return Err(TextFault::Forbidden(forbidden));
    }
    if text.chars().count() > longest {
        return Err(TextFault::TooLong(longest));
    }
    Ok(text
        .chars()
        .any(|character| !character.is_whitespace() && !is_invisible(character))
        .then_some(text))
}

/// A text that is only repeated to the one who sent it, without what must not be shown.
pub fn showable(text: &str) -> String {
    text.chars()
        .filter(|character| !is_forbidden(*character))
        .collect()
}

/// Control characters, and the overrides and isolates by which a text can pretend to read differently.
fn is_forbidden(character: char) -> bool {
    (character.is_control() && character != '\n' && character != '\t')
        || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters with no shape of their own.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The key by which names are sorted and compared: without case, accents and width, the same on every database.
pub fn fold(text: &str) -> String {
    let folded: String = text
        .nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .collect();
    let folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = folded.chars().take(KEY_LENGTH).collect();
    cut.trim_end().to_owned()
}

/// The key by which article numbers are compared: "xr-1234" is "XR-1234".
pub fn sku_key(sku: &str) -> String {
    sku.to_uppercase().chars().take(64).collect()
}

/// An address part made from a name: `Café "Noir", 2 kg` becomes `cafe-noir-2-kg`. Never empty.
pub fn slugify(text: &str, when_empty: &str) -> String {
    let mut slug = String::new();
    for word in deunicode::deunicode(text)
        .to_ascii_lowercase()
        .replace('\'', "")
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if !slug.is_empty() {
            if slug.len() + word.len() >= SLUG_LENGTH {
                break;
            }
            slug.push('-');
        }
        slug.extend(word.chars().take(SLUG_LENGTH));
    }
    if slug.is_empty() {
        when_empty.to_owned()
    } else {
        slug
    }
}

/// Whether a text is an address part as we write them: lower-case letters, digits and single hyphens, at most 200 characters.
pub fn is_slug(text: &str) -> bool {
    text.len() <= 200
        && text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

/// A search by text, reduced to folded words of letters and digits: no operator of any engine is left in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextQuery {
    text: String,
    /// Whether a space follows the last word.
    is_finished: bool,
    words: Vec<String>,
}

impl TextQuery {
    /// Reads what a customer typed; `None` when nothing was.
    pub fn parse(text: &str) -> Option<TextQuery> {
        let is_finished = text.ends_with(char::is_whitespace);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return None;
        }
        let all: Vec<String> = fold(&text)
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(|word| word.chars().take(LONGEST_WORD).collect())
            .take(MOST_WORDS)
            .collect();
        let telling: Vec<String> = all
            .iter()
            .filter(|word| !STOP_WORDS.contains(&word.as_str()))
            .cloned()
            .collect();
        Some(TextQuery {
            text,
            is_finished,
            words: if telling.is_empty() { all } else { telling },
        })
    }

    /// What was typed, with single spaces.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, and the space behind it if there was one: somebody who types has ended the last word.
    pub fn typed(&self) -> String {
        let end = if self.is_finished { " " } else { "" };
        format!("{}{end}", self.text)
    }

    /// The words to look for; empty when nothing but signs was typed.
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_are_readable_in_any_script() {
        for (name, slug) in [
            ("Café \"Noir\", 2 kg", "cafe-noir-2-kg"),
            ("L'Été Chair", "lete-chair"),
            ("日本語", "ri-ben-yu"),
            ("!!!", "product"),
            ("", "product"),
        ] {
            assert_eq!(slugify(name, "product"), slug, "{name}");
        }
    }

    #[test]
    fn lines_are_cleaned_or_refused() {
        assert_eq!(
            line("  Padded \t\n name ", 20),
            Ok(Some("Padded name".to_owned()))
        );
        assert_eq!(line(" \u{200B}\u{FEFF} ", 20), Ok(None));
        assert_eq!(line("a\0b", 20), Err(TextFault::Forbidden('\0')));
        assert_eq!(line("a\u{202E}b", 20), Err(TextFault::Forbidden('\u{202E}')));
        assert_eq!(line("ääää", 3), Err(TextFault::TooLong(3)));
        assert_eq!(
            paragraphs("one\r\ntwo\rthree\n", 20),
            Ok(Some("one\ntwo\nthree".to_owned()))
        );
    }

    #[test]
    fn stop_words_are_left_out_unless_they_are_all_there_is() {
        let words = |text| TextQuery::parse(text).map(|query| query.words);
        assert_eq!(
            words("The LAMP, for you"),
            Some(vec!["lamp".to_owned(), "you".to_owned()])
        );
        assert_eq!(words("to be"), Some(vec!["to".to_owned(), "be".to_owned()]));
        assert_eq!(words("\"*()~ -"), Some(vec![]));
        assert_eq!(words("  "), None);
    }

    proptest! {
        #[test]
        fn a_made_slug_is_a_slug(name in ".{0,300}") {
            prop_assert!(is_slug(&slugify(&name, "product")), "{}", slugify(&name, "product"));
        }

        #[test]
        fn search_words_hold_no_operator(text in ".{0,200}") {
            for word in TextQuery::parse(&text).iter().flat_map(TextQuery::words) {
                prop_assert!(word.chars().all(char::is_alphanumeric));
            }
        }

        #[test]
        fn cleaning_a_clean_line_changes_nothing(text in ".{0,100}") {
            if let Ok(Some(clean)) = line(&text, 100) {
                prop_assert_eq!(line(&clean, 100), Ok(Some(clean.clone())));
            }
        }
    }
}
