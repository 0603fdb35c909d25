//! What a process shares with the other ones of the shop beside the database: finished answers, news of changes.

use std::ops::RangeInclusive;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Layers;

/// Where finished answers are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheBackend {
    /// In this process.
    #[default]
    Memory,
    /// In this process, and in a Redis behind it.
    Redis,
    Off,
}

/// Whether finished answers are kept at all is also for `features.cache` to say.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    pub backend: CacheBackend,
    /// Empty where no Redis is used. It may hold a password.
    pub redis_url: SecretString,
    pub l1_bytes: u64,
    pub ttl_s: u64,
    pub op_ms: u64,
    /// 0: shared caches ask each time.
    pub shared_max_age_s: u64,
    pub stale_while_revalidate_s: u64,
}

/// How followers learn of what other processes wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RealtimeBackend {
    /// By the poll.
    #[default]
    Memory,
    /// By wake-ups through a Redis, and by the poll.
    Redis,
}

#[derive(Clone, Debug)]
pub struct RealtimeSettings {
    pub backend: RealtimeBackend,
    /// Empty where no Redis is used. It may hold a password.
    pub redis_url: SecretString,
    /// Open connections of one node.
    pub max_sessions: u64,
    /// The same of one address.
    pub max_per_ip: u64,
    /// After so many seconds of silence a client is asked whether it is there.
    pub heartbeat_s: u64,
    /// Events that a node keeps in memory for those who come back.
    pub replay_events: u64,
    /// Whether pages of products say how many look at them.
    pub viewers: bool,
}

pub fn read_cache(layers: &mut Layers) -> CacheSettings {
    CacheSettings {
        backend: layers.parse("cache.backend", cache_backend).unwrap_or_default(),
        redis_url: layers.get::<String>("cache.redis_url").into(),
        l1_bytes: layers.get("cache.l1_bytes"),
        ttl_s: layers.get("cache.ttl_s"),
        op_ms: layers.get("cache.op_ms"),
        shared_max_age_s: layers.get("cache.shared_max_age_s"),
        stale_while_revalidate_s: layers.get("cache.stale_while_revalidate_s"),
    }
}

pub fn read_realtime(layers: &mut Layers) -> RealtimeSettings {
    RealtimeSettings {
        backend: layers
            .parse("realtime.backend", realtime_backend)
            .unwrap_or_default(),
        redis_url: layers.get::<String>("realtime.redis_url").into(),
        max_sessions: layers.get("realtime.max_sessions"),
        max_per_ip: layers.get("realtime.max_per_ip"),
        heartbeat_s: layers.get("realtime.heartbeat_s"),
        replay_events: layers.get("realtime.replay_events"),
        viewers: layers.get("realtime.viewers"),
    }
}

fn cache_backend(name: &str) -> Result<CacheBackend, String> {
    match name {
        "memory" => Ok(CacheBackend::Memory),
        "redis" => Ok(CacheBackend::Redis),
        "off" => Ok(CacheBackend::Off),
        _ => Err("write memory, redis or off".to_owned()),
    }
}

fn realtime_backend(name: &str) -> Result<RealtimeBackend, String> {
    match name {
        "memory" => Ok(RealtimeBackend::Memory),
        "redis" => Ok(RealtimeBackend::Redis),
        _ => Err("write memory or redis; features.realtime switches it off".to_owned()),
    }
}

pub fn cache_faults(cache: &CacheSettings) -> Vec<String> {
    let mut faults = Vec::new();
    if cache.l1_bytes < 1024 * 1024 {
        faults.push(
            "cache.l1_bytes must be at least 1048576 (1 MiB); to keep nothing, set cache.backend = \"off\""
                .to_owned(),
        );
    }
    faults.extend(out_of("cache.ttl_s", cache.ttl_s, 1..=86_400));
    faults.extend(out_of("cache.op_ms", cache.op_ms, 1..=1000));
    for (key, value) in [
        ("cache.shared_max_age_s", cache.shared_max_age_s),
        ("cache.stale_while_revalidate_s", cache.stale_while_revalidate_s),
    ] {
        faults.extend(out_of(key, value, 0..=86_400));
    }
    let needed = cache.backend == CacheBackend::Redis;
    faults.extend(redis_fault("cache", needed, &cache.redis_url));
    faults
}

pub fn realtime_faults(realtime: &RealtimeSettings) -> Vec<String> {
    let ranges = [
        ("realtime.max_sessions", realtime.max_sessions, 1..=1_000_000),
        ("realtime.max_per_ip", realtime.max_per_ip, 1..=1_000_000),
        ("realtime.heartbeat_s", realtime.heartbeat_s, 1..=120),
        ("realtime.replay_events", realtime.replay_events, 100..=1_000_000),
    ];
    let ranges = ranges.into_iter();
    let mut faults: Vec<String> = ranges
        .filter_map(|(key, value, range)| out_of(key, value, range))
        .collect();
    let needed = realtime.backend == RealtimeBackend::Redis;
    faults.extend(redis_fault("realtime", needed, &realtime.redis_url));
    faults
}

fn out_of(key: &str, value: u64, range: RangeInclusive<u64>) -> Option<String> {
    let (least, most) = (range.start(), range.end());
    (!range.contains(&value)).then(|| format!("{key} must be {least} to {most}"))
}

/// An address is looked at even where it is not used yet. It is never repeated: it may hold a password.
fn redis_fault(section: &str, needed: bool, url: &SecretString) -> Option<String> {
    let url = url.expose_secret();
    let known = "write redis://:password@host:6379/0, rediss://... for TLS, or unix:///path/of/the.sock";
    if url.is_empty() {
        return needed
            .then(|| format!("{section}.redis_url: {section}.backend = \"redis\" needs it; {known}"));
    }
    (!is_redis(url)).then(|| format!("{section}.redis_url is not the address of a Redis; {known}"))
}

fn is_redis(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    let database = url.path().trim_matches('/');
    match url.scheme() {
        // A fragment could only switch the check of the server's certificate off.
        "redis" | "rediss" => {
            has_host && url.fragment().is_none() && (database.is_empty() || database.parse::<u32>().is_ok())
        }
        "unix" => !has_host && !database.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redis_is_named_by_host_or_by_socket() {
        for (text, fine) in [
            ("redis://cache", true),
            ("redis://:se%40cret@cache:6379/3", true),
            ("rediss://shop:secret@[::1]:6380", true),
            ("unix:///run/redis.sock?db=1&pass=secret", true),
            ("redis://", false),
            ("redis:///0", false),
            ("redis://cache/first", false),
            ("rediss://cache#insecure", false),
            ("unix://run/redis.sock", false),
            ("unix:///", false),
            ("http://cache", false),
            ("cache:6379", false),
        ] {
            assert_eq!(is_redis(text), fine, "{text}");
        }
    }

    #[test]
    fn a_wrong_address_is_not_repeated() {
        let fault = redis_fault("cache", true, &"http://:canary@cache".into()).unwrap();
        assert!(!fault.contains("canary"), "{fault}");
    }

    #[test]
    fn an_address_is_needed_only_where_redis_is_used() {
        let none = SecretString::default();
        assert_eq!(redis_fault("realtime", false, &none), None);
        assert!(redis_fault("realtime", true, &none).is_some());
    }
}
