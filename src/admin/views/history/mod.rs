//! Who changed what, the question before something is undone, and what is left to be decided.

mod batch;
mod list;
mod undo;
mod words;

pub use batch::{Batch, Progress, batch, undone};
pub use list::{List, list};
pub use undo::{Question, undo};
pub use words::Words;

/// Where the history is.
pub const ADDRESS: &str = "/admin/history";
