//! What a list of products can be narrowed by beyond its category. Must not know storage or markup.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Attribute, AttributeKind, AttributeValue, Attributes};
use crate::catalog::finder::{Band, Count, Facets};
use crate::catalog::input::ATTRIBUTE_PREFIX;
use crate::catalog::text;

/// Most values of one kind that are offered; a form with more is no help.
pub const MOST_OFFERED: usize = 50;

/// What one product can be found by.
#[derive(Debug, Clone, Default)]
pub struct Holding {
    pub brand: Option<String>,
    pub tags: Vec<String>,
    pub attributes: Attributes,
}

/// The values of one kind, as they are shown, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offered {
    pub values: Vec<String>,
    /// Whether there are more than are offered.
    pub has_more: bool,
}

/// An attribute with the values that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeChoices {
    pub attribute: Attribute,
    /// Of a choice and of yes or no, in the order of the definition; of texts in order.
    pub values: Vec<String>,
    /// Whether there are more texts than are offered.
    pub has_more: bool,
    /// Smallest and largest number, in thousandths.
    pub range: Option<(i64, i64)>,
}

/// Everything that a list can be narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    pub brands: Offered,
    pub tags: Offered,
    /// All attributes of the shop, also those without values here.
    pub attributes: Vec<AttributeChoices>,
    /// Whether every product of the list was looked at, so that each choice is one of theirs.
    pub is_exact: bool,
    /// `None` where nobody has counted.
    pub counts: Option<Counts>,
}

/// How many products each further choice would leave, as a search engine counts them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// By parameter, and by value: folded, or the slug of a category.
    by_choice: HashMap<String, HashMap<String, usize>>,
    pub in_stock: usize,
    pub on_sale: usize,
    /// Ranges of prices, rising, without empty ones.
    pub bands: Vec<Band>,
}

impl Counts {
    fn of(facets: &Facets) -> Counts {
        let by = |counts: &[Count], key: fn(&Count) -> String| {
            counts.iter().map(|count| (key(count), count.count)).collect()
        };
        let label = |count: &Count| text::fold(&count.label);
        let attributes = facets.attributes.iter().map(|counted| {
            let name = format!("{ATTRIBUTE_PREFIX}{}", counted.key);
            (name, by(&counted.values, |count| text::fold(&count.key)))
        });
        let terms = [
            ("category", by(&facets.categories, |count| count.key.clone())),
            ("brand", by(&facets.brands, label)),
            ("tag", by(&facets.tags, label)),
        ];
        let terms = terms.map(|(name, counts)| (name.to_owned(), counts));
        Counts {
            by_choice: terms.into_iter().chain(attributes).collect(),
            in_stock: facets.in_stock,
            on_sale: facets.on_sale,
            bands: facets.price_bands.clone(),
        }
    }

    /// How many products this value of a parameter would leave.
    pub fn count(&self, parameter: &str, value: &str) -> usize {
        let counted = self.by_choice.get(parameter);
        let found = counted.and_then(|by| by.get(value).or_else(|| by.get(&text::fold(value))));
        found.copied().unwrap_or_default()
    }
}

impl Offered {
    /// Sorts names by how they read; case and accents aside each is one.
    pub fn new(names: impl Iterator<Item = String>) -> Offered {
        let by_key: BTreeMap<String, String> = names.map(|name| (text::fold(&name), name)).collect();
        Offered {
            has_more: by_key.len() > MOST_OFFERED,
            values: by_key.into_values().take(MOST_OFFERED).collect(),
        }
    }
}

impl AttributeChoices {
    /// Of all the values that could be, those that `is_used` knows.
    pub fn new(attribute: Attribute, is_used: impl Fn(&str) -> bool, range: Option<(i64, i64)>) -> Self {
        let mut values = attribute.possible_values();
        values.retain(|value| is_used(&text::fold(value)));
        AttributeChoices {
            attribute,
            values,
            has_more: false,
            range,
        }
    }

    /// The same with the texts that there are; other kinds say themselves what can be chosen.
    fn or_texts(self, texts: impl FnOnce() -> Offered) -> Self {
        if self.attribute.kind != AttributeKind::Text {
            return self;
        }
        let Offered { values, has_more } = texts();
        AttributeChoices {
            values,
            has_more,
            ..self
        }
    }
}

impl Choices {
    /// What these products can be found by.
    pub fn of(holdings: &[Holding], defined: impl Iterator<Item = Attribute>) -> Choices {
        let attribute = |attribute: Attribute| {
            let held = || {
                holdings
                    .iter()
                    .filter_map(|product| product.attributes.get(&attribute.key))
            };
            let keys: BTreeSet<String> = held().map(AttributeValue::key).collect();
            let numbers = || held().filter_map(AttributeValue::thousandths);
            let range = numbers().min().zip(numbers().max());
            AttributeChoices::new(attribute.clone(), |key| keys.contains(key), range)
                .or_texts(|| Offered::new(held().map(ToString::to_string)))
        };
        Choices {
            brands: Offered::new(holdings.iter().filter_map(|product| product.brand.clone())),
            tags: Offered::new(holdings.iter().flat_map(|product| product.tags.clone())),
            attributes: defined.map(attribute).collect(),
            is_exact: true,
            counts: None,
        }
    }

    /// What a search engine has counted: only what would leave something, and of many values those that leave most.
    pub fn counted(facets: &Facets, defined: impl Iterator<Item = Attribute>) -> Choices {
        let most = |counts: &[Count]| {
            let mut counts: Vec<&Count> = counts.iter().filter(|count| count.count > 0).collect();
            counts.sort_by_key(|count| std::cmp::Reverse(count.count));
            let has_more = counts.len() > MOST_OFFERED;
            let names = counts.iter().take(MOST_OFFERED).map(|count| count.label.clone());
            Offered {
                has_more,
                ..Offered::new(names)
            }
        };
        let attribute = |attribute: Attribute| {
            let counted = facets
                .attributes
                .iter()
                .find(|counted| counted.key == attribute.key);
            let values = counted.map_or(&[][..], |counted| &counted.values);
            let is_used = |key: &str| {
                values
                    .iter()
                    .any(|value| value.count > 0 && text::fold(&value.key) == key)
            };
            AttributeChoices::new(attribute, is_used, counted.and_then(|counted| counted.range))
                .or_texts(|| most(values))
        };
        Choices {
            brands: most(&facets.brands),
            tags: most(&facets.tags),
            attributes: defined.map(attribute).collect(),
            is_exact: true,
            counts: Some(Counts::of(facets)),
        }
    }

    /// All attributes of the shop.
    pub fn defined(&self) -> impl Iterator<Item = Attribute> {
        self.attributes.iter().map(|choices| choices.attribute.clone())
    }

    pub fn attribute(&self, key: &str) -> Option<&AttributeChoices> {
        self.attributes
            .iter()
            .find(|choices| choices.attribute.key == key)
    }
}

impl Attribute {
    /// The values that can be chosen; none for text and numbers, which are typed.
    pub fn possible_values(&self) -> Vec<String> {
        match self.kind {
            AttributeKind::Choice => self.choices.clone(),
            AttributeKind::YesNo => vec!["Yes".to_owned(), "No".to_owned()],
            AttributeKind::Text | AttributeKind::Number => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(key: &str, kind: AttributeKind, choices: &[&str]) -> Attribute {
        Attribute {
            attribute_id: 1,
            key: key.to_owned(),
            name: key.to_owned(),
            kind,
            unit: None,
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
            position: 0,
            version: 1,
        }
    }

    #[test]
    fn only_what_products_have_is_offered() {
        let holding = |brand: &str, colour: &str, height: i64| Holding {
            brand: Some(brand.to_owned()),
            tags: vec!["gift".to_owned()],
            attributes: Attributes::from([
                ("colour".to_owned(), AttributeValue::Text(colour.to_owned())),
                ("height".to_owned(), AttributeValue::Number(height)),
                ("washable".to_owned(), AttributeValue::Flag(false)),
                ("wood".to_owned(), AttributeValue::Text("Oak".to_owned())),
            ]),
        };
        let holdings = [
            holding("Zeal", "Red", 9000),
            holding("Élan", "red", 2500),
            Holding::default(),
        ];
        let defined = [
            attribute("colour", AttributeKind::Choice, &["White", "Red"]),
            attribute("height", AttributeKind::Number, &[]),
            attribute("washable", AttributeKind::YesNo, &[]),
            attribute("weight", AttributeKind::Number, &[]),
            attribute("wood", AttributeKind::Text, &[]),
        ];
        let choices = Choices::of(&holdings, defined.into_iter());
        assert_eq!(choices.brands.values, ["Élan", "Zeal"]);
        assert_eq!(choices.tags.values, ["gift"]);
        let of = |key: &str| {
            choices
                .attribute(key)
                .map(|found| (found.values.join(" "), found.range))
                .unwrap()
        };
        assert_eq!(of("colour"), ("Red".to_owned(), None));
        assert_eq!(of("height"), (String::new(), Some((2500, 9000))));
        assert_eq!(of("washable"), ("No".to_owned(), None));
        assert_eq!(of("weight"), (String::new(), None));
        assert_eq!(of("wood"), ("Oak".to_owned(), None));
    }

    #[test]
    fn too_many_names_are_not_all_offered() {
        let names = |count: usize| Offered::new((0..count).map(|number| format!("Brand {number:03}")));
        assert!(!names(MOST_OFFERED).has_more);
        let many = names(MOST_OFFERED + 1);
        assert!(many.has_more && many.values.len() == MOST_OFFERED);
    }

    #[test]
    fn what_was_counted_leaves_out_what_would_leave_nothing() {
        let count = |key: &str, label: &str, count| Count {
            key: key.to_owned(),
            label: label.to_owned(),
            count,
        };
        let facets = Facets {
            categories: vec![count("lamps", "Lamps", 3)],
            brands: vec![count("zeal", "Zeal", 2), count("elan", "Élan", 0)],
            attributes: vec![crate::catalog::finder::AttributeCounts {
                key: "colour".to_owned(),
                values: vec![count("red", "Red", 2), count("white", "White", 0)],
                range: None,
            }],
            on_sale: 1,
            ..Facets::default()
        };
        let defined = [attribute("colour", AttributeKind::Choice, &["White", "Red"])];
        let choices = Choices::counted(&facets, defined.into_iter());
        assert_eq!(choices.brands.values, ["Zeal"]);
        assert_eq!(choices.attribute("colour").unwrap().values, ["Red"]);
        let counts = choices.counts.unwrap();
        assert_eq!(
            (
                counts.count("category", "lamps"),
                counts.count("category", "vases")
            ),
            (3, 0)
        );
        assert_eq!(
            (counts.count("brand", "ZEAL"), counts.count("attr.colour", "Red")),
            (2, 2)
        );
        assert_eq!((counts.on_sale, counts.in_stock), (1, 0));
    }
}
