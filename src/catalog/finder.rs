//! What a list may ask of a search engine, and what it gets back: the seam at which one is joined in, and what is known of
//! a search wherever it is shown. Must not know how anything is found.

use std::ops::Range;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::filter::SortStep;
use crate::db::Seq;
use crate::error::Result;

/// How deep a list of found products reaches, in rows.
pub const DEEPEST: usize = 1_000;

/// Finds products by words. What it knows follows the change log.
pub trait Finder: Send + Sync {
    /// What is found, as of a position that is at least `at_least`: it waits a moment to get there. `None` when it cannot
    /// say now: it is not ready, or too far behind. Then the database has to answer.
    ///
    /// # Errors
    /// `Unavailable` when too many ask at once.
    fn find(&self, wanted: Wanted, at_least: Seq) -> BoxFuture<'static, Result<Option<Found>>>;

    /// Where it stands, at `at_least` or further; it waits as above. `None` when it cannot say now, as above.
    fn standing(&self, _at_least: Seq) -> BoxFuture<'static, Option<Standing>> {
        Box::pin(std::future::ready(None))
    }

    /// What somebody who is still typing may mean, at most `limit` of each kind. `None` as above, and from one that has no
    /// suggestions to make.
    ///
    /// # Errors
    /// `Unavailable` when too many ask at once.
    fn suggest(
        &self,
        _typed: String,
        _limit: usize,
        _at_least: Seq,
    ) -> BoxFuture<'static, Result<Option<Suggested>>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// Who finds products by words.
#[derive(Clone, Default)]
pub enum Finding {
    /// Nobody but the database.
    #[default]
    Off,
    By(Arc<dyn Finder>),
}

/// How far a search engine has followed the change log.
#[derive(Debug, Clone)]
pub struct Standing {
    pub epoch: String,
    pub as_of: Seq,
    /// Another number whenever it may count otherwise than before, in the life of a process.
    pub generation: u64,
}

/// A list whose filter has words, names looked up.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// As it was typed: quotes, minus and all. A space at the end says that the last word is whole.
    pub text: String,
    pub narrow: Narrow,
    /// Empty is by relevance.
    pub sort: Vec<SortStep>,
    /// Together with `limit` at most [`DEEPEST`].
    pub offset: usize,
    pub limit: usize,
    /// Whether to count what the list can be narrowed to.
    pub facets: bool,
    /// Whether each hit says why it is where it is.
    pub explain: bool,
    /// The popularity score of a product that was looked at once, when this day began: the order stays the same for a day.
    pub one_view: f64,
}

/// What a list is narrowed to, by the keys that documents have. Values inside one field are alternatives, fields narrow
/// each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Narrow {
    /// A category stands for everything below it as well.
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
    /// A score.
    pub min_popularity: Option<f64>,
}

/// What an attribute is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeNarrow {
    /// Alternatives, folded.
    pub values: Vec<String>,
    /// Bounds of a number, in thousandths, both ends included.
    pub min: Option<i64>,
    pub max: Option<i64>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The history that was followed.
    pub epoch: String,
    /// Every change up to here is in it.
    pub as_of: Seq,
    pub hits: Vec<Hit>,
    /// How many products match.
    pub total: usize,
    pub search: Search,
}

/// What an unfinished text may mean, best first.
#[derive(Debug, Clone, Default)]
pub struct Suggested {
    /// The history that was followed, and up to where.
    pub epoch: String,
    pub as_of: Seq,
    /// The text with its last word completed.
    pub completions: Vec<String>,
    pub products: Vec<i32>,
    /// By slug.
    pub categories: Vec<String>,
}

/// A product that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub product_id: i32,
    /// Why it is where it is: parts in the order in which they count; empty unless asked for.
    pub explanation: Vec<Reason>,
}

/// A part of an explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    pub name: &'static str,
    pub value: f64,
    /// What it was made of, for people.
    pub detail: String,
}

/// How a list with words came about.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The database answered, because the search engine could not: by whole words alone, newest first.
    pub is_degraded: bool,
    pub understood: Understood,
    /// Only if asked for.
    pub facets: Option<Facets>,
    /// Of hits on this page, by product id, if asked for.
    pub explanations: Vec<Hit>,
    pub marks: Marks,
}

/// How the text was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Understood {
    /// The words that were looked for, folded.
    pub words: Vec<String>,
    /// Words which nothing holds together with the rest: the hits do not hold all of them.
    pub dropped: Vec<String>,
    /// The text with its words spelt as the shop spells them, when a word was found only by another spelling.
    pub did_you_mean: Option<String>,
    /// Words that stand in for others, as the owner's list says.
    pub synonyms: Vec<String>,
}

/// Where the words that were found stand in a text, in bytes.
#[derive(Clone, Default)]
pub struct Marks(Option<Arc<Mark>>);

type Mark = dyn Fn(&str) -> Vec<Range<usize>> + Send + Sync;

impl Marks {
    pub fn new(find: impl Fn(&str) -> Vec<Range<usize>> + Send + Sync + 'static) -> Marks {
        Marks(Some(Arc::new(find)))
    }

    pub fn of(&self, text: &str) -> Vec<Range<usize>> {
        self.0.as_ref().map(|find| find(text)).unwrap_or_default()
    }
}

impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Marks")
    }
}

/// How many products a further choice would leave. Each is counted without its own filter, so that an alternative shows
/// what it would add.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facets {
    /// Most first; a category counts everything below it.
    pub categories: Vec<Count>,
    pub brands: Vec<Count>,
    pub tags: Vec<Count>,
    pub attributes: Vec<AttributeCounts>,
    /// Lowest and highest price, in minor units.
    pub price_range: Option<(i64, i64)>,
    /// Prices from one round figure up to below the next, in minor units; rising, without empty ones.
    pub price_bands: Vec<Band>,
    pub in_stock: usize,
    pub on_sale: usize,
}

/// A choice and how many products it would leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// As filters name it.
    pub key: String,
    /// As people read it.
    pub label: String,
    pub count: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeCounts {
    pub key: String,
    /// Texts, most first.
    pub values: Vec<Count>,
    /// Smallest and largest number, in thousandths.
    pub range: Option<(i64, i64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    pub from: i64,
    pub below: i64,
    pub count: usize,
}
