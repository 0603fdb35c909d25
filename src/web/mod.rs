//! The HTTP words that all features share. Must not know what a shop sells.
//!
//! A request passes `edge` (id, log, metrics), `guard` (headers, what is let in) and `problem` (what went wrong,
//! readably) before it meets a handler; the handler reads it with `extract` and answers with `respond`.

pub mod assets;
pub mod client;
pub mod cors;
pub mod desk;
pub mod edge;
pub mod endpoint;
pub mod error_page;
pub mod extract;
pub mod files;
pub mod form;
pub mod format;
pub mod guard;
pub mod layout;
pub mod limits;
pub mod listing;
pub mod markdown;
pub mod openapi;
pub mod origin;
pub mod paging;
mod patience;
pub mod permission;
pub mod position;
pub mod problem;
pub mod repeat;
pub mod respond;
pub mod robots;
pub mod site;
pub mod structured;
pub mod xml;
