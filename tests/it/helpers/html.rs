//! Reads our own pages as strictly as we write them: every tag closed by `>`, every value in double quotes. What does
//! not read like that was not written by us.

use serde_json::Value;

/// A start tag and the text up to the next tag.
#[derive(Debug, Clone)]
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
}

impl Tag {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Every element that our pages are made of. What a visitor typed can add none.
const ELEMENTS: &str = "html head meta title link body a header div span form input label button nav ul ol li main footer \
    h1 h2 h3 h4 p dl dt dd img table caption thead tbody tr th td section article aside select option textarea fieldset legend \
    datalist script strong em mark small pre code br blockquote hr figure figcaption details summary time search svg path circle rect g use";

/// The start tags of a page in their order; end tags only carry the text behind them.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut found: Vec<Tag> = Vec::new();
    let mut rest = html;
    while let Some((text, behind)) = rest.split_once('<') {
        if let Some(last) = found.last_mut() {
            last.text.push_str(&unescape(text));
        }
        let name_end = behind
            .find([' ', '>'])
            .unwrap_or_else(|| panic!("a tag without end: {behind:.80}"));
        let (name, after) = behind.split_at(name_end);
        let (attributes, after) = attributes(after);
        // What stands in a script is no markup, and no text that a visitor sees.
        if name == "script" {
            let (content, after) = after.split_once("</script>").expect("the end of a script");
            found.push(Tag {
                name: name.to_owned(),
                attributes,
                text: content.to_owned(),
            });
            rest = after;
            continue;
        }
        if !name.starts_with(['/', '!']) {
            let name = name.to_owned();
            found.push(Tag {
                name,
                attributes,
                text: String::new(),
            });
        }
        rest = after;
    }
    found
}

fn attributes(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        let end = rest
            .find(['=', ' ', '>'])
            .unwrap_or_else(|| panic!("a tag without end: {rest:.80}"));
        let (name, after) = rest.split_at(end);
        let value = after
            .strip_prefix("=\"")
            .and_then(|quoted| quoted.split_once('"'));
        let (value, after) = value.unwrap_or(("", after));
        assert!(
            !after.starts_with('='),
            "a value without quotes: {name}{after:.80}"
        );
        found.push((name.to_owned(), unescape(value)));
        rest = after;
    }
}

/// A script of ours: of the search box, of long fields, or of live news with the topics that it watches.
fn is_own_script(tag: &Tag) -> bool {
    let is_plain = |value: &str| {
        value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b":,-".contains(&byte))
    };
    let is_fine = |(name, value): &(String, String)| match name.as_str() {
        "src" => {
            value.starts_with("/static/")
                && [
                    "/live.js",
                    "/search.js",
                    "/length.js",
                    "/desk.js",
                    "/notices.js",
                    "/passkey.js",
                ]
                .iter()
                .any(|script| value.ends_with(script))
        }
        "defer" | "data-list" => value.is_empty(),
        "data-topics" => is_plain(value),
        // Names of people, as JSON in an attribute: escaped like every attribute.
        "data-people" => serde_json::from_str::<Value>(value).is_ok(),
        _ => false,
    };
    tag.attributes.iter().all(is_fine)
        && tag.attributes.iter().any(|(name, _)| name == "src")
        && tag.text.is_empty()
}

/// The blocks of facts for search engines. Panics at any other script but ours, and at a block that could end early.
pub fn facts(html: &str) -> Vec<Value> {
    let scripts = tags(html).into_iter().filter(|tag| tag.name == "script");
    scripts
        .filter(|script| !is_own_script(script))
        .map(|script| {
            let kind = ("type".to_owned(), "application/ld+json".to_owned());
            assert_eq!(script.attributes, [kind], "{}", script.text);
            let unsafe_ones = ['<', '>', '&', '\u{2028}', '\u{2029}'];
            assert!(!script.text.contains(unsafe_ones), "{}", script.text);
            serde_json::from_str(&script.text).unwrap()
        })
        .collect()
}

/// The block about a thing of this type.
pub fn facts_of(html: &str, kind: &str) -> Option<Value> {
    facts(html).into_iter().find(|facts| facts["@type"] == kind)
}

/// Panics when a page holds anything that we would not have written: a foreign element, a script that runs, a handler,
/// an address that is no address of ours.
pub fn assert_is_ours(html: &str, what: &str) {
    facts(html);
    for tag in tags(html) {
        assert!(
            ELEMENTS.split_whitespace().any(|element| element == tag.name),
            "{what}: <{}>",
            tag.name
        );
        for (name, value) in &tag.attributes {
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-:".contains(&byte)),
                "{what}: {name}"
            );
            assert!(
                !name.starts_with("on") && name != "style" && name != "srcdoc",
                "{what}: {tag:?}"
            );
            if ["href", "src", "action"].contains(&name.as_str()) {
                // An app for codes on the same device takes over its secret by one of these.
                let is_for_an_app = value.starts_with("otpauth://totp/");
                assert!(
                    is_for_an_app || value.starts_with(['/', '#', '?']) && !value.starts_with("//"),
                    "{what}: {name}={value}"
                );
            }
        }
    }
}

/// The text of a page, without tags.
pub fn text(html: &str) -> String {
    let seen = tags(html).into_iter().filter(|tag| tag.name != "script");
    seen.map(|tag| tag.text).collect()
}

/// The fields of the form that posts to `action`, as a browser would send them back.
pub fn form(html: &str, action: &str) -> Vec<(String, String)> {
    form_by(html, action, "post")
}

/// The same of a form of this method.
pub fn form_by(html: &str, action: &str, method: &str) -> Vec<(String, String)> {
    let body = html
        .split("<form")
        .find(|form| {
            form.split_once('>').is_some_and(|(head, _)| {
                head.contains(&format!("action=\"{action}\""))
                    && head.contains(&format!("method=\"{method}\""))
            })
        })
        .unwrap_or_else(|| panic!("no form by {method} to {action}:\n{html}"));
    let body = body.split("</form>").next().unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut options = None;
    for tag in tags(&format!("<form{body}")) {
        // Of a select the first option counts unless another one is selected; what suggests is no select.
        if tag.name == "option" {
            let selected = options == Some(0) || options.is_some() && tag.attribute("selected").is_some();
            options = options.map(|before| before + 1);
            if let Some((_, value)) = fields.last_mut().filter(|_| selected) {
                tag.attribute("value").unwrap_or_default().clone_into(value);
            }
            continue;
        }
        options = (tag.name == "select").then_some(0);
        let Some(name) = tag.attribute("name").map(str::to_owned) else {
            continue;
        };
        let value = tag.attribute("value").unwrap_or_default().to_owned();
        let ticks = ["checkbox", "radio"].contains(&tag.attribute("type").unwrap_or_default());
        match tag.name.as_str() {
            "input" if ticks && tag.attribute("checked").is_none() => {}
            "input" => fields.push((name, value)),
            "select" => fields.push((name, value)),
            // A parser drops the first line break.
            "textarea" => fields.push((name, tag.text.strip_prefix('\n').unwrap_or(&tag.text).to_owned())),
            _ => {}
        }
    }
    fields
}

pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// A page without the marks of what a search has found.
pub fn unmarked(html: &str) -> String {
    html.replace("<mark>", "").replace("</mark>", "")
}
