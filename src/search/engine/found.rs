//! What the index answers. Must not know tantivy.

use super::document::Facet;
use super::highlight::Highlighter;
use crate::catalog::finder::{Band, Reason};

#[derive(Debug, Clone)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// How many products match, narrowed.
    pub total: usize,
    /// Empty unless asked for.
    pub facets: Facets,
    pub understood: Understood,
    /// Marks the words that were found, in any text of a hit.
    pub highlighter: Highlighter,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub product_id: i32,
    pub explanation: Option<Explanation>,
}

/// How the text was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Understood {
    /// The words that were looked for, folded.
    pub words: Vec<String>,
    /// Words which nothing holds together with the rest: the hits do not hold all of them.
    pub dropped: Vec<String>,
    /// How many of the hits hold all words; these come first.
    pub complete: usize,
    /// The text with its words spelt as the shop spells them, when a word was found only by another spelling.
    pub did_you_mean: Option<String>,
    /// Words that stand in for others, as the owner's list says.
    pub synonyms: Vec<String>,
    /// Whether time ran out before all spellings were tried.
    pub cut_short: bool,
}

/// Why a hit is where it is: parts in the order in which they count.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub parts: Vec<Reason>,
}

/// How many products a further choice would leave. Each is counted without its own filter, so that an alternative
/// shows what it would add.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facets {
    /// Most first; a category counts everything below it.
    pub categories: Vec<Count>,
    pub brands: Vec<Count>,
    pub tags: Vec<Count>,
    pub attributes: Vec<AttributeCounts>,
    pub prices: Prices,
    pub in_stock: usize,
    pub on_sale: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub facet: Facet,
    pub count: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeCounts {
    pub key: String,
    /// Texts, most first.
    pub values: Vec<Count>,
    /// Smallest and largest number, in thousandths.
    pub range: Option<(i64, i64)>,
    /// How many products have a number.
    pub numbers: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    /// Lowest and highest, in minor units.
    pub range: Option<(i64, i64)>,
    /// From one round figure up to below the next; rising, without empty ones.
    pub bands: Vec<Band>,
}

/// What someone who is still typing may mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// The text with its last word completed, likeliest first.
    pub completions: Vec<String>,
    /// Ids, best first.
    pub products: Vec<i32>,
    pub categories: Vec<Facet>,
    pub brands: Vec<Facet>,
}
