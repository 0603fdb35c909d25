//! Finding products by words: `/search` and `/api/v1/search`. `engine` is the index and what it finds, `keep` its life in
//! this process, the rest what is asked over HTTP, through the catalog's lists. Must not know how a product is stored or
//! changed.

pub mod engine;
mod insight;
pub mod keep;
mod opensearch;
pub mod operations;
mod repo;
pub mod routes;

pub use insight::{Insight, Period, Report, Row};
