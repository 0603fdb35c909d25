//! Products in and out of files. The engine reads any source of rows, so that the command line, the demo shop and
//! pages can use it alike. Must not know where its progress is shown.

pub mod demo;
mod engine;
mod pictures;
mod rows;

pub use engine::{Import, Observer, Refusal, Summary};
pub use pictures::Pictures;
pub use rows::Format;
