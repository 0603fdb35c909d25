//! Opens a restored shop on a free port of this machine and asks for what customers ask for.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::config::{CacheBackend, RealtimeBackend, Settings};
use crate::error::{Error, Result};
use crate::startup::Application;

/// A first answer on a machine that has other work.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the shop, asks, closes it; how many pages answered.
///
/// # Errors
/// The first page that did not.
pub async fn run(settings: &Settings, database: String, media: PathBuf) -> Result<usize> {
    let application = Application::build(alone(settings, database, media)).await?;
    let (base, stop) = (
        format!("http://127.0.0.1:{}", application.port()),
        application.handle(),
    );
    let ops = format!("http://127.0.0.1:{}/readyz", application.ops_port());
    let asking = async {
        let asked = ask(&base, &ops).await;
        stop.stop().await;
        asked
    };
    let (ran, asked) = futures_util::future::join(application.run(), asking).await;
    ran.map_err(Error::internal)?;
    asked
}

/// The settings of this shop for one that nobody else can reach and that reaches nobody.
fn alone(settings: &Settings, database: String, media: PathBuf) -> Settings {
    let mut settings = settings.clone();
    settings.database.primary = database.into();
    settings.database.replicas.clear();
    settings.database.migrate_url = None;
    settings.media.store = media;
    settings.search.path = None;
    settings.cache.backend = CacheBackend::Memory;
    settings.realtime.backend = RealtimeBackend::Memory;
    "127.0.0.1".clone_into(&mut settings.server.host);
    "127.0.0.1".clone_into(&mut settings.server.ops_host);
    settings.server.port = 0;
    settings.server.ops_port = 0;
    settings.backup.folder = None;
    settings.webhooks.deliver = false;
    settings.server.public_url = None;
    settings.server.workers = 1;
    settings.server.drain_s = 0;
    settings.features.catalog = true;
    settings.features.api = true;
    settings
}

async fn ask(base: &str, ready: &str) -> Result<usize> {
    let client = awc::Client::builder().timeout(PATIENCE).finish();
    let mut pages = vec![
        ready.to_owned(),
        format!("{base}/"),
        format!("{base}/products"),
        format!("{base}/products?sort=price&page=2"),
    ];
    let list: Value =
        serde_json::from_slice(&get(&client, &format!("{base}/api/v1/products?limit=5")).await?)
            .map_err(Error::internal)?;
    let products = list.get("data").and_then(Value::as_array);
    for product in products.into_iter().flatten() {
        if let Some(slug) = product.get("slug").and_then(Value::as_str) {
            pages.push(format!("{base}/products/{slug}"));
        }
    }
    for page in &pages {
        get(&client, page).await?;
    }
    Ok(pages.len() + 1)
}

async fn get(client: &awc::Client, url: &str) -> Result<Vec<u8>> {
    const LARGEST: usize = 16 << 20;
    let failed = |why: &dyn std::fmt::Display| {
        Error::internal(format!("the restored shop does not work: {url}: {why}"))
    };
    let mut answer = client.get(url).send().await.map_err(|error| failed(&error))?;
    if !answer.status().is_success() {
        return Err(failed(&answer.status()));
    }
    let body = answer
        .body()
        .limit(LARGEST)
        .await
        .map_err(|error| failed(&error))?;
    Ok(body.to_vec())
}
