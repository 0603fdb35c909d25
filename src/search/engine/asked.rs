//! What is asked of the index. Must not know tantivy.

use std::time::Duration;

/// Most bytes of a search text that are read.
pub const LONGEST_TEXT: usize = 256;

/// Most words of a search that are used.
pub const MOST_WORDS: usize = 8;

/// How deep a list can be paged: offset and limit together.
pub const DEEPEST: usize = 1_000;

#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// As it was typed: quotes, minus and all. Without words the whole shop matches.
    pub text: String,
    pub narrow: Narrow,
    /// Empty is by relevance.
    pub sort: Vec<Step>,
    pub offset: usize,
    pub limit: usize,
    /// Whether to count what the list can be narrowed to.
    pub facets: bool,
    /// Whether each hit says why it is where it is.
    pub explain: bool,
    /// The popularity of a product that was looked at once, just now.
    pub one_view: f64,
    /// After which no more spellings are looked for; what was found by then is answered. `None` takes the default.
    pub patience: Option<Duration>,
}

/// What a list is narrowed to. Values inside one field are alternatives, fields narrow each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Narrow {
    /// Keys; a category stands for everything below it as well.
    pub categories: Vec<String>,
    pub brands: Vec<String>,
    pub tags: Vec<String>,
    /// By the attribute's key.
    pub attributes: Vec<(String, AttributeNarrow)>,
    /// In minor units, both ends included.
    pub min_price: Option<i64>,
    pub max_price: Option<i64>,
    pub in_stock: Option<bool>,
    pub on_sale: Option<bool>,
    /// Microseconds since 1970, both ends included.
    pub created_since: Option<i64>,
    pub created_until: Option<i64>,
    pub min_popularity: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeNarrow {
    /// Alternatives, by key.
    pub values: Vec<String>,
    /// Bounds of a number, in thousandths, both ends included.
    pub min: Option<i64>,
    pub max: Option<i64>,
}

/// One step of a sort. Equal products go by id, in the direction of the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub key: SortKey,
    pub descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    CreatedAt,
    Price,
    Name,
    Popularity,
}
