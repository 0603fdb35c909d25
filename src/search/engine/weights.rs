//! What counts how much in the order of hits. Each figure is a setting; its reason stands beside it.
//! Must not know tantivy.

/// Weights of the ranking. Where a word stands and how it was found are factors between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// A word of the name says what the thing is.
    pub name: f32,
    /// A brand is asked for by name.
    pub brand: f32,
    /// A category says what the thing is, of many things at once.
    pub category: f32,
    /// Tags and attributes: colour, material, use.
    pub traits: f32,
    /// Descriptions also speak of what the thing is not.
    pub description: f32,
    /// Another form of the word: "batteries" for "battery".
    pub stem: f32,
    /// The word is still being typed.
    pub prefix: f32,
    /// A word that stands in for this one, as the owner's list says.
    pub synonym: f32,
    /// One letter is wrong.
    pub typo: f32,
    /// Two letters are wrong.
    pub two_typos: f32,
    pub name_length: f32,
    pub description_length: f32,
    pub saturation: f32,
    pub first: f32,
    pub last: f32,
    pub repetition: f32,
    pub joined: f32,
    pub completeness: f32,
    pub head: f32,
    pub strict: f32,
    /// Words that stand together as they were typed.
    pub nearness: f32,
    /// The name is made of what was typed and little else.
    pub coverage: f32,
    /// Ten times as much viewed.
    pub popularity: f32,
    /// In stock.
    pub stock: f32,
    /// New: halved with each `recency_days`.
    pub recency: f32,
    pub recency_days: f32,
    /// All words are asked of a hit; below so many hits other spellings are tried, then hits with fewer words added.
    pub enough_hits: usize,
}

impl Default for Weights {
    fn default() -> Self {
        Weights {
            name: 1.0,
            brand: 0.8,
            category: 0.6,
            traits: 0.4,
            description: 0.2,
            stem: 0.85,
            prefix: 0.8,
            synonym: 0.8,
            typo: 0.6,
            two_typos: 0.4,
            name_length: 0.3,
            description_length: 0.3,
            saturation: 1.0,
            first: 0.0,
            last: 0.2,
            repetition: 1.0,
            joined: 0.9,
            completeness: 1.0,
            head: 0.0,
            strict: 1.0,
            nearness: 0.3,
            coverage: 0.3,
            popularity: 0.05,
            stock: 0.05,
            recency: 0.02,
            recency_days: 90.0,
            enough_hits: 20,
        }
    }
}
