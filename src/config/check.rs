//! Faults that only show once the values are known: addresses, ranges, combinations.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::{
    CorsOrigin, DatabaseSettings, PublicUrl, ServerSettings, Settings, ShopSettings, backend, backup, mail,
    search, submissions,
};

pub fn faults(settings: &Settings) -> Vec<String> {
    let mut faults = settings.features.validate();
    faults.extend(server(&settings.server));
    faults.extend(database(&settings.database));
    faults.extend(backend::cache_faults(&settings.cache));
    faults.extend(backend::realtime_faults(&settings.realtime));
    faults.extend(backup::faults(&settings.backup));
    faults.extend(search::faults(&settings.search));
    faults.extend(submissions::faults(&settings.submissions));
    faults.extend(mail::faults(&settings.mail, settings.server.public_url.as_ref()));
    faults.extend(shop(&settings.shop));
    faults.extend(at_least_one(&[
        ("media.max_bytes", settings.media.max_bytes as u64),
        ("backup.every_minutes", settings.backup.every_minutes),
        ("backup.keep", settings.backup.keep as u64),
        ("webhooks.timeout_ms", settings.webhooks.timeout_ms),
        ("webhooks.retry_first_ms", settings.webhooks.retry_first_ms),
        ("webhooks.retry_for_s", settings.webhooks.retry_for_s),
        ("webhooks.keep_days", settings.webhooks.keep_days),
        ("limits.page_s", settings.limits.page_s),
        ("limits.body_s", settings.limits.body_s),
        ("limits.body_bytes_per_s", settings.limits.body_bytes_per_s.into()),
        (
            "security.session_idle_minutes",
            settings.security.session_idle_minutes.into(),
        ),
        (
            "security.session_absolute_hours",
            settings.security.session_absolute_hours.into(),
        ),
    ]));
    let origins = &settings.security.cors_origins;
    if origins.len() > 1 && origins.contains(&CorsOrigin::Any) {
        faults.push(
            "security.cors_origins: \"*\" is everybody already; write it alone or leave it out".to_owned(),
        );
    }
    if !is_log_level(&settings.log.level) {
        faults.push("log.level: write a level such as info, or info,vitrine::db=debug".to_owned());
    }
    faults
}

/// An empty public address means that there is none.
pub fn public_url(text: &str) -> Result<Option<PublicUrl>, String> {
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

/// An e-mail address in plain letters, or none.
pub fn email(text: &str) -> Result<Option<String>, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%'*+-/=^_`{|}~@".contains(&byte);
    match text.split_once('@') {
        _ if text.is_empty() => Ok(None),
        Some((local, host))
            if !local.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && text.len() <= 254
                && text.bytes().all(is_plain) =>
        {
            Ok(Some(text.to_owned()))
        }
        _ => Err(format!(
            "{text} is not an e-mail address such as shop@example.com"
        )),
    }
}

/// `file:./data/media`, `file:/srv/media` or `file:///srv/media`.
pub fn folder(text: &str) -> Result<PathBuf, String> {
    let path = text
        .strip_prefix("file://")
        .or_else(|| text.strip_prefix("file:"));
    match path {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err(format!("{text} is not a folder such as file:./data/media")),
    }
}

fn server(server: &ServerSettings) -> Vec<String> {
    let mut faults = at_least_one(&[("server.max_body", server.max_body as u64)]);
    for (key, host) in [
        ("server.host", &server.host),
        ("server.ops_host", &server.ops_host),
    ] {
        if host.is_empty() {
            faults.push(format!(
                "{key} is empty; write an address such as 127.0.0.1 or 0.0.0.0"
            ));
        }
    }
    if server.port != 0 && (&server.host, server.port) == (&server.ops_host, server.ops_port) {
        faults.push(
            "server.port and server.ops_port are the same; the second one is not for the public".to_owned(),
        );
    }
    faults
}

fn database(database: &DatabaseSettings) -> Vec<String> {
    let mut faults = at_least_one(&[
        ("database.pool_size", database.pool_size.into()),
        ("database.acquire_ms", database.acquire_ms),
        ("database.query_ms", database.query_ms),
        ("database.lag_limit_ms", database.lag_limit_ms),
        ("database.frozen_ms", database.frozen_ms),
    ]);
    let scheme = |url: &secrecy::SecretString| {
        let url = url.expose_secret();
        ["sqlite:", "mysql://"]
            .into_iter()
            .find(|scheme| url.starts_with(scheme) && url.len() > scheme.len())
    };
    let known = "write sqlite:PATH or mysql://user:password@host:3306/name";
    let primary = scheme(&database.primary);
    if primary.is_none() {
        faults.push(format!("database.primary: {known}"));
    }
    if let Some(migrate_url) = &database.migrate_url
        && (scheme(migrate_url) != Some("mysql://") || primary != Some("mysql://"))
    {
        faults.push(
            "database.migrate_url: only for MySQL and MariaDB, and of the kind of the primary; an SQLite file has no accounts"
                .to_owned(),
        );
    }
    for (position, replica) in database.replicas.iter().enumerate() {
        if scheme(replica).is_none() {
            faults.push(format!("database.replicas, number {}: {known}", position + 1));
        } else if scheme(replica) != primary {
            faults.push(format!(
                "database.replicas, number {}: not the kind of the primary",
                position + 1
            ));
        }
    }
    faults
}

fn shop(shop: &ShopSettings) -> Vec<String> {
    let mut faults = Vec::new();
    if shop.name.trim().is_empty() || shop.name.chars().count() > 60 {
        faults.push("shop.name: write 1 to 60 characters".to_owned());
    }
    if shop.currency.len() != 3 || !shop.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        faults.push("shop.currency: write an ISO 4217 code such as EUR".to_owned());
    }
    let is_tag = |text: &str| {
        text.split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    if !is_tag(&shop.locale) {
        faults.push("shop.locale: write a language tag such as en or de-CH".to_owned());
    }
    if shop.low_stock < 0 {
        faults.push("shop.low_stock: write a number of pieces, or 0 for never".to_owned());
    }
    for host in &shop.image_hosts {
        // It is copied into a Content-Security-Policy, where a space or semicolon would start something new.
        let plain = host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
        if !plain || host.is_empty() {
            faults.push(format!(
                "shop.image_hosts: {host:?} is not a host such as images.example.com"
            ));
        }
    }
    faults
}

/// `info,vitrine::db=debug`: each part is a level or gives one to a module. The parser of the filter itself takes a
/// misspelt level for the name of a module and then logs nothing, so the parts are looked at here.
fn is_log_level(text: &str) -> bool {
    text.split(',').all(|part| {
        let level = part.split_once('=').map_or(part, |(_, level)| level);
        level.parse::<tracing_subscriber::filter::LevelFilter>().is_ok()
    })
}

fn at_least_one(values: &[(&str, u64)]) -> Vec<String> {
    values
        .iter()
        .filter(|(_, value)| *value == 0)
        .map(|(key, _)| format!("{key} must be at least 1"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{CacheBackend, RealtimeBackend};
    use super::*;

    fn with(change: impl FnOnce(&mut Settings)) -> Vec<String> {
        let mut settings = Settings::from_layers(super::super::Layers::new(super::super::DEFAULTS)).unwrap();
        change(&mut settings);
        faults(&settings)
    }

    #[test]
    fn each_fault_names_its_key() {
        type Change = fn(&mut Settings);
        let table: [(&str, Change); 26] = [
            ("server.max_body", |s| s.server.max_body = 0),
            ("server.host", |s| s.server.host.clear()),
            ("server.ops_port", |s| s.server.ops_port = s.server.port),
            ("database.primary", |s| s.database.primary = "postgres://x".into()),
            ("database.replicas, number 1", |s| {
                s.database.replicas = vec!["mysql://a@b/c".into()]
            }),
            ("database.migrate_url", |s| {
                s.database.migrate_url = Some("mysql://a@b/c".into())
            }),
            ("database.pool_size", |s| s.database.pool_size = 0),
            ("cache.l1_bytes", |s| s.cache.l1_bytes = 1024 * 1024 - 1),
            ("cache.ttl_s", |s| s.cache.ttl_s = 86_401),
            ("cache.shared_max_age_s", |s| s.cache.shared_max_age_s = 86_401),
            ("cache.op_ms", |s| s.cache.op_ms = 0),
            ("cache.redis_url", |s| s.cache.backend = CacheBackend::Redis),
            ("cache.redis_url", |s| s.cache.redis_url = "http://cache".into()),
            ("realtime.redis_url", |s| {
                s.realtime.backend = RealtimeBackend::Redis
            }),
            ("search.language", |s| s.search.language = "english".to_owned()),
            ("search.writer_bytes", |s| s.search.writer_bytes = 14_000_000),
            ("search.reconcile_s", |s| s.search.reconcile_s = 0),
            ("submissions.per_day", |s| s.submissions.per_day = 0),
            ("realtime.heartbeat_s", |s| s.realtime.heartbeat_s = 121),
            ("realtime.replay_events", |s| s.realtime.replay_events = 99),
            ("shop.currency", |s| s.shop.currency = "euro".to_owned()),
            ("shop.locale", |s| s.shop.locale = "en us".to_owned()),
            ("shop.low_stock", |s| s.shop.low_stock = -1),
            ("shop.image_hosts", |s| {
                s.shop.image_hosts = vec!["x; script-src *".to_owned()]
            }),
            ("security.cors_origins", |s| {
                s.security.cors_origins = vec![CorsOrigin::Any, CorsOrigin::Any]
            }),
            ("log.level", |s| s.log.level = "inof".to_owned()),
        ];
        for (key, change) in table {
            let faults = with(change);
            assert_eq!(faults.len(), 1, "{key}: {faults:?}");
            assert!(faults[0].contains(key), "{key}: {faults:?}");
        }
    }

    #[test]
    fn a_store_is_a_folder() {
        for (text, path) in [
            ("file:./data/media", "./data/media"),
            ("file:///srv/media", "/srv/media"),
        ] {
            assert_eq!(folder(text), Ok(PathBuf::from(path)));
        }
        for text in ["s3://bucket", "./data", "file:"] {
            assert!(folder(text).is_err(), "{text}");
        }
    }
}
