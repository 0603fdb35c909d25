//! What counts how much in the order of hits. Each figure is a setting; its reason stands beside it. Places, ways and
//! standing were measured together on 60 judged queries of a shop for electronics; around the defaults the result is
//! flat, so that no figure is finer than its reason. Must not know tantivy.

/// Weights of the ranking. Where a word stands and how it was found are factors between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
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
    fn default() -> Self {
        Weights {
            name: 1.0,
            brand: 0.8,
            category: 0.5,
            traits: 0.4,
            description: 0.2,
            plural: 0.85,
            stem: 0.8,
            joined: 0.9,
            prefix: 0.4,
            synonym: 0.8,
            typo: 0.6,
            two_typos: 0.4,
            repetition: 1.0,
            name_length: 0.2,
            description_length: 0.3,
            saturation: 1.0,
            nearness: 0.3,
            coverage: 0.2,
            last: 0.2,
            kinship: 0.2,
            popularity: 0.05,
            stock: 0.05,
            recency: 0.02,
            recency_days: 365.0,
            enough_hits: 20,
            fill_hits: 200,
        }
    }
}
