//! What threads meet at. A place of its own, so that the tests can put in what checks every order in which they may meet.

pub use parking_lot::RwLock;
pub use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
