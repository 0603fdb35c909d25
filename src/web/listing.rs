//! How the API answers with a list: `{data, meta, links}` and the same links as a `Link` header (RFC 8288).
//! Must not know what is listed.

use actix_web::HttpRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::extract::Params;
use super::openapi::{Object, Parameter, Schema};
use super::paging::{Cursor, DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET, Page, PageRequest, Position, TOTAL_CAP};

/// Characters that stay as they are in a query (RFC 3986, unreserved).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The names of the parameters that every API list takes besides its filter.
pub const LIST_PARAMETERS: [&str; 4] = ["sort", "limit", "after", "total"];

/// The same of lists that are pages.
pub const PAGE_PARAMETERS: [&str; 3] = ["sort", "page", "after"];

/// Where this list continues, as addresses of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Links {
    #[serde(rename = "self")]
    own: String,
    next: Option<String>,
    prev: Option<String>,
}

impl Links {
    /// The links of a page that was asked for by `request` with `params`.
    pub fn new<T>(request: &HttpRequest, params: &Params, page: &Page<T>) -> Links {
        let address = |cursor: &Cursor| with_cursor(request.path(), params, &cursor.encode());
        Links {
            own: query_of(request.path(), params.iter()),
            next: page.next.as_ref().map(address),
            prev: page.prev.as_ref().map(address),
        }
    }

    /// The relations and targets of the `Link` header.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [("next", self.next.as_deref()), ("prev", self.prev.as_deref())]
            .into_iter()
            .filter_map(|(relation, target)| Some((relation, target?)))
    }
}

/// The body of a list.
#[derive(Debug, Serialize)]
pub struct Body<'a, R> {
    data: Vec<R>,
    meta: Meta,
    links: &'a Links,
}

#[derive(Debug, Serialize)]
struct Meta {
    limit: u32,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl<'a, R> Body<'a, R> {
    /// The body of a page whose rows are shown as `data`.
    pub fn of<T>(data: Vec<R>, page: &Page<T>, links: &'a Links) -> Self {
        let meta = Meta {
            limit: page.limit,
            has_more: page.next.is_some(),
            total: page.total,
            more: Map::new(),
        };
        Self { data, meta, links }
    }

    /// One more thing that `meta` says.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.meta.more.insert(name.to_owned(), value.into());
        self
    }
}

/// How the API describes a list whose rows have this shape.
pub fn schema(row: Schema) -> Schema {
    schema_with(row, [])
}

/// The same with more in its `meta`.
pub fn schema_with<const N: usize>(row: Schema, more: [(&'static str, Schema); N]) -> Schema {
    page_schema(
        row,
        more.into_iter()
            .fold(meta_schema(), |meta, (name, shape)| meta.with(name, shape)),
    )
}

fn meta_schema() -> Object {
    let limit = Schema::integer().between(1, MAX_LIMIT.into());
    let total = Schema::integer().between(0, TOTAL_CAP).describe(format!(
        "Rows in all, {TOTAL_CAP} for more; only when it was asked for."
    ));
    Object::new()
        .with("limit", limit)
        .with("has_more", Schema::boolean())
        .maybe("total", total)
}

fn page_schema(row: Schema, meta: Object) -> Schema {
    let links = Object::new()
        .with("self", Schema::text())
        .with("next", Schema::text().or_null())
        .with("prev", Schema::text().or_null());
    Object::new()
        .with("data", Schema::list(row))
        .with("meta", meta.closed())
        .with("links", links.closed())
        .closed()
}

/// The same with what `meta` says of some lists only.
pub fn schema_sometimes<const N: usize>(row: Schema, more: [(&'static str, Schema); N]) -> Schema {
    page_schema(
        row,
        more.into_iter()
            .fold(meta_schema(), |meta, (name, shape)| meta.maybe(name, shape)),
    )
}

/// How the API describes one of [`LIST_PARAMETERS`]; which sorts there are is known to who lists.
pub fn parameter(name: &'static str) -> Parameter {
    let (shape, about) = match name {
        "limit" => (
            Schema::integer()
                .between(1, MAX_LIMIT.into())
                .default(DEFAULT_LIMIT),
            "Rows of a page.",
        ),
        "after" => (
            Schema::text(),
            "Cursor of a `next` or `prev` link of this very list.",
        ),
        "total" => (Schema::boolean().default(false), "Whether to count all rows."),
        _ => (Schema::text(), ""),
    };
    Parameter::query(name, shape, about)
}

/// Where the pages before and after a page of HTML are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageLinks {
    pub prev: Option<String>,
    pub next: Option<String>,
}

/// Links of a page of HTML: numbered as deep as numbers reach, by cursor beyond.
pub fn page_links<T>(path: &str, params: &Params, asked: &PageRequest, page: &Page<T>) -> PageLinks {
    let offset = match asked.position {
        Position::Start => Some(0),
        Position::Offset(offset) => Some(offset),
        Position::Cursor(_) => None,
    };
    let cursor = |cursor: &Cursor| with_cursor(path, params, &cursor.encode());
    let next = offset
        .map(|offset| offset + asked.limit)
        .filter(|offset| *offset <= MAX_OFFSET);
    PageLinks {
        prev: match offset {
            Some(offset) => offset
                .checked_sub(asked.limit)
                .map(|offset| numbered(path, params, offset / asked.limit + 1)),
            None => page.prev.as_ref().map(cursor),
        },
        next: page.next.as_ref().map(|after| match next {
            Some(offset) => numbered(path, params, offset / asked.limit + 1),
            None => cursor(after),
        }),
    }
}

fn numbered(path: &str, params: &Params, page: u32) -> String {
    let number = page.to_string();
    let kept = params
        .iter()
        .filter(|(name, value)| !matches!(*name, "after" | "page") && !value.is_empty());
    let page = (page > 1).then_some(("page", number.as_str()));
    query_of(path, kept.chain(page))
}

/// The same address with another cursor; a page number gives way to it.
pub fn with_cursor(path: &str, params: &Params, cursor: &str) -> String {
    let kept = params
        .iter()
        .filter(|(name, value)| !matches!(*name, "after" | "page") && !value.is_empty());
    query_of(path, kept.chain([("after", cursor)]))
}

/// An address made of a path and query pairs.
pub fn query_of<'a>(path: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<String> = pairs
        .map(|(name, value)| {
            format!(
                "{}={}",
                utf8_percent_encode(name, QUERY),
                utf8_percent_encode(value, QUERY)
            )
        })
        .collect();
    if pairs.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", pairs.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_replaces_the_old_one_and_the_page_number_and_nothing_else() {
        let params = Params::decode("category=Tea+%26+Coffee&after=old&page=2&sort=").expect("well formed");
        assert_eq!(
            with_cursor("/products", &params, "new"),
            "/products?category=Tea%20%26%20Coffee&after=new"
        );
    }
}
