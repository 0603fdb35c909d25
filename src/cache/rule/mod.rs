//! The one rule of a coherent cache: an answer may be shown if and only if nothing that it depends on has changed since
//! the position in the log as of which it was read. Must not know what an answer is, where it is kept or how the log is
//! followed; it does no I/O.
//!
//! Each node keeps [`LastChanged`], what it knows of the latest changes, from the log. Each answer bears a [`Stamp`].
//! Who fills late, from a replica that lags, or from a cache that others share does no harm: what such an answer shows is
//! too old wherever the change is known, and where it is not yet known nothing newer was promised.

mod last_changed;
mod memory;
mod sync;

pub use last_changed::{LastChanged, Stamp};

#[cfg(test)]
mod tests;
