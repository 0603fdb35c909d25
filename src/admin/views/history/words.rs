//! The log's names in words: people, things, fields, values. Must not know pages.

use maud::{Markup, html};
use serde_json::Value;

use super::ADDRESS;
use crate::catalog::Attribute;
use crate::db::{Change, Entity, Moment};
use crate::history::{Entry, plain};
use crate::web::desk;

/// Fields of products, terms and attributes that are not called what their name says.
const LABELS: [(&str, &str); 17] = [
    ("sku", "SKU"),
    ("slug", "Address"),
    ("stock_quantity", "Stock"),
    ("images", "Pictures"),
    ("image_url", "Picture"),
    ("buy_url", "Link to buy"),
    ("publish_at", "Visible from"),
    ("is_active", "Visible in the shop"),
    ("parent_id", "Below"),
    ("position", "Place"),
    ("category", "Category"),
    ("choices", "Choices"),
    ("role", "Role"),
    ("query", "Search for"),
    ("target", "Leads to"),
    ("is_published", "Visible in the shop"),
    ("body", "Text"),
];

/// Who there is, by the log's name, and what attributes are called.
pub struct Words {
    pub people: Vec<(String, String)>,
    pub attributes: Vec<Attribute>,
}

impl Words {
    /// Somebody by name, as long as there is one.
    pub fn who<'a>(&'a self, actor: &'a str) -> &'a str {
        let known = self.people.iter().find(|(known, _)| known == actor);
        known.map_or(actor, |(_, name)| name.as_str())
    }

    /// What a field is called.
    pub fn label(&self, field: &str) -> String {
        if let Some(key) = field.strip_prefix("attributes.") {
            let attribute = self.attributes.iter().find(|attribute| attribute.key == key);
            return attribute.map_or_else(|| key.to_owned(), |attribute| attribute.name.clone());
        }
        let known = LABELS.iter().find(|(name, _)| *name == field);
        known.map_or_else(
            || {
                let mut letters = field.chars();
                let first = letters.next().into_iter().flat_map(char::to_uppercase);
                first.chain(letters).collect::<String>().replace('_', " ")
            },
            |(_, label)| (*label).to_owned(),
        )
    }

    /// What a change was about: by name, or by what it is.
    pub fn thing(&self, entry: &Entry) -> String {
        let change = &entry.change;
        entry
            .name()
            .unwrap_or_else(|| match Entity::parse(&change.entity) {
                Some(Entity::User) => self.who(&format!("user:{}", change.entity_id)).to_owned(),
                Some(Entity::Key) => self.who(&format!("key:{}", change.entity_id)).to_owned(),
                Some(Entity::Submission) => format!("Proposal {}", change.entity_id),
                Some(Entity::Cache) => "Kept answers".to_owned(),
                Some(Entity::History) => "The history of the shop".to_owned(),
                _ => format!("{} {}", change.entity, change.entity_id),
            })
    }
}

/// What happened.
pub fn action(change: &Change) -> &str {
    match change.action.as_str() {
        "sale_started" => "sale started",
        "sale_ended" => "sale ended",
        "updated" => "changed",
        "created" => "added",
        "purged" => "dropped",
        "forked" => "went on from another database",
        other => other,
    }
}

/// Where the page of a thing is, or its history.
pub fn address(change: &Change) -> Option<String> {
    match Entity::parse(&change.entity)? {
        Entity::Product => Some(format!("/admin/products/{}", change.entity_id)),
        entity @ (Entity::Category
        | Entity::Brand
        | Entity::Tag
        | Entity::Attribute
        | Entity::Synonym
        | Entity::Redirect
        | Entity::Page) => Some(format!("{ADDRESS}?{}={}", entity.name(), change.entity_id)),
        Entity::Webhook => Some(format!("/admin/webhooks/{}", change.entity_id)),
        Entity::Submission => Some(format!("/admin/submissions/{}", change.entity_id)),
        Entity::Cache => Some("/admin/system".to_owned()),
        Entity::User | Entity::Key | Entity::History => None,
    }
}

/// A value, its beginning if `longest` is less than it has.
pub fn value(field: &str, value: &Value, longest: usize) -> Markup {
    let text = text(field, value);
    let shown: String = text.chars().take(longest).collect();
    let is_cut = shown.len() < text.len();
    html! {
        @if text.is_empty() { em { "empty" } } @else { (shown) @if is_cut { "…" } }
    }
}

fn text(field: &str, value: &Value) -> String {
    let part = |name: &str| value.get(name).map(plain).filter(|part| !part.is_empty());
    match (field, value) {
        ("sale", Value::Object(_)) => {
            let parts = [
                part("price"),
                part("starts_at").map(|start| format!("from {}", planned(&start))),
                part("ends_at").map(|end| format!("until {}", planned(&end))),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        ("images", Value::Array(images)) => {
            let image = |image: &Value| {
                let part = |name| image.get(name).map(plain).unwrap_or_default();
                format!("{} {}", part("alt"), part("url")).trim().to_owned()
            };
            images.iter().map(image).collect::<Vec<_>>().join("\n")
        }
        ("publish_at", Value::String(moment)) => planned(moment),
        ("parent_id", Value::Number(id)) => format!("category {id}"),
        _ => plain(value),
    }
}

fn planned(text: &str) -> String {
    Moment::parse(text).map_or_else(|| text.to_owned(), desk::minute)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_and_values_are_told_in_words() {
        let words = Words {
            people: vec![("user:1".to_owned(), "Olive".to_owned())],
            attributes: Vec::new(),
        };
        assert_eq!((words.who("user:1"), words.who("user:2")), ("Olive", "user:2"));
        for (field, label) in [
            ("price", "Price"),
            ("stock_quantity", "Stock"),
            ("attributes.height", "height"),
            ("new_field", "New field"),
        ] {
            assert_eq!(words.label(field), label);
        }
        for (field, given, shown) in [
            ("brand", json!(null), "<em>empty</em>"),
            ("name", json!("<b>"), "&lt;b&gt;"),
            ("is_active", json!(false), "no"),
            ("tags", json!(["new", "gift"]), "new, gift"),
            (
                "sale",
                json!({"price": "5.00", "starts_at": null, "ends_at": "2026-12-24T18:00:00Z"}),
                "5.00 until 2026-12-24 18:00 UTC",
            ),
            (
                "images",
                json!([{"url": "/media/a", "alt": "A lamp"}, {"url": "/media/b", "alt": null}]),
                "A lamp /media/a\n/media/b",
            ),
            ("description", json!("0123456789"), "01234…"),
        ] {
            let longest = if field == "description" { 5 } else { 100 };
            assert_eq!(value(field, &given, longest).into_string(), shown);
        }
    }
}
