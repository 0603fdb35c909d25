//! What customers and programs ask the catalog for over HTTP.

pub mod api;
pub mod operations;
pub mod pages;
mod shelf;
