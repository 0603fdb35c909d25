//! `vitrine serve`: opens the shop and says where to click.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use super::Failure;
use crate::config::{ConfigError, Role, Settings};
use crate::error::{Error, Result};
use crate::exchange::demo;
use crate::startup::{Application, Reload, Shop, reachable};
use crate::telemetry;
use crate::web::site::Site;

#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Port of the shop; 0 takes any free one.
    #[arg(long)]
    port: Option<u16>,
    /// Start a new shop empty instead of with the demo products.
    #[arg(long)]
    no_demo: bool,
    /// Serve only a part of what the settings switch on.
    #[arg(long, value_enum)]
    role: Option<Role>,
}

/// Between two attempts to open a shop whose database is not there yet.
const PAUSE: Duration = Duration::from_secs(1);

pub async fn run(
    file: Option<&Path>,
    mut settings: Settings,
    arguments: ServeArguments,
) -> Result<(), Failure> {
    let as_read = settings.clone();
    if let Some(port) = arguments.port {
        settings.server.port = port;
    }
    settings.features = settings.features.narrowed_to(arguments.role.unwrap_or_default());
    ConfigError::unless_empty(settings.features.validate())?;
    let log = telemetry::init(&settings.log)?;
    let shop = open(settings).await?;
    if shop.is_new && shop.is_on_sqlite() && !arguments.no_demo {
        let seeded = demo::seed(&shop.catalog, &shop.media).await?;
        tracing::info!(
            products = seeded.created,
            "laid out the demo shop; --no-demo starts with an empty one"
        );
    }
    let application = Application::of(shop.clone())?.warming_up();
    let reload = Reload {
        file: file.map(Path::to_owned),
        settings: as_read,
        db: shop.db.clone(),
        log,
    };
    tokio::spawn(async {
        if let Err(error) = reload.run().await {
            tracing::error!(
                error = error.chain(),
                "settings are not read again any more: start the shop again to change them"
            );
        }
    });
    // Nobody to read it is no reason not to serve.
    if let Err(error) = greet(&shop, &application).await? {
        tracing::warn!(%error, "standard output is closed");
    }
    Ok(application.run().await.map_err(Error::internal)?)
}

/// Waits for a database server that is not there yet, as when both are started together.
async fn open(settings: Settings) -> Result<Shop> {
    let deadline = Instant::now() + Duration::from_secs(settings.database.startup_wait_s);
    loop {
        match Shop::open(settings.clone()).await {
            Err(error @ Error::Unavailable { .. }) if Instant::now() < deadline => {
                tracing::warn!(error = error.chain(), "waiting for the database");
                tokio::time::sleep(PAUSE).await;
            }
            opened => return opened,
        }
    }
}

/// The set-up link is a secret, so it goes to standard output only.
async fn greet(shop: &Shop, application: &Application) -> Result<std::io::Result<()>> {
    let site = Site::new(&shop.settings);
    let address = format!("http://{}", reachable(application.address()));
    let base = site.public_origin().unwrap_or(&address);
    let mut lines = vec![format!("listening on {address}")];
    if site.features.admin {
        lines.push(format!("admin: {base}/admin"));
        lines.extend(invitation(shop, base).await?);
    }
    lines.push(format!(
        "health and metrics: http://{}/readyz and /metrics",
        reachable(application.ops_address())
    ));
    let mut output = std::io::stdout().lock();
    Ok(writeln!(output, "{}", lines.join("\n")).and_then(|()| output.flush()))
}

/// The line for whoever is to own a shop that nobody owns yet.
async fn invitation(shop: &Shop, base: &str) -> Result<Option<String>> {
    match shop.accounts.setup_link().await {
        Ok(token) => Ok(token.map(|token| {
            let link = format!("{base}/admin/setup?token={}", token.expose());
            format!("become the owner (once, within 24 hours): {link}")
        })),
        // No new owner without a primary; everything else goes on.
        Err(Error::Unavailable { .. } | Error::ReadOnly) if shop.db.has_replicas() => Ok(None),
        Err(error) => Err(error),
    }
}
