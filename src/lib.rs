//! Vitrine: the product catalog of a small shop in one binary.

pub mod catalog;
pub mod db;
pub mod config;
pub mod error;
pub mod metrics;
pub mod web;
pub mod cache;
pub mod realtime;
pub mod search;
pub mod accounts;
pub mod admin;
