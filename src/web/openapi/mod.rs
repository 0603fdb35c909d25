//! The API describes itself: OpenAPI 3.1 at `/openapi.json`, the same for people at `/docs`.
//!
//! An address carries its [`Operation`]s where it is declared (`startup::endpoints`); the document is put together from
//! what is switched on, and the integration tests hold every answer against it. Must not know what a shop sells.

mod document;
mod example;
mod failures;
mod operation;
mod page;
pub mod routes;
mod schema;
mod shapes;

pub use document::Document;
pub use example::Example;
pub use operation::{Group, Operation, Parameter};
pub use schema::{Object, Schema};
