//! What customers and programs ask the catalog for over HTTP.

pub mod api;
mod facets;
pub mod live;
pub mod operations;
pub mod pages;
pub mod shelf;
pub mod texts;
