//! XML documents, written element by element; texts are escaped by the writer, never by hand.
//! Must not know any format.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::error::{Error, Result};

/// A document in the making.
pub struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// A whole document below one root element.
    ///
    /// # Errors
    /// None that a text can cause: writing to memory does not fail.
    pub fn document(
        root: &str,
        attributes: &[(&str, &str)],
        fill: impl FnOnce(&mut Xml) -> io::Result<()>,
    ) -> Result<Vec<u8>> {
        let mut xml = Xml(Writer::new(Vec::new()));
        let declaration = Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None));
        xml.0
            .write_event(declaration)
            .and_then(|()| xml.element(root, attributes, fill))
            .map_err(Error::internal)?;
        Ok(xml.0.into_inner())
    }

    /// An element with others inside.
    ///
    /// # Errors
    /// As [`Xml::document`].
    pub fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        fill: impl FnOnce(&mut Xml) -> io::Result<()>,
    ) -> io::Result<()> {
        self.0.write_event(Event::Start(start(name, attributes)))?;
        fill(self)?;
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    /// An element that holds a text.
    ///
    /// # Errors
    /// As [`Xml::document`].
    pub fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.text_with(name, &[], text)
    }

    /// An element that holds a text and says something about it.
    ///
    /// # Errors
    /// As [`Xml::document`].
    pub fn text_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
        self.element(name, attributes, |xml| {
            xml.0.write_event(Event::Text(BytesText::new(&allowed(text))))
        })
    }

    /// An element without content.
    ///
    /// # Errors
    /// As [`Xml::document`].
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Empty(start(name, attributes)))
    }
}

fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, allowed(value).as_str()));
    }
    start
}

/// Without the characters that XML 1.0 has no way to write, not even as a reference. Products hold none of the control
/// characters; U+FFFE and U+FFFF may come with a text.
fn allowed(text: &str) -> String {
    let is_allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}');
    text.chars().filter(is_allowed).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;

    use super::*;

    fn written(text: &str) -> String {
        let document = Xml::document("a", &[("b", text)], |xml| xml.text("c", text)).unwrap();
        String::from_utf8(document).unwrap()
    }

    #[test]
    fn texts_are_escaped_and_what_xml_cannot_hold_is_left_out() {
        let document = written("<&\">\0\u{1b}\u{fffe}");
        assert!(
            document.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a b=\"&lt;&amp;&quot;&gt;\">")
        );
        assert!(document.contains("<c>&lt;&amp;") && !document.contains(['\0', '\u{1b}', '\u{fffe}']));
    }

    proptest! {
        #[test]
        fn every_text_makes_a_document_that_can_be_read(text in any::<String>()) {
            let document = written(&text);
            let mut reader = Reader::from_str(&document);
            loop {
                match reader.read_event().unwrap() {
                    Event::Eof => break,
                    Event::Start(start) => for attribute in start.attributes() {
                        attribute.unwrap();
                    },
                    _ => {}
                }
            }
        }
    }
}
