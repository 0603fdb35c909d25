//! What search engines, feed readers and marketplaces read of the shop: sitemap, Atom feed, Google's product feed.
//!
//! Each document is a function of the products read for it, made anew from the catalog, so that a change of a product
//! shows in all of them at once. Must not know how products are stored.

pub mod atom;
pub mod merchant;
pub mod routes;
pub mod sitemap;
