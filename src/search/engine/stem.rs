//! Word stems by language: "batteries" and "battery" have the same one. The only place that knows the stemmer.
//! Must not know tantivy.

use frostem::{Algorithm, Stemmer};

/// What the shop's texts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Words are only what they are.
    None,
    #[default]
    English,
    Dutch,
    French,
    German,
    Italian,
    Portuguese,
    Spanish,
    Swedish,
}

impl Language {
    /// By its code, as in `search.language`.
    pub fn parse(code: &str) -> Option<Language> {
        Some(match code {
            "none" => Self::None,
            "en" => Self::English,
            "nl" => Self::Dutch,
            "fr" => Self::French,
            "de" => Self::German,
            "it" => Self::Italian,
            "pt" => Self::Portuguese,
            "es" => Self::Spanish,
            "sv" => Self::Swedish,
            _ => return None,
        })
    }

    /// The code; also part of the index's format, because stems are written into it.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::English => "en",
            Self::Dutch => "nl",
            Self::French => "fr",
            Self::German => "de",
            Self::Italian => "it",
            Self::Portuguese => "pt",
            Self::Spanish => "es",
            Self::Swedish => "sv",
        }
    }

    /// The stem of a folded word; `None` when it is the word itself. Words with digits have none.
    pub(super) fn stem(self, word: &str) -> Option<String> {
        let algorithm = match self {
            Self::None => return None,
            Self::English => Algorithm::English,
            Self::Dutch => Algorithm::Dutch,
            Self::French => Algorithm::French,
            Self::German => Algorithm::German,
            Self::Italian => Algorithm::Italian,
            Self::Portuguese => Algorithm::Portuguese,
            Self::Spanish => Algorithm::Spanish,
            Self::Swedish => Algorithm::Swedish,
        };
        if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return None;
        }
        let stem = Stemmer::new(algorithm).stem(word).into_owned();
        (stem != word).then_some(stem)
    }

    /// The same word as one and as many: nearer to each other than forms with the same stem.
    pub(super) fn plurals(self, word: &str) -> Vec<String> {
        if self != Self::English || word.len() < 3 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Vec::new();
        }
        if let Some(one) = word.strip_suffix("ies") {
            return vec![format!("{one}y"), format!("{one}ie")];
        }
        if let Some(one) = word.strip_suffix('s').filter(|one| !one.ends_with('s')) {
            let shorter = one.strip_suffix('e').map(str::to_owned);
            return std::iter::once(one.to_owned()).chain(shorter).collect();
        }
        let many = word.strip_suffix('y').map(|one| format!("{one}ies"));
        std::iter::once(format!("{word}s"))
            .chain(many)
            .chain(std::iter::once(format!("{word}es")))
            .collect()
    }

    /// Words that tell nothing of a product: they are not looked for beside others.
    pub(super) fn is_stop_word(self, word: &str) -> bool {
        self == Self::English && ENGLISH_STOP_WORDS.contains(&word)
    }
}

const ENGLISH_STOP_WORDS: [&str; 22] = [
    "a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "our",
    "the", "this", "to", "was", "with", "your",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        let stem = |word: &str| Language::English.stem(word).unwrap_or_else(|| word.to_owned());
        for (left, right) in [
            ("battery", "batteries"),
            ("speakers", "speaker"),
            ("charging", "charger"),
        ] {
            let same = stem(left) == stem(right);
            assert_eq!(same, left != "charging", "{left} {right}");
        }
        assert_eq!(Language::English.stem("xr1234s"), None);
        assert_eq!(Language::None.stem("speakers"), None);
    }

    #[test]
    fn a_language_is_named_by_its_code() {
        for code in ["none", "en", "nl", "fr", "de", "it", "pt", "es", "sv"] {
            assert_eq!(Language::parse(code).map(Language::code), Some(code));
        }
        assert_eq!(Language::parse("xx"), None);
    }
}
