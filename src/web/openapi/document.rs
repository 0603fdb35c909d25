//! The whole document, put together from the addresses that a process serves. Must not know any of them.

use serde_json::{Map, Value, json};

use super::failures;
use super::operation::Operation;
use crate::error::{Error, Result};
use crate::web::endpoint::Endpoint;
use crate::web::extract::MIN_CHANGE_SEQ;
use crate::web::respond::CHANGE_SEQ;
use crate::web::site::Site;

const VERSION: &str = "3.1.0";

/// What holds for every operation, a paragraph for each subject.
fn conventions() -> String {
    format!(
        "Failures are `application/problem+json` (RFC 9457): `code` is for programs, `detail` for people, `errors` \
         names every faulty field at once. A parameter or field that is not described here is refused by name. A \
         method that an address does not have is a 405 with `Allow`; HEAD answers like GET without a body. Every \
         answer names its request in `X-Request-Id`, as the shop's log does.\n\n\
         Lists come in pages: follow `links.next` or the `Link` header until there is none. A cursor goes with the \
         filter and the sort it came with.\n\n\
         Money is a decimal string in the shop's one currency, a time is RFC 3339 in UTC.\n\n\
         Changes need `If-Match` with the ETag of the version that you read, so that nobody overwrites what they have \
         not seen. A write answers with its position in the change log, `{CHANGE_SEQ}`; a read that sends it as \
         `{MIN_CHANGE_SEQ}` has seen that write, whichever server answers.\n\n\
         An operation that names a scope needs a key with it; a stronger scope includes the weaker ones."
    )
}

/// The description of an API, made once.
#[derive(Clone, Debug)]
pub struct Document {
    value: Value,
    bytes: Vec<u8>,
}

impl Document {
    /// Describes what these addresses answer to; those without operations are no part of it.
    ///
    /// # Errors
    /// None that a description can cause.
    pub fn of<'a>(endpoints: impl IntoIterator<Item = &'a Endpoint>, site: &Site) -> Result<Self> {
        let mut parts = Parts::default();
        for endpoint in endpoints {
            for (method, operation) in endpoint.operations() {
                let value = operation.to_value(method);
                parts.add(endpoint.pattern, method.as_str(), &operation, value);
            }
        }
        let value = parts.into_value(site);
        let bytes = serde_json::to_vec(&value).map_err(Error::internal)?;
        Ok(Self { value, bytes })
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    /// As it is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[derive(Default)]
struct Parts {
    tags: Vec<Value>,
    paths: Map<String, Value>,
    shapes: Map<String, Value>,
    failures: Map<String, Value>,
    /// Empty where no operation needs a key.
    keys: Map<String, Value>,
}

impl Parts {
    fn add(&mut self, pattern: &str, method: &str, operation: &Operation, value: Value) {
        let tag = json!({ "name": operation.group.name, "description": operation.group.about });
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
        for status in operation.failures() {
            self.failures
                .insert(status.to_string(), failures::response(status));
        }
        if operation.scope().is_some() {
            self.keys.insert("key".to_owned(), key());
        }
        for (name, shape) in operation.components().chain(failures::problem().components()) {
            self.shapes.insert(name.to_owned(), shape.clone());
        }
        let path = self.paths.entry(pattern).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(method.to_lowercase(), value);
        }
    }

    fn into_value(self, site: &Site) -> Value {
        json!({
            "openapi": VERSION,
            "info": {
                "title": format!("API of {}", site.shop.name),
                "version": env!("CARGO_PKG_VERSION"),
                "description": conventions(),
            },
            "servers": [{ "url": site.public_origin().unwrap_or("/") }],
            "tags": self.tags,
            "paths": self.paths,
            "components": {
                "schemas": self.shapes,
                "responses": self.failures,
                "securitySchemes": self.keys,
            },
        })
    }
}

/// How a key is shown and where it comes from.
fn key() -> Value {
    json!({
        "type": "http", "scheme": "bearer", "bearerFormat": "vk_...",
        "description": "An API key. The owner makes it with `vitrine key create --name NAME --scope SCOPE`.",
    })
}
