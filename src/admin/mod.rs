//! The owner's side of the shop: pages and API that change the catalog. Must not know how a product is stored.

pub mod api;
pub mod operations;
pub mod pages;
mod views;
