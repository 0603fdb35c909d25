//! How the shop's servers are, for programs. Must not know pages.

use actix_web::web;
use serde_json::{Value, json};

use crate::db::{NodeReport, Router};
use crate::error::Result;
use crate::web::respond::{self, CachePolicy, Reply};

/// `GET /api/admin/system/database`
pub async fn database(db: web::Data<Router>) -> Result<Reply> {
    let nodes: Vec<Value> = db.nodes().iter().map(node).collect();
    let body = json!({ "writable": db.is_writable(), "nodes": nodes });
    respond::json(&body, CachePolicy::PrivateNoStore)
}

/// A node as JSON; what has not been found out yet is null.
pub fn node(node: &NodeReport) -> Value {
    let service = &node.service;
    let facts = service.facts.as_ref();
    json!({
        "name": node.name,
        "in_service": service.in_service,
        "fault": service.fault,
        "version": facts.map(|facts| &facts.version),
        "server_id": facts.map(|facts| facts.server_id),
        "read_only": facts.map(|facts| facts.read_only),
        "seq": facts.map(|facts| facts.seq),
        "lag_seconds": service.lag.map(|lag| lag.as_secs_f64()),
        "connections": { "size": node.pool.size, "idle": node.pool.idle, "used": node.pool.used },
    })
}
