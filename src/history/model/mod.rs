//! What a change did, field by field, and what undoing it would do. Must not know how the log is stored.

mod entry;
mod fields;
mod merge;

pub use entry::{Entry, name, parsed, why_final};
pub use fields::{Difference, Fields, differences, fields, plain};
pub use merge::{Merge, Side, Sides};
