//! The operators' port, and what binding any port has in common. Must not know the shop.

use std::io;
use std::net::SocketAddr;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};

use super::search;
use crate::config::ServerSettings;
use crate::error::{Error, Result};
use crate::health::{self, Health};
use crate::search::keep::Index;

pub(super) fn bind_ops(
    settings: &ServerSettings,
    health: Health,
    with_metrics: bool,
    index: Option<Index>,
) -> Result<(Server, SocketAddr)> {
    let health = web::Data::new(health);
    let app = move || {
        let index = index.clone();
        App::new()
            .app_data(health.clone())
            .configure(|config| health::configure(config, with_metrics))
            .configure(|config| {
                if let Some(index) = index {
                    search::configure(config, index);
                }
            })
    };
    let (host, port) = (&settings.ops_host, settings.ops_port);
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .bind((host.as_str(), port))
        .map_err(|error| taken("ops_port", host, port, &error))?;
    let address = first(&server.addrs())?;
    Ok((server.run(), address))
}

pub(super) fn first(addresses: &[SocketAddr]) -> Result<SocketAddr> {
    addresses
        .first()
        .copied()
        .ok_or_else(|| Error::internal("no address was bound"))
}

/// Says which setting to change.
pub(super) fn taken(key: &str, host: &str, port: u16, error: &io::Error) -> Error {
    let variable = key.to_uppercase();
    Error::internal(format!(
        "cannot listen on {host}:{port} ({error}); choose another server.{key}, for example with VITRINE__SERVER__{variable}={}",
        port.saturating_add(1)
    ))
}
