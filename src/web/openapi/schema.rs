//! Shapes of JSON as JSON Schema 2020-12, which OpenAPI 3.1 speaks. Must not know any resource.
//!
//! Objects are closed: a field that is not described is a fault, so that nothing is sent that the document conceals.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A shape, and the named shapes that it refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    keywords: Map<String, Value>,
    named: BTreeMap<&'static str, Value>,
}

impl Schema {
    fn of(kind: &str) -> Self {
        Self::with([("type", json!(kind))])
    }

    fn with<const N: usize>(keywords: [(&str, Value); N]) -> Self {
        let keywords = keywords.map(|(keyword, value)| (keyword.to_owned(), value));
        Self {
            keywords: Map::from_iter(keywords),
            named: BTreeMap::new(),
        }
    }

    pub fn text() -> Self {
        Self::of("string")
    }

    pub fn integer() -> Self {
        Self::of("integer")
    }

    pub fn boolean() -> Self {
        Self::of("boolean")
    }

    /// A moment in UTC, RFC 3339.
    pub fn moment() -> Self {
        Self::text().format("date-time").example("2026-11-22T10:00:00Z")
    }

    /// One of these words.
    pub fn words(words: &[&str]) -> Self {
        Self::text().keyword("enum", words)
    }

    pub fn list(of: Self) -> Self {
        Self {
            named: of.named,
            ..Self::of("array").keyword("items", of.keywords)
        }
    }

    /// One value of any of these types.
    pub fn any_of(types: &[&str]) -> Self {
        Self::with([("type", json!(types))])
    }

    /// An object with any names.
    pub fn map(of: Self) -> Self {
        Self {
            named: of.named,
            ..Self::of("object").keyword("additionalProperties", of.keywords)
        }
    }

    /// A shape that the document describes once, under this name.
    pub fn named(name: &'static str, shape: Self) -> Self {
        let mut named = shape.named;
        named.insert(name, shape.keywords.into());
        let reference = format!("#/components/schemas/{name}");
        Self {
            named,
            ..Self::with([("$ref", reference.into())])
        }
    }

    pub fn describe(self, sentence: impl Into<String>) -> Self {
        self.keyword("description", sentence.into())
    }

    pub fn example(self, value: impl Into<Value>) -> Self {
        let examples = [value.into()];
        self.keyword("examples", examples.to_vec())
    }

    pub fn default(self, value: impl Into<Value>) -> Self {
        self.keyword("default", value)
    }

    pub fn format(self, name: &str) -> Self {
        self.keyword("format", name)
    }

    /// A regular expression as ECMAScript writes it.
    pub fn pattern(self, expression: &str) -> Self {
        self.keyword("pattern", expression)
    }

    /// At most so many characters of a text, or entries of a list.
    pub fn at_most(self, count: usize) -> Self {
        let is_list = self.keywords.contains_key("items");
        self.keyword(if is_list { "maxItems" } else { "maxLength" }, count)
    }

    /// The numbers from `least` to `most`.
    pub fn between(self, least: i64, most: i64) -> Self {
        self.keyword("minimum", least).keyword("maximum", most)
    }

    /// Sent by the shop; sent back it changes nothing.
    pub fn read_only(self) -> Self {
        self.keyword("readOnly", true)
    }

    /// The same, or `null`.
    pub fn or_null(mut self) -> Self {
        if let Some(reference) = self.keywords.remove("$ref") {
            let either = json!([{ "$ref": reference }, { "type": "null" }]);
            return self.keyword("anyOf", either);
        }
        let kind = self.keywords.remove("type").unwrap_or_default();
        self.keyword("type", json!([kind, "null"]))
    }

    /// What it requires, as it stands in the document.
    pub fn to_value(&self) -> Value {
        self.keywords.clone().into()
    }

    /// The shapes that it refers to, by name.
    pub fn components(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.named.iter().map(|(name, shape)| (*name, shape))
    }

    fn keyword(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.keywords.insert(name.to_owned(), value.into());
        self
    }
}

/// A closed object in the making.
#[derive(Clone, Debug, Default)]
pub struct Object {
    fields: Map<String, Value>,
    required: Vec<&'static str>,
    named: BTreeMap<&'static str, Value>,
}

impl Object {
    pub fn new() -> Self {
        Self::default()
    }

    /// A field that is always there.
    pub fn with(mut self, name: &'static str, shape: Schema) -> Self {
        self.required.push(name);
        self.maybe(name, shape)
    }

    /// A field that may be missing.
    pub fn maybe(mut self, name: &'static str, shape: Schema) -> Self {
        self.fields.insert(name.to_owned(), shape.keywords.into());
        self.named.extend(shape.named);
        self
    }

    pub fn closed(self) -> Schema {
        let required = (!self.required.is_empty()).then_some(("required", json!(self.required)));
        let shape = Schema {
            named: self.named,
            ..Schema::of("object")
                .keyword("properties", self.fields)
                .keyword("additionalProperties", false)
        };
        required
            .into_iter()
            .fold(shape, |shape, (name, value)| shape.keyword(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_closed_and_brings_the_shapes_it_names() {
        let lamp = Schema::named("Lamp", Object::new().with("watts", Schema::integer()).closed());
        let shop = Object::new()
            .with("lamps", Schema::list(lamp.clone()))
            .maybe("best", lamp.or_null())
            .closed();
        let reference = json!({ "$ref": "#/components/schemas/Lamp" });
        assert_eq!(
            shop.to_value(),
            json!({
                "type": "object",
                "properties": {
                    "lamps": { "type": "array", "items": reference },
                    "best": { "anyOf": [reference, { "type": "null" }] },
                },
                "additionalProperties": false,
                "required": ["lamps"],
            })
        );
        let names: Vec<_> = shop.components().map(|(name, _)| name).collect();
        assert_eq!(names, ["Lamp"]);
    }

    #[test]
    fn a_limit_counts_characters_or_entries() {
        assert_eq!(Schema::text().at_most(3).to_value()["maxLength"], 3);
        assert_eq!(Schema::list(Schema::text()).at_most(3).to_value()["maxItems"], 3);
        assert_eq!(
            Schema::text().or_null().to_value()["type"],
            json!(["string", "null"])
        );
    }
}
