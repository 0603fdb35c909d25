//! Shapes of JSON in words for people. Must not know what they are shapes of.

use maud::{Markup, html};
use serde_json::Value;

/// A text of the document; nothing where there is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a JSON pointer leads to; null where that is nothing.
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// The members of an object; none of anything else.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, member)| (name.as_str(), member))
}

/// A sentence in which words between backticks are code.
pub fn prose(sentence: &str) -> Markup {
    html! {
        @for (position, part) in sentence.split('`').enumerate() {
            @if position % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The fields of an object, those of objects inside it as well.
pub fn fields(shape: &Value) -> Markup {
    let required = shape["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    html! {
        dl {
            @for (name, field) in entries(&shape["properties"]) {
                dt {
                    code { (name) }
                    @if field["readOnly"] == true { " " span .note { "set by the shop" } }
                    @if is_required(name) { " " span .note.needed { "required" } }
                }
                dd {
                    @if !text(&field["description"]).is_empty() { p { (prose(text(&field["description"]))) } }
                    p .note { (kind(field)) }
                    @if !field["properties"].is_null() { (fields(field)) }
                }
            }
        }
    }
}

/// What a value is: its type, or a link to its shape, and its limits.
pub fn kind(shape: &Value) -> Markup {
    html! {
        (name(shape))
        @for limit in limits(shape) { ", " (limit) }
        @if !shape["pattern"].is_null() { ", " code { (text(&shape["pattern"])) } }
    }
}

fn name(shape: &Value) -> Markup {
    if let Some(reference) = shape["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return html! { a href={ "#shape-" (name) } { (name) } };
    }
    if let Some(words) = shape["enum"].as_array() {
        let words: Vec<_> = words.iter().map(text).collect();
        return html! { "one of " (words.join(", ")) };
    }
    let kinds = match (&shape["anyOf"], &shape["type"]) {
        (Value::Array(shapes), _) => {
            return html! { @for (position, shape) in shapes.iter().enumerate() { @if position > 0 { " or " } (name(shape)) } };
        }
        (_, Value::Array(kinds)) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        (_, kind) => text(kind).to_owned(),
    };
    if kinds.starts_with("array") {
        return html! { (kinds.replacen("array", "list", 1)) " of " (kind(&shape["items"])) };
    }
    html! { (kinds) }
}

/// The limits of a value, each in a few words.
fn limits(shape: &Value) -> impl Iterator<Item = String> {
    let range = match (shape["minimum"].as_i64(), shape["maximum"].as_i64()) {
        // The largest number there is says nothing.
        (Some(least), Some(i64::MAX) | None) => Some(format!("from {least}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => None,
    };
    let named = |keyword: &str, words: &str| {
        let value = shape.get(keyword)?;
        Some(format!("{words} {}", plain(value)))
    };
    let example = shape["examples"].get(0);
    let example = example.map(|example| format!("such as {}", plain(example)));
    [
        range,
        named("maxLength", "length at most"),
        named("maxItems", "entries at most"),
        named("format", "format"),
        named("default", "by default"),
        example,
    ]
    .into_iter()
    .flatten()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::openapi::{Object, Schema};

    fn told(shape: Schema) -> String {
        kind(&shape.to_value()).into_string()
    }

    #[test]
    fn a_shape_is_told_in_words() {
        let lamp = Schema::named("Lamp", Object::new().closed());
        for (shape, words) in [
            (
                Schema::text().at_most(20).example("<b>"),
                "string, length at most 20, such as &lt;b&gt;",
            ),
            (
                Schema::integer().between(1, 9).or_null(),
                "integer or null, 1 to 9",
            ),
            (Schema::integer().between(0, i64::MAX), "integer, from 0"),
            (
                Schema::words(&["on", "off"]).default("on"),
                "one of on, off, by default on",
            ),
            (lamp.clone().or_null(), "<a href=\"#shape-Lamp\">Lamp</a> or null"),
            (Schema::list(lamp), "list of <a href=\"#shape-Lamp\">Lamp</a>"),
        ] {
            assert_eq!(told(shape), words);
        }
    }

    #[test]
    fn words_between_backticks_are_code() {
        assert_eq!(
            prose("Send `a<b` twice.").into_string(),
            "Send <code>a&lt;b</code> twice."
        );
    }
}
