//! The composition root: opens the databases, makes the contexts, binds the sockets. The only place that knows all parts.

mod backups;
mod coherence;
mod endpoints;
mod limits;
mod live;
mod ports;
mod reload;
mod search;
mod server;
mod stop;
mod warm_up;
mod write_through;

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

pub use endpoints::{api_document, endpoints};
pub use reload::Reload;
pub use server::Application;
pub use stop::StopHandle;
pub use warm_up::reachable;

use crate::accounts::{Accounts, Belongings};
use crate::cache::redis::Redis;
use crate::cache::{Addresses, Cache, Counters, Memory, Shared, SharedLease, Surroundings};
use crate::catalog::{Catalog, CatalogRules, Teller};
use crate::config::{
    CacheBackend, CacheSettings, ConfigError, DatabaseSettings, Feature, RealtimeBackend, RealtimeSettings,
    SearchSettings, Settings,
};
use crate::db::migrate::{Migrated, admit, prepare};
use crate::db::{DatabaseUrl, Limits, Router};
use crate::error::{Error, Result};
use crate::mail::Mail;
use crate::media::MediaStore;
use crate::metrics::Metrics;
use crate::notices::{self, Notices};
use crate::realtime::{Live, Realtime, WakeUps};
use crate::search::Insight;
use crate::submissions::{self, Submissions};
use crate::web::guard::Headers;
use crate::web::site::Site;
use crate::webhooks::Webhooks;

/// A shop without sockets: what the server and the commands work with. Cloning is cheap.
#[derive(Clone)]
pub struct Shop {
    pub settings: Settings,
    pub metrics: Metrics,
    pub db: Router,
    pub catalog: Catalog,
    pub accounts: Accounts,
    pub cache: Cache,
    pub insight: Insight,
    pub submissions: Submissions,
    pub notices: Notices,
    pub media: MediaStore,
    pub realtime: Realtime,
    /// Nobody feeds it where realtime is off.
    pub live: Live,
    pub webhooks: Webhooks,
    /// This start made the database.
    pub is_new: bool,
}

impl Shop {
    /// Brings the database to the shape that this program needs, then prepares everything that works on it.
    pub async fn open(settings: Settings) -> Result<Self> {
        let metrics = Metrics::new();
        let db = counted_router(&settings, &metrics).map_err(Error::internal)?;
        let created = prepare_database(&settings.database, &db).await?;
        let rules = CatalogRules {
            currency: settings.shop.currency.clone(),
            image_hosts: settings.shop.image_hosts.clone(),
            low_stock: settings.shop.low_stock,
        };
        let catalog = Catalog::new(db.clone(), rules);
        let insight = Insight::new(db.clone());
        let cache = open_cache(&settings, &catalog, &insight, &metrics)?;
        let media = MediaStore::new(&settings.media);
        let mail = Mail::new(db.clone(), &settings, metrics.mail())?;
        Ok(Self {
            live: live::live(&settings, &db, &catalog, &metrics),
            webhooks: Webhooks::new(
                db.clone(),
                Teller::new(catalog.clone()),
                &settings.webhooks,
                metrics.webhooks(),
            ),
            submissions: Submissions::new(db.clone(), catalog.clone(), media.clone(), &settings.submissions),
            notices: Notices::new(db.clone(), catalog.clone()),
            catalog,
            accounts: Accounts::joined(db.clone(), &settings, BELONGINGS, mail),
            cache,
            insight,
            media,
            realtime: realtime(&settings, &db, &metrics)?,
            is_new: created,
            settings,
            metrics,
            db,
        })
    }
}

/// What is kept of people outside of their accounts.
const BELONGINGS: &[Belongings] = &[submissions::BELONGINGS, notices::BELONGINGS];

/// Looks at products are counted under their ids, everything else is a search.
fn counters(catalog: &Catalog, insight: &Insight) -> Counters {
    let (views, searches) = (catalog.view_counters(), insight.counters());
    Arc::new(move |name| match name.parse() {
        Ok(product_id) => views(product_id),
        Err(_) => searches(name),
    })
}

/// The cache as the settings want it.
fn open_cache(settings: &Settings, catalog: &Catalog, insight: &Insight, metrics: &Metrics) -> Result<Cache> {
    let counters = counters(catalog, insight);
    if settings.cache.backend == CacheBackend::Off || !settings.features.has(Feature::Cache) {
        return Ok(Cache::Off(counters));
    }
    let site = Site::new(settings);
    let on = endpoints();
    let on = on.iter().filter(|endpoint| endpoint.is_on(&settings.features));
    let memory = Memory::new(Surroundings {
        headers: Headers::new(&site)?,
        site,
        addresses: Addresses::of(on),
        counters,
        capacity: settings.cache.l1_bytes,
        ttl: Duration::from_secs(settings.cache.ttl_s),
        lease: shared_lease(&settings.cache),
        metrics: metrics.clone(),
    });
    let memory = Arc::new(memory);
    if settings.cache.backend == CacheBackend::Memory {
        return Ok(Cache::Memory(memory));
    }
    let redis = Redis::new(
        &settings.cache.redis_url,
        namespace(settings)?,
        Duration::from_millis(settings.cache.op_ms),
        metrics.cache(),
    )?;
    Ok(Cache::Redis(Shared::new(memory, redis)))
}

fn shared_lease(settings: &CacheSettings) -> Option<SharedLease> {
    let seconds = |value: u64| i64::try_from(value).unwrap_or_default();
    (settings.shared_max_age_s > 0).then(|| SharedLease {
        max_age: seconds(settings.shared_max_age_s),
        stale_while_revalidate: seconds(settings.stale_while_revalidate_s),
    })
}

/// Names answers that mean the same on every node: made by the same program with the same settings. A release that shows
/// something else finds nothing of the former one.
fn namespace(settings: &Settings) -> Result<String> {
    let path = std::env::current_exe().map_err(Error::internal)?;
    let mut program = Sha256::new_with_prefix(std::fs::read(path).map_err(Error::internal)?);
    let Settings {
        shop,
        features,
        server,
        search,
        submissions,
        realtime,
        ..
    } = settings;
    let SearchSettings { language, .. } = search;
    program.update(format!(
        "{shop:?} {features:?} {:?} {language} {:?} {}",
        server.public_url, submissions.registration, realtime.viewers
    ));
    let mut name = hex::encode(program.finalize());
    name.truncate(NAMESPACE_DIGITS);
    Ok(name)
}

const NAMESPACE_DIGITS: usize = 16;

impl Shop {
    /// Whether the database is a file of this machine.
    pub fn is_on_sqlite(&self) -> bool {
        DatabaseUrl::parse(self.settings.database.primary.expose_secret())
            .is_ok_and(|url| url.sqlite_file().is_some())
    }
}

/// The router over the databases of the settings; connects to none of them.
pub fn router(settings: &Settings) -> Result<Router, ConfigError> {
    counted_router(settings, &Metrics::new())
}

fn realtime(settings: &Settings, db: &Router, metrics: &Metrics) -> Result<Realtime> {
    let RealtimeSettings {
        backend, redis_url, ..
    } = &settings.realtime;
    Ok(match backend {
        _ if !settings.features.realtime => Realtime::Off,
        RealtimeBackend::Memory => Realtime::Memory(db.clone()),
        RealtimeBackend::Redis => Realtime::Redis(WakeUps::new(redis_url, db.clone(), metrics.clone())?),
    })
}

fn counted_router(settings: &Settings, metrics: &Metrics) -> Result<Router, ConfigError> {
    let (primary, replicas) = database_urls(&settings.database)?;
    Ok(Router::new(
        primary,
        replicas,
        limits(&settings.database),
        metrics.database(),
    ))
}

/// The addresses of the databases, or every fault in them.
pub fn database_urls(settings: &DatabaseSettings) -> Result<(DatabaseUrl, Vec<DatabaseUrl>), ConfigError> {
    let mut faults = Vec::new();
    let mut parse = |key: String, text: &str| {
        DatabaseUrl::parse(text)
            .map_err(|fault| faults.push(format!("{key} {fault}")))
            .ok()
    };
    let primary = parse("database.primary".to_owned(), settings.primary.expose_secret());
    let numbered = settings.replicas.iter().zip(1..);
    let replicas = numbered
        .filter_map(|(url, number)| {
            parse(
                format!("database.replicas, number {number},"),
                url.expose_secret(),
            )
        })
        .collect();
    match primary {
        Some(primary) if faults.is_empty() => Ok((primary, replicas)),
        _ => Err(ConfigError(faults)),
    }
}

/// The address as which the tables are changed.
pub fn migration_url(settings: &DatabaseSettings) -> Result<DatabaseUrl, ConfigError> {
    let (key, url) = match &settings.migrate_url {
        Some(url) => ("database.migrate_url", url),
        None => ("database.primary", &settings.primary),
    };
    DatabaseUrl::parse(url.expose_secret()).map_err(|fault| ConfigError(vec![format!("{key} {fault}")]))
}

fn limits(settings: &DatabaseSettings) -> Limits {
    Limits {
        pool_size: settings.pool_size,
        acquire: Duration::from_millis(settings.acquire_ms),
        query: Duration::from_millis(settings.query_ms),
        lag: Duration::from_millis(settings.lag_limit_ms),
        frozen: Duration::from_millis(settings.frozen_ms),
    }
}

/// Migrates what is missing; whether that made the shop. A node that is started while the primary is away serves what the
/// replicas have.
async fn prepare_database(settings: &DatabaseSettings, db: &Router) -> Result<bool> {
    let (primary, _) = database_urls(settings).map_err(Error::internal)?;
    let is_on_server = primary.sqlite_file().is_none();
    if is_on_server && db.has_replicas() && !db.primary_answers().await {
        db.read("migrate.admit", admit).await?;
        tracing::warn!(
            "the primary database does not answer: the shop can be read but not changed until it does"
        );
        return Ok(false);
    }
    let migrator = migration_url(settings).map_err(Error::internal)?;
    let Migrated { created, applied } = run_migrations(primary, migrator).await?;
    if !applied.is_empty() {
        tracing::info!(count = applied.len(), "migrated the database");
    }
    Ok(created)
}

#[expect(
    clippy::disallowed_methods,
    reason = "one thread, once, before there is a router"
)]
async fn run_migrations(primary: DatabaseUrl, migrator: DatabaseUrl) -> Result<Migrated> {
    tokio::task::spawn_blocking(move || prepare(&primary, &migrator))
        .await
        .map_err(Error::internal)?
}
