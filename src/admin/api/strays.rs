//! Which fields a body may have, the same for whatever the owner's API writes. Must not know what they mean.

use serde_json::{Map, Value, json};

use crate::error::FieldError;

/// A field that is known is sent, or is sent back as it was read: the id and the version of what stands, and `by_shop`, which
/// nobody can change. Every other one is a fault.
pub(super) fn strays(
    body: &Map<String, Value>,
    fields: &[&str],
    id: &str,
    standing: Option<(i32, i32)>,
    by_shop: &[&str],
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    for (name, value) in body {
        let name = name.as_str();
        let sent_back = match standing {
            Some((stored, _)) if name == id => Some(*value == json!(stored)),
            Some((_, version)) if name == "version" => Some(*value == json!(version)),
            Some(_) if by_shop.contains(&name) => Some(true),
            _ => None,
        };
        let fault = |code, detail: String| FieldError::new(format!("/{name}"), code, detail);
        match sent_back {
            Some(true) => {}
            Some(false) => faults.push(fault("read_only", "cannot be changed".to_owned())),
            None if fields.contains(&name) => {}
            None => {
                let detail = format!("is no field here; the fields are {}", fields.join(", "));
                faults.push(fault("unknown", detail));
            }
        }
    }
    faults
}
