//! Vitrine: the product catalog of a small shop in one binary.
//!
//! The codemap, in reading order:
//!
//! - [`startup`] puts the parts together: databases, contexts, addresses, sockets.
//! - [`db`] holds the router to primary and replicas and the change log, which every write appends to.
//! - [`catalog`] is the heart: products and categories, their rules, pages and API.
//! - [`accounts`] knows people, sessions and keys, and stands guard before [`admin`], the owner's side.
//! - [`exchange`] takes products in from files, [`media`] keeps their pictures, [`backup`] makes a shop out of files again.
//! - [`submissions`] takes what people propose for the catalog from the first draft to the decision.
//! - [`history`] reads the change log for people and plans how a change is undone.
//! - [`search`] finds products by words, [`realtime`] follows the change log, [`cache`] is the place for finished answers.
//! - [`webhooks`] tells other programs what the change log says, [`notices`] the people who run the shop, [`mail`] sends what accounts write.
//! - [`web`] holds the words that all answers share: strict extraction, layout, readable errors, security headers.
//! - [`cli`] has a file per command; [`config`], [`error`], [`telemetry`], [`metrics`] and [`health`] serve them all.
//!
//! Arrows point one way: cli, startup, admin, exchange, search, submissions and webhooks, catalog, accounts and media, history, cache and realtime, then db
//! and web.

pub mod accounts;
pub mod admin;
pub mod backup;
pub mod cache;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod db;
pub mod error;
pub mod exchange;
pub mod health;
pub mod history;
pub mod mail;
pub mod media;
pub mod metrics;
pub mod notices;
pub mod realtime;
pub mod search;
pub mod startup;
pub mod submissions;
pub mod telemetry;
pub mod web;
pub mod webhooks;
