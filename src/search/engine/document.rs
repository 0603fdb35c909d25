//! What the index is told of a product: only what customers may see. Must not know tantivy.

/// A term that lists are narrowed by: a category, a brand or a tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facet {
    /// As filters name it; unique among its kind.
    pub key: String,
    /// As people read it; searched.
    pub label: String,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeValue {
    /// `key` as filters name it (folded), `label` as people read it; searched. Also choices and yes or no.
    Text(Facet),
    /// In thousandths. Counted and narrowed by, not searched.
    Number(i64),
}

/// A product that customers may see. What they may not is [`Entry::Remove`].
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub product_id: i32,
    pub version: i32,
    pub name: String,
    pub sku: Option<String>,
    pub brand: Option<Facet>,
    pub description: Option<String>,
    /// The product's category and everything above it, root first.
    pub categories: Vec<Facet>,
    pub tags: Vec<Facet>,
    /// By the attribute's key.
    pub attributes: Vec<(String, AttributeValue)>,
    /// What customers pay now, in minor units.
    pub price: i64,
    pub on_sale: bool,
    pub stock: i32,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// The logarithm to base 2 of its views, recent ones counting more, as if all were of one moment; 0 for none.
    pub popularity: f64,
    /// By which lists are sorted by name.
    pub name_key: String,
}

/// A change of the index.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Takes the place of what the index holds of the same product.
    Put(Box<Document>),
    /// By product id; nothing happens when the index has none.
    Remove(i32),
}

/// How far the index has followed the change log: kept with each commit, so that a restart catches up from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub epoch: String,
    pub seq: i64,
    pub hash: String,
}

impl Mark {
    /// One line, for the payload of a commit.
    pub(super) fn to_text(&self) -> String {
        format!("{} {} {}", self.seq, self.epoch, self.hash)
    }

    pub(super) fn parse(text: &str) -> Option<Mark> {
        let mut parts = text.splitn(3, ' ');
        Some(Mark {
            seq: parts.next()?.parse().ok()?,
            epoch: parts.next()?.to_owned(),
            hash: parts.next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_its_text() {
        let mark = Mark {
            epoch: "e1".to_owned(),
            seq: 7,
            hash: String::new(),
        };
        assert_eq!(Mark::parse(&mark.to_text()), Some(mark));
        assert_eq!(Mark::parse("nonsense"), None);
    }
}
