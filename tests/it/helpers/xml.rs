//! XML documents, read by a parser that takes nothing that is not well formed.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub fn child(&self, name: &str) -> &Element {
        let found = self.children.iter().find(|child| child.name == name);
        found.unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// The text of a child; nothing if there is none.
    pub fn of(&self, name: &str) -> Option<&str> {
        let found = self.children.iter().find(|child| child.name == name);
        found.map(|child| child.text.as_str())
    }
}

/// The root of a document.
pub fn parse(document: &str) -> Element {
    assert!(document.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    let forbidden = |c: char| (c < ' ' && !"\t\n\r".contains(c)) || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!document.contains(forbidden), "characters that XML 1.0 forbids");
    let mut reader = Reader::from_str(document);
    let mut open = vec![Element::default()];
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {document}"))
        {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(element(&start)),
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Text(text) => open.last_mut().unwrap().text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().unwrap();
                let character = character.unwrap_or_else(|| match &*reference.xml10_content() {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("the entity {other}"),
                });
                open.last_mut().unwrap().text.push(character);
            }
            Event::Decl(_) => {}
            Event::Eof => break,
            other => panic!("{other:?} has no place in our documents"),
        }
    }
    assert_eq!(open.len(), 1, "not everything is closed");
    open.pop().unwrap().children.pop().expect("a root")
}

fn element(start: &BytesStart<'_>) -> Element {
    let text = |name: &str| name.to_owned();
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
        (text(attribute.key.as_ref()), value.into_owned())
    });
    Element {
        name: text(start.name().as_ref()),
        attributes: attributes.collect(),
        ..Element::default()
    }
}
