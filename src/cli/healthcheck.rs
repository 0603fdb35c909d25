//! `vitrine healthcheck`: asks the shop that runs on this machine whether it is ready, for containers without a shell.

use std::time::Duration;

use super::operators;
use crate::config::Settings;
use crate::error::{Error, Result};

const PATIENCE: Duration = Duration::from_secs(2);

pub async fn run(settings: &Settings) -> Result<()> {
    let url = operators::address(settings, "/readyz");
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
