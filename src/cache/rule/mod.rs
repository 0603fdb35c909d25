//! The one rule of a coherent cache: an answer may be shown if and only if nothing that it depends on has changed since
//! the position in the log as of which it was read. Must not know what an answer is, where it is kept or how the log is
//! followed; it does no I/O.
//!
//! Each node keeps [`LastChanged`], what it knows of the latest changes, from the log. Each answer bears a [`Stamp`].
//! Who fills late, from a replica that lags, or from a cache that others share does no harm: what such an answer shows is
//! too old wherever the change is known, and where it is not yet known nothing newer was promised.
//!
//! The rule leans on its callers; whatever of this is left out, the simulation in the tests finds an answer that is wrong:
//!
//! - Position and history of a stamp come out of the very snapshot that the answer was read in.
//! - An answer is judged when it comes, for each who waited for it. One that is too old is not shown but read again, as of
//!   [`LastChanged::last_changed`] of its tags, in the end from the primary.
//! - A change bears the tags of before and after; an answer those of what it shows, and always that of its address, so
//!   that what is not there and what is there have one in common.
//! - A write is told before its answer is sent. If it was made in another history than the one begun, that one is begun first.
//! - The log is told without gaps before the position is advanced. A history begins at the head that the primary has; if
//!   the floor is further back, what came since is told before anything is shown.
//! - A history that forks bears a name of its own from its first moment. Left to who notices, it may be nobody.
//! - A reader goes back to something older unless an answer that is ahead of [`LastChanged::known`] counts as news:
//!   `bump(stamp.tags(), stamp.as_of())` before it is shown.

mod last_changed;
mod memory;
mod sync;

pub use last_changed::{LastChanged, Stamp};

#[cfg(test)]
mod tests;
