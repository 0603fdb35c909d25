//! The heart: products and their categories, who may see them and how they change. Must not know admin pages,
//! search engines, caches or sockets; those call [`Catalog`] or follow the change log.

mod catalog;
mod edit;
pub mod filter;
mod input;
mod model;
mod repo;
pub mod text;
mod values;
mod write;

pub use catalog::Catalog;
pub use edit::{Extent, ProductEdit};
pub use input::{ProductInput, READ_ONLY, WRITABLE};
pub use model::{AtAddress, Category, Product, ProductCard};
