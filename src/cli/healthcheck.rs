//! `vitrine healthcheck`: asks the shop that runs on this machine whether it is ready, for containers without a shell.

use std::time::Duration;

use crate::config::Settings;
use crate::error::{Error, Result};

const PATIENCE: Duration = Duration::from_secs(2);

pub async fn run(settings: &Settings) -> Result<()> {
    // A server that listens on every address is asked on the loopback one.
    let host = match settings.server.ops_host.as_str() {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    };
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let url = format!("http://{host}:{}/readyz", settings.server.ops_port);
    let client = awc::Client::builder().timeout(PATIENCE).finish();
    let response = client
        .get(&url)
        .send()
        .await
        .map_err(|error| Error::internal(format!("{url}: {error}")))?;
    if !response.status().is_success() {
        return Err(Error::internal(format!("{url} answered {}", response.status())));
    }
    println!("ready");
    Ok(())
}
