//! A page of the shop that is text: about, contact, imprint. Must not know how its text is shown.

use serde::{Deserialize, Serialize};

use crate::db::Moment;

/// A page of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPage {
    pub page_id: i32,
    /// Its heading, and what links to it are called.
    pub title: String,
    /// Its address below `/pages/`.
    pub slug: String,
    /// Earlier ones, the newest last: they lead here unless another page has taken them.
    pub former_slugs: Vec<String>,
    /// CommonMark.
    pub body: String,
    /// Its place among the others; equal ones go by title.
    pub position: i32,
    /// Whether customers can see it.
    pub is_published: bool,
    pub version: i32,
    pub updated_at: Moment,
}

/// Where a page of text that customers can see is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink {
    pub title: String,
    pub slug: String,
    pub updated_at: Moment,
}
