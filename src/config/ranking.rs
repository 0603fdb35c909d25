//! How much counts what in the order in which a search lists its hits. Must not know how they are found.
//!
//! Places, ways and standing were measured together on 60 judged queries of a shop for electronics; around the defaults the
//! result is flat, so that no figure is finer than its reason.

use std::ops::RangeInclusive;

use super::{DEFAULTS, Layers};

const SHARE: RangeInclusive<f32> = 0.0..=1.0;
const SATURATION: RangeInclusive<f32> = 0.01..=10.0;
const DAYS: RangeInclusive<f32> = 1.0..=36_500.0;

/// Hits that are ranked at all.
const MOST_HITS: usize = 1_000;

/// Weights of the ranking, section `[ranking]`. Where a word stands and how it was found are factors between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// A word of the name says what the thing is.
    pub name: f32,
    /// A brand is asked for by its name.
    pub brand: f32,
    /// A category says what the thing is, of many things at once.
    pub category: f32,
    /// Tags and attributes: colour, material, use.
    pub traits: f32,
    /// Descriptions also speak of what the thing is not.
    pub description: f32,
    /// One for many or many for one: "lamps" for "lamp".
    pub plural: f32,
    /// Another form of the word: "charging" for "charge".
    pub stem: f32,
    /// Written as one word with its neighbour: "headset" for "head set".
    pub joined: f32,
    /// The word is still being typed; whole words come first.
    pub prefix: f32,
    /// A word that stands in for this one, as the owner's list says.
    pub synonym: f32,
    /// One letter is wrong.
    pub typo: f32,
    /// Two letters are wrong.
    pub two_typos: f32,
    /// A word that a name or description repeats is what it is about.
    pub repetition: f32,
    /// 0: the length of a name is nothing, 1: a word of a name twice as long tells half.
    pub name_length: f32,
    /// The same of descriptions.
    pub description_length: f32,
    /// The smaller, the less a second place adds to the first one where a word stands.
    pub saturation: f32,
    /// Words that stand together in the name as they were typed.
    pub nearness: f32,
    /// The name is made of what was typed and little else.
    pub coverage: f32,
    /// A name ends with what the thing is: "projector lamp" is no projector.
    pub last: f32,
    /// What most of the best hits are, the others may be: products of their category move up.
    pub kinship: f32,
    /// Ten times as often viewed.
    pub popularity: f32,
    /// What is sold out comes behind what is about as good.
    pub stock: f32,
    /// New; half of it after `recency_days`, and so on.
    pub recency: f32,
    pub recency_days: f32,
    /// With fewer hits than this, other spellings are tried.
    pub enough_hits: usize,
    /// With fewer hits than this, those follow that hold only some of the words, up to it.
    pub fill_hits: usize,
}

impl Default for Weights {
    /// As the program brings them along.
    fn default() -> Weights {
        read(&mut Layers::new(DEFAULTS))
    }
}

pub fn read(layers: &mut Layers) -> Weights {
    Weights {
        name: layers.get("ranking.name"),
        brand: layers.get("ranking.brand"),
        category: layers.get("ranking.category"),
        traits: layers.get("ranking.traits"),
        description: layers.get("ranking.description"),
        plural: layers.get("ranking.plural"),
        stem: layers.get("ranking.stem"),
        joined: layers.get("ranking.joined"),
        prefix: layers.get("ranking.prefix"),
        synonym: layers.get("ranking.synonym"),
        typo: layers.get("ranking.typo"),
        two_typos: layers.get("ranking.two_typos"),
        repetition: layers.get("ranking.repetition"),
        name_length: layers.get("ranking.name_length"),
        description_length: layers.get("ranking.description_length"),
        saturation: layers.get("ranking.saturation"),
        nearness: layers.get("ranking.nearness"),
        coverage: layers.get("ranking.coverage"),
        last: layers.get("ranking.last"),
        kinship: layers.get("ranking.kinship"),
        popularity: layers.get("ranking.popularity"),
        stock: layers.get("ranking.stock"),
        recency: layers.get("ranking.recency"),
        recency_days: layers.get("ranking.recency_days"),
        enough_hits: layers.get("ranking.enough_hits"),
        fill_hits: layers.get("ranking.fill_hits"),
    }
}

pub fn faults(weights: &Weights) -> Vec<String> {
    let within = |(key, value, range): (&str, f32, &RangeInclusive<f32>)| {
        let fault = format!("ranking.{key} must be {} to {}", range.start(), range.end());
        (!range.contains(&value)).then_some(fault)
    };
    let shares = shares(weights)
        .into_iter()
        .map(|(key, value)| (key, value, &SHARE));
    let others = [
        ("saturation", weights.saturation, &SATURATION),
        ("recency_days", weights.recency_days, &DAYS),
    ];
    let hits = [
        ("enough_hits", weights.enough_hits),
        ("fill_hits", weights.fill_hits),
    ];
    let too_many = hits.into_iter().filter(|(_, hits)| *hits > MOST_HITS);
    shares
        .chain(others)
        .filter_map(within)
        .chain(too_many.map(|(key, _)| format!("ranking.{key} must be at most {MOST_HITS}")))
        .collect()
}

fn shares(weights: &Weights) -> [(&'static str, f32); 22] {
    [
        ("name", weights.name),
        ("brand", weights.brand),
        ("category", weights.category),
        ("traits", weights.traits),
        ("description", weights.description),
        ("plural", weights.plural),
        ("stem", weights.stem),
        ("joined", weights.joined),
        ("prefix", weights.prefix),
        ("synonym", weights.synonym),
        ("typo", weights.typo),
        ("two_typos", weights.two_typos),
        ("repetition", weights.repetition),
        ("name_length", weights.name_length),
        ("description_length", weights.description_length),
        ("nearness", weights.nearness),
        ("coverage", weights.coverage),
        ("last", weights.last),
        ("kinship", weights.kinship),
        ("popularity", weights.popularity),
        ("stock", weights.stock),
        ("recency", weights.recency),
    ]
}
