//! Former values, by the names that states give them, as the inputs that people send. Must not know storage.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::catalog::model::{Attribute, SearchRule, Term, TextPage};
use crate::catalog::{
    AttributeInput, Extent, ProductEdit, ProductInput, SearchRuleInput, TermInput, TextPageInput,
};
use crate::error::FieldError;

/// Values by field; null empties.
pub type Values = BTreeMap<String, Value>;

/// The prefix of a product's attributes.
const ATTRIBUTE: &str = "attributes.";

/// An edit that puts these values into a product.
///
/// # Errors
/// Faults of values that would not be accepted today.
pub fn product(values: &Values) -> Result<ProductEdit, Vec<FieldError>> {
    let mut body = Map::new();
    let mut attributes = Map::new();
    for (field, value) in values {
        match field.strip_prefix(ATTRIBUTE) {
            Some(key) => drop(attributes.insert(key.to_owned(), value.clone())),
            None => drop(body.insert(field.clone(), value.clone())),
        }
    }
    if !attributes.is_empty() {
        body.insert("attributes".to_owned(), attributes.into());
    }
    ProductEdit::parse(ProductInput::from_json(&body), Extent::Partial)
}

/// The form of a term with these values in it.
pub fn term(current: &Term, values: &Values) -> TermInput {
    let text = |field: &str, stands: String| values.get(field).map_or(stands, typed);
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    let parent = current.parent_id.map(|id| id.to_string()).unwrap_or_default();
    TermInput {
        name: text("name", current.name.clone()),
        slug: text("slug", current.slug.clone()),
        parent: text("parent_id", parent),
        position: text("position", current.position.to_string()),
        description: text("description", optional(&current.description)),
        image_url: text("image_url", optional(&current.image_url)),
    }
}

/// The form of an attribute with these values in it.
pub fn attribute(current: &Attribute, values: &Values) -> AttributeInput {
    let text = |field: &str, stands: String| values.get(field).map_or(stands, typed);
    AttributeInput {
        key: current.key.clone(),
        name: text("name", current.name.clone()),
        kind: current.kind.name().to_owned(),
        unit: text("unit", current.unit.clone().unwrap_or_default()),
        choices: text("choices", current.choices.join("\n")),
        position: text("position", current.position.to_string()),
    }
}

/// The form of a rule of the search with these values in it.
pub fn search_rule(current: &SearchRule, values: &Values) -> SearchRuleInput {
    let text = |field: &str, stands: String| values.get(field).map_or(stands, typed);
    let stands = SearchRuleInput::of(current);
    SearchRuleInput {
        kind: text("kind", stands.kind),
        query: text("query", stands.query),
        words: text("words", stands.words),
        target: text("target", stands.target),
    }
}

/// The form of a page of text with these values in it.
pub fn text_page(current: &TextPage, values: &Values) -> TextPageInput {
    let text = |field: &str, stands: String| values.get(field).map_or(stands, typed);
    let stands = TextPageInput::of(current);
    TextPageInput {
        title: text("title", stands.title),
        slug: text("slug", stands.slug),
        body: text("body", stands.body),
        position: text("position", stands.position),
        is_published: values
            .get("is_published")
            .map_or(stands.is_published, |value| *value == true),
    }
}

/// A value as somebody would type it.
fn typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().map(typed).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::tests::category;

    #[test]
    fn a_former_value_is_typed_over_the_present_form() {
        let current = Term {
            description: Some("Bright".to_owned()),
            ..category(7, "Lights", Some(3))
        };
        let values = Values::from([
            ("name".to_owned(), json!("Lamps")),
            ("parent_id".to_owned(), json!(null)),
            ("position".to_owned(), json!(4)),
        ]);
        let input = term(&current, &values);
        assert_eq!(
            [
                &input.name,
                &input.slug,
                &input.parent,
                &input.position,
                &input.description
            ],
            ["Lamps", "lights", "", "4", "Bright"]
        );
    }

    #[test]
    fn every_field_of_a_product_can_be_put_back() {
        let product = crate::catalog::tests::product("Lamp", "2.00");
        let state = serde_json::to_value(product).unwrap();
        let mut values: Values = crate::history::fields(&state);
        values.insert("attributes.height".to_owned(), json!(30));
        values.insert(
            "sale".to_owned(),
            json!({"price": "1.00", "starts_at": null, "ends_at": null}),
        );
        values.insert(
            "images".to_owned(),
            json!([{"url": "https://images.example.com/a.png", "alt": null}]),
        );
        super::product(&values).unwrap();
        for empty in [
            "sku",
            "brand",
            "description",
            "sale",
            "category",
            "tags",
            "images",
            "publish_at",
            "attributes.height",
        ] {
            super::product(&Values::from([(empty.to_owned(), Value::Null)])).unwrap();
        }
    }
}
