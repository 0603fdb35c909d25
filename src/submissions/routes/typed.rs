//! What an author's form says. Must not know what makes a value valid.

use crate::catalog::{ATTRIBUTE_PREFIX, PROPOSABLE, Proposed};
use crate::error::{Error, FieldError, Result};
use crate::submissions::views::form::{ALT, DROP, FILES, PICTURE};
use crate::web::extract::Params;

/// Fields of the form that are none of the product.
const OTHERS: [&str; 7] = [
    "csrf_token",
    "version",
    "product",
    "product_version",
    "action",
    "message",
    // A choice of no file is sent as an empty text by forms that know no files.
    FILES,
];

/// What is proposed, and the words to the shop. A field that the form does not offer is refused: nobody sets what nobody is
/// asked for.
///
/// # Errors
/// `Invalid` with every such field, or when it is too long.
pub(super) fn input(sent: &Params) -> Result<(Proposed, String)> {
    let is_known = |name: &str| {
        let begins = |start: &&str| name.starts_with(*start);
        OTHERS.contains(&name)
            || PROPOSABLE.contains(&name)
            || [ATTRIBUTE_PREFIX, PICTURE, ALT, DROP].iter().any(begins)
    };
    let strays: Vec<FieldError> = sent
        .iter()
        .filter(|(name, _)| !is_known(name))
        .map(|(name, _)| FieldError::new(format!("/{name}"), "unknown", "cannot be proposed"))
        .collect();
    if !strays.is_empty() {
        return Err(Error::Invalid(strays));
    }
    let message = sent.one("message")?.unwrap_or_default().to_owned();
    let images = images(sent)?;
    let pairs = sent.iter().filter(|(name, _)| *name != "images");
    let images = images.iter().map(|text| ("images", text.as_str()));
    Ok((Proposed::from_form(pairs.chain(images))?, message))
}

/// Pictures of this shop stand in fields of their own, before the addresses of others; as one text. Nothing where the form
/// does not speak of pictures.
fn images(sent: &Params) -> Result<Option<String>> {
    let typed = sent
        .iter()
        .find(|(name, _)| *name == "images")
        .map(|(_, text)| text);
    let mut lines = Vec::new();
    let mut speaks = typed.is_some();
    for (name, address) in sent.iter() {
        let Some(place) = name.strip_prefix(PICTURE) else {
            continue;
        };
        speaks = true;
        if sent.one(&format!("{DROP}{place}"))?.is_none() {
            let alt = sent.one(&format!("{ALT}{place}"))?.unwrap_or_default();
            lines.push(
                format!("{address} {}", alt.replace(['\r', '\n'], " "))
                    .trim()
                    .to_owned(),
            );
        }
    }
    lines.extend(typed.map(str::to_owned));
    Ok(speaks.then(|| lines.join("\n")))
}
