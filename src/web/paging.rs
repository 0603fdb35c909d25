//! Pages of a list: how one is asked for and what comes back. Must not know what is listed.
//!
//! A cursor holds the sort keys of the row it stands on, so a page costs the same however deep it lies and rows
//! that come or go elsewhere move nothing. It stays meaningful whatever happens to the shop's history, because
//! it names values, not positions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Rows of a page unless asked otherwise, and at most.
pub const DEFAULT_LIMIT: u32 = 24;
pub const MAX_LIMIT: u32 = 100;

/// Totals are counted up to here; more reads "more than 10,000".
pub const TOTAL_CAP: i64 = 10_001;

/// How deep numbered pages reach, in rows; deeper pages are asked for by cursor.
pub const MAX_OFFSET: u32 = 1_000;

/// Where a page starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Position {
    #[default]
    Start,
    /// So many rows in, at most [`MAX_OFFSET`].
    Offset(u32),
    /// After (or before) the row that the cursor names.
    Cursor(Cursor),
}

/// A page asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    pub limit: u32,
    pub position: Position,
    /// Whether to count all rows, capped at [`TOTAL_CAP`].
    pub with_total: bool,
}

impl Default for PageRequest {
    fn default() -> Self {
        PageRequest {
            limit: DEFAULT_LIMIT,
            position: Position::Start,
            with_total: false,
        }
    }
}

impl PageRequest {
    /// Reads `limit`, `after` and `total` of the API.
    ///
    /// # Errors
    /// 400 for a limit outside 1..=100, a cursor that is none, a total that is neither `true` nor `false`.
    pub fn parse(limit: Option<&str>, after: Option<&str>, total: Option<&str>) -> Result<PageRequest> {
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| {
                    Error::bad_request(
                        "invalid_limit",
                        format!("`limit` must be a whole number from 1 to {MAX_LIMIT}."),
                    )
                })?,
        };
        let position = after
            .map(Cursor::decode)
            .transpose()?
            .map_or(Position::Start, Position::Cursor);
        let with_total = match total {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                return Err(Error::bad_request(
                    "invalid_total",
                    "`total` must be true or false.",
                ));
            }
        };
        Ok(PageRequest {
            limit,
            position,
            with_total,
        })
    }

    /// Reads `page` (numbered from 1) and `after` of the HTML lists.
    ///
    /// # Errors
    /// 400 for a page that is no number from 1 or lies too deep for numbered pages, and for a cursor that is none.
    pub fn parse_numbered(page: Option<&str>, after: Option<&str>) -> Result<PageRequest> {
        let mut request = PageRequest::parse(None, after, None)?;
        if let (Some(text), Position::Start) = (page, &request.position) {
            let offset = text
                .parse::<u32>()
                .ok()
                .and_then(|page| page.checked_sub(1))
                .and_then(|page| page.checked_mul(DEFAULT_LIMIT));
            let offset = offset.filter(|offset| *offset <= MAX_OFFSET).ok_or_else(|| {
                Error::bad_request(
                    "invalid_page",
                    format!(
                        "`page` must be a whole number from 1 to {}.",
                        MAX_OFFSET / DEFAULT_LIMIT + 1
                    ),
                )
            })?;
            request.position = Position::Offset(offset);
        }
        Ok(request)
    }
}

/// The place of a row in a sorted, filtered list; opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The sort it belongs to, as the client writes it.
    #[serde(rename = "s")]
    pub sort: String,
    /// A hash of the filter it belongs to.
    #[serde(rename = "f")]
    pub filter: String,
    /// The row's values of the sort columns, then its id.
    #[serde(rename = "k")]
    pub keys: Vec<String>,
    #[serde(rename = "i")]
    pub id: i32,
    /// Whether the page ends before the row instead of starting after it.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub backward: bool,
}

impl Cursor {
    /// As it stands in a link.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// # Errors
    /// 400 for a text that `encode` never made.
    pub fn decode(text: &str) -> Result<Cursor> {
        let decoded = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok());
        decoded.ok_or_else(Cursor::refused)
    }

    /// What is said of a cursor that does not fit the list it is used with.
    pub fn refused() -> Error {
        Error::bad_request(
            "invalid_cursor",
            "`after` must be a cursor from a `next` or `prev` link of this very list, with the same filter and sort.",
        )
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
    pub prev: Option<Cursor>,
    /// Rows in the whole list, [`TOTAL_CAP`] for more; only when asked for.
    pub total: Option<i64>,
    pub limit: u32,
}

impl<T> Page<T> {
    /// A page of a list that has nothing.
    pub fn empty() -> Page<T> {
        Page {
            items: Vec::new(),
            next: None,
            prev: None,
            total: None,
            limit: DEFAULT_LIMIT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_outside_its_bounds_is_refused_by_name() {
        for (limit, after, total) in [
            (Some("0"), None, None),
            (Some("101"), None, None),
            (Some("x"), None, None),
            (None, Some("x"), None),
            (None, None, Some("yes")),
        ] {
            assert!(
                matches!(
                    PageRequest::parse(limit, after, total),
                    Err(Error::BadRequest { .. })
                ),
                "{limit:?} {after:?} {total:?}"
            );
        }
        for page in ["0", "-1", "43", "4294967295", "x"] {
            assert!(PageRequest::parse_numbered(Some(page), None).is_err(), "{page}");
        }
        assert_eq!(
            PageRequest::parse_numbered(Some("3"), None)
                .ok()
                .map(|page| page.position),
            Some(Position::Offset(48))
        );
    }

    proptest! {
        #[test]
        fn a_cursor_survives_its_link(sort in ".*", keys in proptest::collection::vec(".*", 0..3), id: i32, backward: bool) {
            let cursor = Cursor { sort, filter: "f".to_owned(), keys, id, backward };
            prop_assert_eq!(Cursor::decode(&cursor.encode()).ok(), Some(cursor));
        }

        #[test]
        fn no_text_breaks_the_reading_of_a_cursor(text in ".*") {
            let _ = Cursor::decode(&text);
        }
    }
}
