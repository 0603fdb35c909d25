//! Storage of webhooks and of what they are told. Must not know when anything is sent.

pub mod deliveries;
pub mod hooks;
