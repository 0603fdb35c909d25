//! Which queries may be kept, and in which form. Must not know storage.

use crate::catalog::text;

/// A query that was asked for less often tells more about a person than about the shop.
pub const KEPT_FROM: i64 = 3;

/// Longer ones are sentences, and sentences tell about people.
const LONGEST: usize = 60;
const MOST_WORDS: usize = 8;

/// So many digits make a telephone number, an account or a date of birth. Article numbers that long are not kept either.
const DIGITS_OF_A_PERSON: usize = 7;

/// The query as it is kept, without case and accents; `None` for one that must not be.
pub fn kept(query: &str) -> Option<String> {
    let query = text::fold(&text::showable(query));
    let digits = query.chars().filter(char::is_ascii_digit).count();
    let says_something = query.chars().any(char::is_alphanumeric);
    let is_short = query.chars().count() <= LONGEST && query.split(' ').count() <= MOST_WORDS;
    let is_of_a_person = query.contains('@') || query.contains("://") || digits >= DIGITS_OF_A_PERSON;
    (says_something && is_short && !is_of_a_person).then_some(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_that_may_be_about_a_person() {
        for query in [
            "olive@shop.example",
            "olive @ shop.example",
            "+43 660 123 45 67",
            "0660/1234567",
            "AT61 1904 3002 3457 3201",
            "born 24.12.1990",
            "https://somewhere.example/profile",
            "please send me the lamp that I have seen at the market yesterday",
            "a b c d e f g h i",
            "",
            "  ?! ",
        ] {
            assert_eq!(kept(query), None, "{query}");
        }
    }

    #[test]
    fn words_and_article_numbers_are_kept_folded() {
        for (query, folded) in [
            ("  Café   Lamp ", "cafe lamp"),
            ("XR-1234", "xr-1234"),
            ("60x120 cm", "60x120 cm"),
            ("a\u{202E}b", "ab"),
        ] {
            assert_eq!(kept(query).as_deref(), Some(folded), "{query}");
        }
    }
}
