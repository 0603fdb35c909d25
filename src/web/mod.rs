//! HTTP words that all modules share.

pub mod paging;
