//! Facts for search engines inside a page: JSON-LD in a script element of a type that no browser runs.
//!
//! With `markdown` one of the two files that put text into a page unescaped: inside `script` an entity would not be read as one. What keeps
//! the text inside is that it is JSON in which every character that markup or old script engines could act on is
//! written as `\uXXXX`. Must not know what the facts are about.

#[expect(
    clippy::disallowed_types,
    reason = "the audited file: its text is JSON without a single <, > or &"
)]
use maud::PreEscaped;
use maud::{Markup, html};
use serde_json::Value;

/// A block of facts. The content security policy leaves it alone, as it is data and not a script.
pub fn block(facts: &Value) -> Markup {
    html! { script type="application/ld+json" { (PreEscaped(inert(facts))) } }
}

/// JSON that neither ends nor comments out the element around it. These characters occur inside strings only, where
/// an escape means the same.
fn inert(facts: &Value) -> String {
    let json = facts.to_string();
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_closes_or_comments_out_the_block() {
        let hostile = "</script><script>alert(1)</script><!-- ]]> &lt; \u{2028}\u{2029} \" \\";
        let shown = block(&json!({ "name": hostile, hostile: 1 })).into_string();
        let inner = shown
            .strip_prefix("<script type=\"application/ld+json\">")
            .and_then(|rest| rest.strip_suffix("</script>"))
            .unwrap();
        assert!(
            !inner.contains(['<', '>', '&', '\u{2028}', '\u{2029}']),
            "{inner}"
        );
        let read: Value = serde_json::from_str(inner).unwrap();
        assert_eq!(read, json!({ "name": hostile, hostile: 1 }));
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was(text in any::<String>()) {
            let inner = inert(&json!(text));
            let is_inert = !inner.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            prop_assert!(is_inert);
            prop_assert_eq!(serde_json::from_str::<Value>(&inner).unwrap(), json!(text));
        }
    }
}
