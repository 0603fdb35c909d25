//! A page of text as somebody typed it: every fault at once. Must not know storage.

use super::TextPageInput;
use crate::catalog::model::TextPage;
use crate::catalog::values::Fault;
use crate::catalog::{text, values};
use crate::db::Moment;
use crate::error::{Error, FieldError, Result};

/// In characters: a link to it stands at the foot of every page.
pub const TITLE_LENGTH: usize = 80;

/// In characters; a form with it fits `server.max_body`.
pub const BODY_LENGTH: usize = 16_000;

/// The page that an input comes to; an existing one keeps its id, version and address.
pub(super) fn understood(input: &TextPageInput, base: Option<&TextPage>) -> Result<TextPage> {
    let mut faults = Vec::new();
    let title = needed(&mut faults, "/title", values::line(&input.title, TITLE_LENGTH));
    let body = text::paragraphs(&input.body, BODY_LENGTH).map_err(values::text_fault);
    let body = needed(&mut faults, "/body", body);
    let slug = match (input.slug.trim(), base) {
        ("", Some(base)) => Some(base.slug.clone()),
        ("", None) => title.as_deref().map(|title| text::slugify(title, "page")),
        (slug, _) => needed(&mut faults, "/slug", values::slug(slug)),
    };
    let position = match input.position.trim() {
        "" => Some(0),
        typed => typed.parse().ok(),
    };
    if position.is_none() {
        let detail = "must be a whole number, for example 10";
        faults.push(FieldError::new("/position", "format", detail));
    }
    match (title, body, slug, position) {
        (Some(title), Some(body), Some(slug), Some(position)) if faults.is_empty() => Ok(TextPage {
            page_id: base.map_or(0, |base| base.page_id),
            title,
            slug,
            former_slugs: base.map(|base| base.former_slugs.clone()).unwrap_or_default(),
            body,
            position,
            is_published: input.is_published,
            version: base.map_or(1, |base| base.version),
            updated_at: base.map_or_else(Moment::now, |base| base.updated_at),
        }),
        _ => Err(Error::Invalid(faults)),
    }
}

fn needed(
    faults: &mut Vec<FieldError>,
    pointer: &str,
    value: Result<Option<String>, Fault>,
) -> Option<String> {
    let (code, detail) = match value {
        Ok(Some(value)) => return Some(value),
        Ok(None) => ("required", "is required".to_owned()),
        Err(fault) => fault,
    };
    faults.push(FieldError::new(pointer, code, detail));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_at_once_and_an_address_is_made_from_the_title() {
        let refused = TextPageInput {
            title: "x".repeat(TITLE_LENGTH + 1),
            slug: "About us".to_owned(),
            body: " \n".to_owned(),
            position: "first".to_owned(),
            is_published: true,
        };
        let Err(Error::Invalid(faults)) = understood(&refused, None) else {
            panic!("it was taken");
        };
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/title", "/body", "/slug", "/position"]);
        let input = TextPageInput {
            title: " Über  uns ".to_owned(),
            body: "We are\r\na shop.".to_owned(),
            ..TextPageInput::default()
        };
        let page = understood(&input, None).unwrap();
        assert_eq!(
            (page.title.as_str(), page.slug.as_str()),
            ("Über uns", "uber-uns")
        );
        assert_eq!((page.body.as_str(), page.position), ("We are\na shop.", 0));
        let renamed = TextPageInput {
            title: "Who we are".to_owned(),
            ..TextPageInput::of(&page)
        };
        assert_eq!(understood(&renamed, Some(&page)).unwrap().slug, "uber-uns");
    }
}
