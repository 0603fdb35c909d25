//! Products in and out of files, and what other programs read of the shop (`feeds`). The engine reads any source of
//! rows, so that the command line, the demo shop and pages can use it alike. Must not know where its progress is shown.
//!
//! [`Import::run`] reads on a thread of its own: bytes become records (`csv`), rows of named cells (`rows`), then
//! something to import or faults (`understand`). The async half (`engine`) keeps the pictures, hands whole batches to
//! the catalog and accounts for every row.
//!
//! [`Export`] goes the other way, page by page (`writer`), in the words that the import reads: what was exported changes
//! nothing when it is imported again (`tests/round_trip.rs`). `formula` keeps spreadsheets from running what texts say.

mod csv;
pub mod demo;
mod engine;
mod export;
pub mod feeds;
mod formula;
mod pictures;
mod prices;
mod reader;
mod report;
mod rows;
#[cfg(test)]
mod tests;
mod understand;
mod writer;

pub use engine::Import;
pub use export::Export;
pub use formula::guarded;
pub use pictures::Pictures;
pub use report::{Observer, Refusal, Summary};
pub use rows::Format;
