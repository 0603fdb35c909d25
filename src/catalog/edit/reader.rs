//! Takes the fields of an input one by one and collects what is wrong with them. Must not know what a product is.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Extent, SHORT_LENGTH};
use crate::catalog::flat;
use crate::catalog::input::{CATEGORY_PATH, Given, SALE_PARTS};
use crate::catalog::model::Image;
use crate::catalog::values::{Fault, line};
use crate::error::FieldError;

pub(super) struct Reader {
    fields: BTreeMap<&'static str, Given>,
    extent: Extent,
    faults: Vec<FieldError>,
}

impl Reader {
    pub fn new(fields: BTreeMap<&'static str, Given>, extent: Extent) -> Reader {
        Reader {
            fields,
            extent,
            faults: Vec::new(),
        }
    }

    pub fn finish<T>(self, understood: T) -> Result<T, Vec<FieldError>> {
        if self.faults.is_empty() {
            Ok(understood)
        } else {
            Err(self.faults)
        }
    }

    /// A field that a product cannot be without.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<Option<T>, Fault>,
    ) -> Option<T> {
        let missing = !self.fields.contains_key(name) && self.extent == Extent::Partial;
        let known = self.faults.len();
        let value = self.optional(name, read).flatten();
        if value.is_none() && !missing && self.faults.len() == known {
            self.fault(name, "required", "is required".to_owned());
        }
        value
    }

    /// A field that may be empty: `None` not sent, `Some(None)` sent empty.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<Option<T>, Fault>,
    ) -> Option<Option<T>> {
        let result = match self.fields.remove(name)? {
            Given::Null => Ok(None),
            Given::Mistyped(expected) => Err(("format", expected.to_owned())),
            Given::Nested(_) => Err(("format", "must be text in quotes".to_owned())),
            Given::Text(text) => read(&text),
        };
        self.kept(name, result)
    }

    pub fn tags(&mut self) -> Option<Vec<String>> {
        let tags = match self.fields.remove("tags")? {
            Given::Null => Ok(Vec::new()),
            Given::Mistyped(expected) => Err(("format", expected.to_owned())),
            Given::Text(text) => flat::tags(flat::split_tags(&text)),
            Given::Nested(list) => texts(&list).and_then(flat::tags),
        };
        self.kept("tags", tags)
    }

    /// The names of a category and those above it, the top first; a level without a name is none.
    pub fn category_path(&mut self) -> Vec<String> {
        let names = match self.fields.remove(CATEGORY_PATH) {
            None | Some(Given::Null) => Ok(Vec::new()),
            Some(Given::Mistyped(expected)) => Err(("format", expected.to_owned())),
            Some(Given::Text(text)) => path(flat::split_path(&text).iter().map(String::as_str)),
            Some(Given::Nested(list)) => texts(&list).and_then(path),
        };
        self.kept(CATEGORY_PATH, names).unwrap_or_default()
    }

    pub fn images(&mut self) -> Option<Vec<Image>> {
        let images = match self.fields.remove("images")? {
            Given::Null => Ok(Vec::new()),
            Given::Mistyped(expected) => Err(("format", expected.to_owned())),
            Given::Text(text) => flat::images(flat::split_images(&text)),
            Given::Nested(list) => pictures(list).and_then(|pictures| {
                let alt = |image: &Image| image.alt.clone().unwrap_or_default();
                let pairs: Vec<_> = pictures
                    .iter()
                    .map(|image| (image.url.clone(), alt(image)))
                    .collect();
                flat::images(pairs.iter().map(|(url, alt)| (url.as_str(), alt.as_str())))
            }),
        };
        self.kept("images", images)
    }

    /// `"attributes": null` empties them all.
    pub fn attributes_are_cleared(&mut self) -> bool {
        match self.fields.remove("attributes") {
            Some(Given::Mistyped(expected)) => {
                self.fault("attributes", "format", expected.to_owned());
                false
            }
            other => other == Some(Given::Null),
        }
    }

    /// Notes a fault under the pointer of the field in JSON.
    pub fn fault(&mut self, name: &str, code: &'static str, detail: String) {
        let part = SALE_PARTS.iter().find(|(_, field)| *field == name);
        let pointer = match part {
            Some((part, _)) => format!("sale/{part}"),
            None if name.starts_with("sale/") => name.to_owned(),
            None => name.replace('~', "~0").replace('/', "~1"),
        };
        self.faults
            .push(FieldError::new(format!("/{pointer}"), code, detail));
    }

    fn kept<T>(&mut self, name: &str, result: Result<T, Fault>) -> Option<T> {
        result
            .map_err(|(code, detail)| self.fault(name, code, detail))
            .ok()
    }
}

fn path<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, Fault> {
    let names = names.into_iter().map(|name| line(name, SHORT_LENGTH));
    names.filter_map(Result::transpose).collect()
}

fn texts(list: &Value) -> Result<Vec<&str>, Fault> {
    let items = list.as_array().into_iter().flatten();
    items
        .map(|item| {
            item.as_str()
                .ok_or_else(|| ("format", "must be a list of texts in quotes".to_owned()))
        })
        .collect()
}

fn pictures(list: Value) -> Result<Vec<Image>, Fault> {
    serde_json::from_value(list).map_err(|error| {
        let told = error.to_string();
        (
            "format",
            format!("must be a list of pictures with url and alt: {told}"),
        )
    })
}
