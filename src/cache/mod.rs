//! The place between a public page and the work of making it. Must not name a product: it sees requests and
//! finished answers only.

pub mod rule;

use std::future::Future;

use crate::error::Result;

/// Where finished answers are kept.
#[derive(Debug, Clone, Copy, Default)]
pub enum Cache {
    /// Nowhere: each answer is made anew.
    #[default]
    Off,
}

impl Cache {
    /// The answer to a public request.
    ///
    /// # Errors
    /// Those of making it.
    pub async fn answer<T>(&self, make: impl Future<Output = Result<T>>) -> Result<T> {
        match self {
            Cache::Off => make.await,
        }
    }
}
