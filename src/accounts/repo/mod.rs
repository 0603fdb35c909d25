//! Storage of accounts. Every function takes a connection, so that callers decide which belong into one
//! transaction. Must not know HTTP, or the secret behind any hash.

pub mod factors;
pub mod keys;
pub mod marks;
pub mod passkeys;
pub mod sessions;
pub mod tokens;
pub mod users;
