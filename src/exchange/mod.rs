//! Products in and out of files, and what other programs read of the shop (`feeds`). The engine reads any source of rows, so that the command line, the demo shop and
//! pages can use it alike. Must not know where its progress is shown.
//!
//! [`Import::run`] reads on a thread of its own: bytes become records (`csv`), rows of named cells (`rows`), then
//! something to import or faults (`understand`). The async half (`engine`) keeps the pictures, hands whole batches to
//! the catalog and accounts for every row.

mod csv;
pub mod demo;
mod engine;
pub mod feeds;
mod pictures;
mod prices;
mod reader;
mod report;
mod rows;
#[cfg(test)]
mod tests;
mod understand;

pub use engine::Import;
pub use pictures::Pictures;
pub use report::{Observer, Refusal, Summary};
pub use rows::Format;
