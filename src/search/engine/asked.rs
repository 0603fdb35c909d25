//! What is asked of the index. Must not know tantivy.

use std::time::Duration;

use crate::catalog::filter::SortStep;
use crate::catalog::finder::Narrow;

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
    pub sort: Vec<SortStep>,
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
