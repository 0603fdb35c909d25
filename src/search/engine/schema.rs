//! The fields of the index and how a product fills them. Nothing is stored that is only shown: rows come from the
//! database. Must not know how anything is searched.

use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};

use super::document::{AttributeValue, Document, Facet};
use super::stem::Language;
use super::words::{self, Word};

/// Changes with whatever is written otherwise than before: an index of another format is built anew.
pub(super) const FORMAT: u32 = 1;

/// Stands before a stem, so that it is never taken for a word.
pub(super) const STEM_MARK: char = '\u{1}';

/// Stands between the parts of a facet's term; no text that a shop may hold has it.
pub(super) const SEPARATOR: char = '\u{1}';

/// Most words of a name that its order and nearness are judged by.
const LONGEST_NAME: usize = 48;

/// Where a word can stand, most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Name,
    Brand,
    Category,
    /// Tags and attributes.
    Trait,
    Description,
    /// The article number as one word.
    Code,
}

impl Place {
    pub const ALL: [Place; 6] = [
        Place::Name,
        Place::Brand,
        Place::Category,
        Place::Trait,
        Place::Description,
        Place::Code,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Place::Name => "name",
            Place::Brand => "brand",
            Place::Category => "category",
            Place::Trait => "trait",
            Place::Description => "description",
            Place::Code => "sku",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub schema: Schema,
    pub id: Field,
    pub version: Field,
    /// By [`Place`].
    places: [Field; 6],
    name_words: Field,
    lengths: Field,
    kind: Field,
    categories: Field,
    brands: Field,
    tags: Field,
    attributes: Field,
    price: Field,
    on_sale: Field,
    stock: Field,
    created_at: Field,
    popularity: Field,
    name_key: Field,
}

impl Fields {
    pub fn new() -> Fields {
        let mut schema = Schema::builder();
        let facet = || TextOptions::from(FAST);
        Fields {
            id: schema.add_i64_field("id", INDEXED | FAST),
            version: schema.add_i64_field("version", FAST),
            places: Place::ALL.map(|place| match place {
                Place::Code => schema.add_text_field(place.name(), STRING),
                _ => schema.add_text_field(place.name(), searched()),
            }),
            name_words: schema.add_u64_field("name_words", FAST),
            kind: schema.add_u64_field("kind", FAST),
            lengths: schema.add_u64_field("lengths", FAST),
            categories: schema.add_text_field("categories", facet()),
            brands: schema.add_text_field("brands", facet()),
            tags: schema.add_text_field("tags", facet()),
            attributes: schema.add_text_field("attributes", facet()),
            price: schema.add_i64_field("price", FAST),
            on_sale: schema.add_bool_field("on_sale", FAST),
            stock: schema.add_i64_field("stock", FAST),
            created_at: schema.add_i64_field("created_at", FAST),
            popularity: schema.add_f64_field("popularity", FAST),
            name_key: schema.add_text_field("name_key", facet()),
            schema: schema.build(),
        }
    }

    pub fn place(&self, place: Place) -> Field {
        let [name, brand, category, other, description, code] = self.places;
        match place {
            Place::Name => name,
            Place::Brand => brand,
            Place::Category => category,
            Place::Trait => other,
            Place::Description => description,
            Place::Code => code,
        }
    }

    /// The product as the index holds it.
    pub fn document(&self, product: &Document, language: Language) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_i64(self.id, product.product_id.into());
        document.add_i64(self.version, product.version.into());
        let name = words::words(&product.name);
        for word in name.iter().take(LONGEST_NAME) {
            document.add_u64(self.name_words, word_number(&word.text, language));
        }
        let description = words::words(product.description.as_deref().unwrap_or_default());
        document.add_u64(self.lengths, lengths(name.len(), description.len()));
        self.add_words(&mut document, Place::Name, name, language);
        self.add_words(&mut document, Place::Description, description, language);
        for (place, facets) in [
            (Place::Brand, product.brand.as_slice()),
            (Place::Category, product.categories.as_slice()),
            (Place::Trait, product.tags.as_slice()),
        ] {
            for facet in facets {
                self.add_words(&mut document, place, words::words(&facet.label), language);
            }
        }
        if let Some(code) = product
            .sku
            .as_deref()
            .map(words::squeezed)
            .filter(|code| !code.is_empty())
        {
            document.add_text(self.place(Place::Code), code);
        }
        for (key, value) in &product.attributes {
            if let AttributeValue::Text(text) = value {
                self.add_words(&mut document, Place::Trait, words::words(&text.label), language);
            }
            document.add_text(self.attributes, attribute_term(key, value));
        }
        self.add_columns(&mut document, product);
        document
    }

    fn add_columns(&self, document: &mut TantivyDocument, product: &Document) {
        if let Some(category) = product.categories.last() {
            document.add_u64(self.kind, u64::from(crc32fast::hash(category.key.as_bytes())));
        }
        for (field, facets) in [
            (self.categories, product.categories.as_slice()),
            (self.brands, product.brand.as_slice()),
            (self.tags, product.tags.as_slice()),
        ] {
            for facet in facets {
                document.add_text(field, facet_term(facet));
            }
        }
        document.add_i64(self.price, product.price);
        document.add_bool(self.on_sale, product.on_sale);
        document.add_i64(self.stock, product.stock.into());
        document.add_i64(self.created_at, product.created_at);
        document.add_f64(self.popularity, product.popularity);
        document.add_text(self.name_key, &product.name_key);
    }

    fn add_words(&self, document: &mut TantivyDocument, place: Place, words: Vec<Word>, language: Language) {
        let mut tokens: Vec<Token> = Vec::with_capacity(words.len() * 2);
        for (first, _, whole) in words::joined(&words) {
            tokens.push(token(whole, first));
        }
        for (position, word) in words.into_iter().enumerate() {
            if let Some(stem) = language.stem(&word.text) {
                tokens.push(token(format!("{STEM_MARK}{stem}"), position));
            }
            tokens.push(token(word.text, position));
        }
        tokens.sort_by_key(|token| token.position);
        let text = PreTokenizedString {
            text: String::new(),
            tokens,
        };
        document.add_pre_tokenized_text(self.place(place), text);
    }
}

/// Words of a name and of a description in one number.
fn lengths(name: usize, description: usize) -> u64 {
    (name.min(255) + (description.min(65_535) << 8)) as u64
}

/// Of [`lengths`], the name's and the description's.
pub(super) fn lengths_of(number: u64) -> (f32, f32) {
    ((number & 255) as f32, (number >> 8) as f32)
}

/// Words with their places, for phrases; how often one occurs tells little of a product.
fn searched() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_index_option(IndexRecordOption::WithFreqsAndPositions)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

fn token(text: String, position: usize) -> Token {
    Token {
        offset_from: 0,
        offset_to: 0,
        position,
        text,
        position_length: 1,
    }
}

/// In the number of a word which is a number itself, or part of one.
pub(super) const DIGITS: u64 = 1 << 32;

/// Stands for a word in the column that holds a name's words in their order; all forms of a word have the same. Two
/// words with one number are rare, and only the order of hits hangs on it.
pub(super) fn word_number(word: &str, language: Language) -> u64 {
    let stem = language.stem(word);
    let number = u64::from(crc32fast::hash(stem.as_deref().unwrap_or(word).as_bytes()));
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    number | if has_digit { DIGITS } else { 0 }
}

pub(super) fn facet_term(facet: &Facet) -> String {
    format!("{}{SEPARATOR}{}", facet.key, facet.label)
}

/// Text values stand before numbers, and numbers in their order.
pub(super) fn attribute_term(key: &str, value: &AttributeValue) -> String {
    match value {
        AttributeValue::Text(text) => format!("{key}{SEPARATOR}t{}", facet_term(text)),
        AttributeValue::Number(number) => format!("{key}{SEPARATOR}{}", number_term(*number)),
    }
}

/// Sorts as the number does: as bytes, the sign turned round.
pub(super) fn number_term(number: i64) -> String {
    format!("u{:016x}", number.cast_unsigned() ^ (1 << 63))
}

/// The number of [`number_term`].
pub(super) fn number_of(term: &str) -> Option<i64> {
    let digits = term.strip_prefix('u')?;
    let bits = u64::from_str_radix(digits, 16).ok()?;
    Some((bits ^ (1 << 63)).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_as_they_should() {
        let numbers = [i64::MIN, -5_000, -1, 0, 1, 40_000, i64::MAX];
        let terms: Vec<String> = numbers.iter().map(|number| number_term(*number)).collect();
        assert!(terms.is_sorted());
        for (number, term) in numbers.iter().zip(&terms) {
            assert_eq!(number_of(term), Some(*number));
        }
    }
}
