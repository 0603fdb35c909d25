//! What programs send about proposals. Must not know what makes a value valid.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::catalog::Proposed;
use crate::error::{Error, FieldError, Result};
use crate::submissions::{Input, Message};
use crate::web::extract::JsonObject;

/// Refuses every other field, so that nothing is silently ignored.
pub(super) fn known(body: &JsonObject, names: &[&str]) -> Result<()> {
    let strays = body.fields.keys().filter(|name| !names.contains(&name.as_str()));
    let faults: Vec<FieldError> = strays
        .map(|name| {
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            let detail = format!("is no field here; the fields are {}", names.join(", "));
            FieldError::new(pointer, "unknown", detail)
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

pub(super) fn input(body: &JsonObject) -> Result<Input> {
    let wrong = |field: &str, detail: &str| Error::field(format!("/{field}"), "format", detail);
    let product = match body.fields.get("product") {
        Some(Value::Object(product)) => product,
        Some(_) => return Err(wrong("product", "must be an object with the fields of a product")),
        None => return Err(Error::field("/product", "required", "is required")),
    };
    let draft = match body.fields.get("draft") {
        None => false,
        Some(Value::Bool(draft)) => *draft,
        Some(_) => return Err(wrong("draft", "must be true or false")),
    };
    Ok(Input {
        typed: Proposed::from_json(product)?,
        message: Message::parse(text(body)?)?,
        hands_in: !draft,
    })
}

pub(super) fn text(body: &JsonObject) -> Result<&str> {
    match body.fields.get("message") {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Error::field("/message", "format", "must be text in quotes")),
    }
}

pub(super) fn whole(body: &JsonObject, name: &str) -> Result<Option<i32>> {
    let value = body.fields.get(name).filter(|value| !value.is_null());
    value
        .map(|value| {
            let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
            number.ok_or_else(|| Error::field(format!("/{name}"), "format", "must be a whole number"))
        })
        .transpose()
}

/// The bytes of a picture.
pub(super) fn content(body: &JsonObject) -> Result<Vec<u8>> {
    let text = match body.fields.get("content") {
        Some(Value::String(text)) => text,
        Some(_) => return Err(Error::field("/content", "format", "must be text in quotes")),
        None => return Err(Error::field("/content", "required", "is required")),
    };
    let decoded = BASE64_STANDARD.decode(text);
    decoded.map_err(|_| Error::field("/content", "format", "must be base64, with its padding"))
}

/// Faults of a picture stand at its content.
pub(super) fn in_content(error: Error) -> Error {
    let at_content = |fault: FieldError| FieldError {
        pointer: "/content".to_owned(),
        ..fault
    };
    match error {
        Error::Invalid(faults) => Error::Invalid(faults.into_iter().map(at_content).collect()),
        other => other,
    }
}

/// Faults of the product stand below `/product` in the body.
pub(super) fn in_body(error: Error) -> Error {
    match error {
        Error::Invalid(faults) => {
            let below = |fault: FieldError| match fault.pointer.starts_with("/fields") {
                // A decision on a field stands in the body as it is.
                true => fault,
                false => FieldError {
                    pointer: format!("/product{}", fault.pointer),
                    ..fault
                },
            };
            Error::Invalid(faults.into_iter().map(below).collect())
        }
        other => other,
    }
}
