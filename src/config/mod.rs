//! The settings of a process: built-in defaults, then a file, then the environment.
//!
//! The only module that reads the environment. `config/default.toml` is the manual of every key; whatever it lacks is
//! refused. All faults are reported at once, before a socket or a database is opened.

mod address;
mod backend;
mod backup;
mod check;
mod features;
mod layers;
mod limits;
mod mail;
mod masking;
mod ranking;
mod search;
mod spelling;
mod submissions;
mod webhooks;

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

pub use address::{Authority, CorsOrigin, Network, PublicUrl};
pub use backend::{CacheBackend, CacheSettings, RealtimeBackend, RealtimeSettings};
pub use backup::{BackupPlace, BackupSettings, BucketSettings, NO_S3};
pub use features::{Feature, Features, Role};
use layers::Layers;
pub use limits::LimitSettings;
pub use mail::{MailSettings, MailTls, NO_MAIL};
pub use masking::masked;
pub use ranking::Weights;
pub use search::SearchSettings;
pub use submissions::{Registration, SubmissionSettings};
pub use webhooks::WebhookSettings;

const DEFAULTS: &str = include_str!("../../config/default.toml");

#[derive(Clone, Debug)]
pub struct Settings {
    pub server: ServerSettings,
    pub database: DatabaseSettings,
    pub cache: CacheSettings,
    pub realtime: RealtimeSettings,
    pub webhooks: WebhookSettings,
    pub mail: MailSettings,
    pub search: SearchSettings,
    pub submissions: SubmissionSettings,
    pub media: MediaSettings,
    pub backup: BackupSettings,
    pub features: Features,
    pub limits: LimitSettings,
    pub security: SecuritySettings,
    pub shop: ShopSettings,
    pub log: LogSettings,
}

#[derive(Clone, Debug)]
pub struct ServerSettings {
    pub host: String,
    pub port: u16,
    pub ops_host: String,
    pub ops_port: u16,
    /// `None`: loopback names and bare addresses are the shop's own.
    pub public_url: Option<PublicUrl>,
    /// Further names by which browsers may call the shop.
    pub hosts: Vec<Authority>,
    pub workers: usize,
    pub trusted_proxies: Vec<Network>,
    pub shutdown_grace_s: u64,
    pub drain_s: u64,
    pub max_body: usize,
}

/// Addresses of databases hold passwords, so they are never printed as they are.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    pub primary: SecretString,
    pub replicas: Vec<SecretString>,
    /// `None`: the primary's own account migrates.
    pub migrate_url: Option<SecretString>,
    pub pool_size: u32,
    pub acquire_ms: u64,
    pub query_ms: u64,
    pub lag_limit_ms: u64,
    pub frozen_ms: u64,
    pub startup_wait_s: u64,
}

#[derive(Clone, Debug)]
pub struct MediaSettings {
    pub store: PathBuf,
    pub max_bytes: usize,
}

#[derive(Clone, Debug)]
pub struct SecuritySettings {
    pub session_idle_minutes: u32,
    pub session_absolute_hours: u32,
    /// Whether those with rights behind the counter need a second factor.
    pub require_second_factor: bool,
    pub cors_origins: Vec<CorsOrigin>,
}

#[derive(Clone, Debug)]
pub struct ShopSettings {
    pub name: String,
    pub tagline: String,
    pub currency: String,
    pub locale: String,
    pub image_hosts: Vec<String>,
    /// Who is asked for a product that has no link to buy.
    pub enquiry_email: Option<String>,
    /// 0 for never.
    pub low_stock: i32,
}

#[derive(Clone, Debug)]
pub struct LogSettings {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Every fault of a configuration, one per line.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl ConfigError {
    /// `Ok` if nothing was found.
    pub fn unless_empty(faults: Vec<String>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self(faults))
        }
    }
}

impl Settings {
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::from_layers(gather(file))
    }

    fn from_layers(mut layers: Layers) -> Result<Self, ConfigError> {
        let settings = read(&mut layers);
        let mut faults = check::faults(&settings);
        faults.retain(|fault| !layers.is_about_stand_in(fault));
        faults.splice(0..0, layers.faults);
        ConfigError::unless_empty(faults).map(|()| settings)
    }
}

/// The settings in force as TOML, with passwords masked and a comment where each was set.
pub fn show(file: Option<&Path>) -> Result<String, ConfigError> {
    Settings::load(file)?;
    Ok(gather(file).show(masking::shown))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn gather(file: Option<&Path>) -> Layers {
    let mut layers = Layers::new(DEFAULTS);
    if let Some(path) = file {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => layers.add_file(&name, &text),
            Err(error) => layers.faults.push(format!("cannot read {name}: {error}")),
        }
    }
    layers.add_environment(
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    layers
}

fn read(layers: &mut Layers) -> Settings {
    Settings {
        server: read_server(layers),
        database: DatabaseSettings {
            primary: layers.get::<String>("database.primary").into(),
            replicas: layers
                .get::<Vec<String>>("database.replicas")
                .into_iter()
                .map(Into::into)
                .collect(),
            migrate_url: Some(layers.get::<String>("database.migrate_url"))
                .filter(|url| !url.is_empty())
                .map(Into::into),
            pool_size: layers.get("database.pool_size"),
            acquire_ms: layers.get("database.acquire_ms"),
            query_ms: layers.get("database.query_ms"),
            lag_limit_ms: layers.get("database.lag_limit_ms"),
            frozen_ms: layers.get("database.frozen_ms"),
            startup_wait_s: layers.get("database.startup_wait_s"),
        },
        cache: backend::read_cache(layers),
        realtime: backend::read_realtime(layers),
        webhooks: webhooks::read(layers),
        mail: mail::read(layers),
        search: search::read(layers),
        submissions: submissions::read(layers),
        media: MediaSettings {
            store: layers.parse("media.store", check::folder).unwrap_or_default(),
            max_bytes: layers.get("media.max_bytes"),
        },
        backup: backup::read(layers),
        features: read_features(layers),
        limits: limits::read(layers),
        security: SecuritySettings {
            session_idle_minutes: layers.get("security.session_idle_minutes"),
            session_absolute_hours: layers.get("security.session_absolute_hours"),
            require_second_factor: layers.get("security.require_second_factor"),
            cors_origins: layers.parse_all("security.cors_origins", str::parse),
        },
        shop: ShopSettings {
            name: layers.get("shop.name"),
            tagline: layers.get("shop.tagline"),
            currency: layers.get("shop.currency"),
            locale: layers.get("shop.locale"),
            image_hosts: layers.get("shop.image_hosts"),
            enquiry_email: layers.parse("shop.enquiry_email", check::email).flatten(),
            low_stock: layers.get("shop.low_stock"),
        },
        log: LogSettings {
            format: layers.get("log.format"),
            level: layers.get("log.level"),
        },
    }
}

fn read_server(layers: &mut Layers) -> ServerSettings {
    ServerSettings {
        host: layers.get("server.host"),
        port: layers.get("server.port"),
        ops_host: layers.get("server.ops_host"),
        ops_port: layers.get("server.ops_port"),
        public_url: layers.parse("server.public_url", check::public_url).flatten(),
        hosts: layers.parse_all("server.hosts", str::parse),
        workers: layers.get("server.workers"),
        trusted_proxies: layers.parse_all("server.trusted_proxies", str::parse),
        shutdown_grace_s: layers.get("server.shutdown_grace_s"),
        drain_s: layers.get("server.drain_s"),
        max_body: layers.get("server.max_body"),
    }
}

fn read_features(layers: &mut Layers) -> Features {
    Features {
        catalog: layers.get("features.catalog"),
        admin: layers.get("features.admin"),
        search: layers.get("features.search"),
        api: layers.get("features.api"),
        feeds: layers.get("features.feeds"),
        cache: layers.get("features.cache"),
        realtime: layers.get("features.realtime"),
        submissions: layers.get("features.submissions"),
        metrics: layers.get("features.metrics"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_defaults_are_valid() {
        let settings = Settings::from_layers(Layers::new(DEFAULTS)).unwrap();
        assert_eq!(settings.server.port, 8080);
        assert_eq!(settings.media.store, Path::new("./data/media"));
        assert!(settings.server.public_url.is_none());
    }

    #[test]
    fn every_key_of_the_defaults_has_a_comment_or_follows_a_commented_one() {
        for block in DEFAULTS.split("\n\n").filter(|block| block.contains(" = ")) {
            let first = block
                .lines()
                .find(|line| !line.starts_with('['))
                .unwrap_or_default();
            assert!(first.starts_with('#') || first.starts_with("name = "), "{block}");
        }
    }

    #[test]
    fn wrong_types_names_and_values_are_reported_together() {
        let mut layers = Layers::new(DEFAULTS);
        layers.add_file(
            "shop.toml",
            "[server]\nport = \"high\"\nhsot = \"x\"\nmax_body = 0\n[cache]\nbackend = \"disk\"\n[log]\nformat = \"xml\"",
        );
        let ConfigError(faults) = Settings::from_layers(layers).unwrap_err();
        assert_eq!(faults.len(), 5, "{faults:?}");
    }
}
