//! How the text of one field becomes its value, and what to say when it does not. Must not know products.

use super::text::{self, TextFault};
use crate::db::types::MoneyError;
use crate::db::{Moment, Money};
use crate::error::FieldError;

/// A fault of one value: its code and what to do about it.
pub(super) type Fault = (&'static str, String);

pub(super) fn line(text: &str, longest: usize) -> Result<Option<String>, Fault> {
    text::line(text, longest).map_err(text_fault)
}

pub(super) fn text_fault(fault: TextFault) -> Fault {
    match fault {
        TextFault::Forbidden(character) => (
            "format",
            format!(
                "holds the character U+{:04X}, which cannot be shown",
                u32::from(character)
            ),
        ),
        TextFault::TooLong(longest) => ("too_long", format!("must have at most {longest} characters")),
    }
}

pub(super) fn slug(text: &str) -> Result<Option<String>, Fault> {
    let slug = text.trim();
    if text::is_slug(slug) {
        return Ok(Some(slug.to_owned()));
    }
    Err((
        "format",
        format!(
            "must be lower-case letters, digits and hyphens, for example {}",
            text::slugify(slug, "oak-table")
        ),
    ))
}

pub(super) fn money(text: &str) -> Result<Money, Fault> {
    Money::parse(text.trim()).map_err(|error| match error {
        MoneyError::Format | MoneyError::TooPrecise => ("format", error.to_string()),
        MoneyError::Negative | MoneyError::TooLarge => ("out_of_range", error.to_string()),
    })
}

pub(super) fn stock(text: &str) -> Result<i32, Fault> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(("format", "must be a whole number, for example 5".to_owned()));
    }
    text.parse()
        .ok()
        .filter(|count| *count >= 0)
        .ok_or_else(|| ("out_of_range", format!("must be between 0 and {}", i32::MAX)))
}

/// Yes and no as JSON, forms and spreadsheets write them.
pub(super) fn flag(text: &str) -> Result<bool, Fault> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "y" | "on" => Ok(true),
        "false" | "0" | "no" | "n" | "off" => Ok(false),
        _ => Err(("format", "must be true or false".to_owned())),
    }
}

/// The form of a picture's address; whether its host is allowed is the shop's setting and checked when it changes.
pub(super) fn image_url(text: &str, longest: usize) -> Result<Option<String>, Fault> {
    let Some(address) = line(text, longest)? else {
        return Ok(None);
    };
    if is_own_media(&address) {
        return Ok(Some(address));
    }
    match https(&address) {
        Some(parsed) if parsed.as_str() == address => Ok(Some(address)),
        _ => Err((
            "format",
            "must be a picture of this shop (/media/...) or an https address on an allowed host".to_owned(),
        )),
    }
}

/// A page of another site.
pub(super) fn web_address(text: &str, longest: usize) -> Result<Option<String>, Fault> {
    let Some(address) = line(text, longest)? else {
        return Ok(None);
    };
    let advice = match https(&address) {
        Some(parsed) if parsed.as_str() == address => return Ok(Some(address)),
        // The parser repairs what it can; who typed it shall see what became of it.
        Some(parsed) => format!("must be a complete https address, perhaps {parsed}"),
        None => "must be a complete https address, for example https://market.example/lamp".to_owned(),
    };
    Err(("format", advice))
}

/// An https address on the usual port without a user. The parser also repairs addresses (tabs, back slashes, missing
/// slashes): one is as it was typed only if it is what the parser says.
fn https(address: &str) -> Option<url::Url> {
    let parsed = url::Url::parse(address).ok()?;
    let is_plain = parsed.scheme() == "https"
        && parsed.username().is_empty()
        && parsed.password().is_none()
        && parsed.port().is_none();
    (is_plain && parsed.has_host()).then_some(parsed)
}

/// Whether an address names a stored picture: `/media/{64 hex digits}/{file}`.
pub(super) fn is_own_media(address: &str) -> bool {
    let Some((hash, file)) = address
        .strip_prefix("/media/")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    hash.len() == 64
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !file.is_empty()
        && file.bytes().all(plain)
        && !file.starts_with('.')
}

const MOMENT_ADVICE: &str = "must be a date or time such as 2026-11-22 or 2026-11-22T10:00:00Z";

/// A moment that people plan: to the second, as forms can hold it.
pub(super) fn moment(text: &str) -> Result<Moment, Fault> {
    Moment::parse(text.trim())
        .map(Moment::whole_seconds)
        .ok_or_else(|| ("format", MOMENT_ADVICE.to_owned()))
}

/// When an imported product was made, as its file says.
///
/// # Errors
/// Not a date or RFC 3339 time.
pub fn created_at(text: &str) -> Result<Moment, FieldError> {
    Moment::parse(text.trim()).ok_or_else(|| FieldError::new("/created_at", "format", MOMENT_ADVICE))
}
