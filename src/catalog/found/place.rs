//! Where a page of a search begins: the place that it had and the product before it, so that what comes and goes elsewhere
//! moves nothing. Must not know who finds.

use super::ListQuery;
use crate::catalog::finder::DEEPEST;
use crate::error::Result;
use crate::web::paging::{Cursor, Page, PageRequest, Position};

/// Rows before and after the place that a cursor names among which its product is looked for, should it have moved.
const SLACK: usize = 24;

/// Where in the order of a search a page begins, or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::catalog) struct Place {
    offset: usize,
    /// The product before the page, or behind it.
    anchor: Option<i32>,
    is_backward: bool,
}

impl Place {
    pub fn of(query: &ListQuery) -> Result<Place> {
        let at = |offset| Place {
            offset,
            anchor: None,
            is_backward: false,
        };
        let cursor = match &query.page.position {
            Position::Start => return Ok(at(0)),
            Position::Offset(offset) => return Ok(at(*offset as usize)),
            Position::Cursor(cursor) => cursor,
        };
        let is_of_this_list =
            cursor.sort == query.sort.to_string() && cursor.filter == query.filter.fingerprint();
        let offset = match cursor.keys.as_slice() {
            [offset] => offset.strip_prefix('#').and_then(|offset| offset.parse().ok()),
            _ => None,
        };
        let offset = offset.filter(|offset| is_of_this_list && *offset <= DEEPEST);
        Ok(Place {
            offset: offset.ok_or_else(Cursor::refused)?,
            anchor: Some(cursor.id),
            is_backward: cursor.backward,
        })
    }

    /// The cursor of the page that begins behind this product, or ends before it; `offset` products stand before that.
    fn cursor(query: &ListQuery, offset: usize, id: i32, backward: bool) -> Cursor {
        Cursor {
            sort: query.sort.to_string(),
            filter: query.filter.fingerprint(),
            // Told from a price or a name.
            keys: vec![format!("#{offset}")],
            id,
            backward,
        }
    }

    /// The rows to ask for: first and how many.
    pub fn window(&self, limit: usize) -> (usize, usize) {
        let slack = if self.anchor.is_some() { SLACK } else { 0 };
        let before = slack + if self.is_backward { limit } else { 0 };
        let after = slack + if self.is_backward { 0 } else { limit };
        let first = self.offset.saturating_sub(before);
        let end = self.offset.saturating_add(after).min(DEEPEST);
        (first, end.saturating_sub(first))
    }

    /// Where the page begins and ends in a window that begins at `first`: by its product, or by its place once that is gone.
    pub fn within(&self, first: usize, ids: &[i32], limit: usize) -> (usize, usize) {
        let by_place = self.offset.saturating_sub(first).min(ids.len());
        let found = ids.iter().position(|id| Some(*id) == self.anchor);
        if self.is_backward {
            let end = found.unwrap_or(by_place);
            (end.saturating_sub(limit), end)
        } else {
            let begin = found.map_or(by_place, |place| place + 1);
            (begin, (begin + limit).min(ids.len()))
        }
    }

    /// The same for a database, which knows products by no rank.
    pub fn request(&self, asked: &PageRequest) -> PageRequest {
        let offset = match self.is_backward {
            true => self.offset.saturating_sub(asked.limit as usize),
            false => self.offset,
        };
        PageRequest {
            position: Position::Offset(u32::try_from(offset).unwrap_or(u32::MAX)),
            ..asked.clone()
        }
    }
}

/// A page with the cursors of a search: `before` products stand before it, `total` are reachable.
pub(super) fn with_cursors<T>(
    mut page: Page<T>,
    query: &ListQuery,
    before: usize,
    total: usize,
    id: impl Fn(&T) -> i32,
) -> Page<T> {
    let behind = before + page.items.len();
    let last = page.items.last().filter(|_| behind < total.min(DEEPEST));
    page.next = last.map(|last| Place::cursor(query, behind, id(last), false));
    let first = page.items.first().filter(|_| before > 0);
    page.prev = first.map(|first| Place::cursor(query, before, id(first), true));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(offset: usize, anchor: Option<i32>, is_backward: bool) -> Place {
        Place {
            offset,
            anchor,
            is_backward,
        }
    }

    #[test]
    fn a_page_begins_behind_its_product_wherever_that_stands_now() {
        let ids: Vec<i32> = (100..200).collect();
        for (place, first, expected) in [
            (place(0, None, false), 0, (0, 10)),
            (place(10, Some(109), false), 0, (10, 20)),
            // Two have come before it.
            (place(10, Some(111), false), 0, (12, 22)),
            // It is gone.
            (place(10, Some(7), false), 0, (10, 20)),
            (place(50, Some(130), false), 26, (31, 41)),
            // The page before a product, which may be a short one.
            (place(20, Some(120), true), 0, (10, 20)),
            (place(5, Some(105), true), 0, (0, 5)),
            (place(20, Some(7), true), 0, (10, 20)),
        ] {
            assert_eq!(place.within(first, &ids, 10), expected, "{place:?}");
        }
    }

    #[test]
    fn no_window_reaches_deeper_than_a_search() {
        for offset in [0, 1, 30, 990, DEEPEST] {
            for place in [
                place(offset, None, false),
                place(offset, Some(1), false),
                place(offset, Some(1), true),
            ] {
                let (first, rows) = place.window(100);
                assert!(first + rows <= DEEPEST, "{place:?}");
                let (begin, end) = place.within(first, &vec![0; rows], 100);
                assert!(begin <= end && end <= rows, "{place:?}");
            }
        }
    }
}
