//! Finding products by words: `/search` and `/api/v1/search`. Answers come from the database's full-text index,
//! through the catalog's lists. Must not know how a product is stored or changed.

pub mod engine;
mod opensearch;
pub mod operations;
pub mod routes;
mod views;
