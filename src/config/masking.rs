//! How a setting is shown that may hold a password. Must not know who asks.

use secrecy::{ExposeSecret, SecretString};

/// An address that can be shown: the password is replaced.
pub fn masked(url: &SecretString) -> String {
    mask_query(&mask_user(url.expose_secret()))
}

/// The text of a setting as `config show` prints it.
pub fn shown(key: &str, text: &str) -> String {
    let url = || mask_query(&mask_user(text));
    if key.starts_with("database.") {
        url()
    } else if key.ends_with(".redis_url") {
        mask_lone_user(&url())
    } else if (key.contains("secret") || key == "mail.password") && !text.is_empty() {
        "***".to_owned()
    } else {
        text.to_owned()
    }
}

fn mask_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    // The last @ ends the user part: a careless password may hold one as well.
    let Some((user, host)) = rest.rsplit_once('@') else {
        return url.to_owned();
    };
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:***@{host}"),
        None => url.to_owned(),
    }
}

/// `redis://secret@host` is what people write who forget the colon before a password without a user.
fn mask_lone_user(url: &str) -> String {
    match url.split_once("://").zip(url.rsplit_once('@')) {
        Some(((scheme, rest), (_, host))) if !rest.starts_with(':') && !rest.contains(":***@") => {
            format!("{scheme}://***@{host}")
        }
        _ => url.to_owned(),
    }
}

/// Addresses of sockets have no user part; theirs stands behind the question mark.
fn mask_query(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((name, _)) if name.to_lowercase().starts_with("pass") => format!("{name}=***"),
        _ => part.to_owned(),
    });
    format!("{path}?{}", parts.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (key, url, expected) in [
            (
                "database.primary",
                "mysql://shop:secret@db:3306/shop",
                "mysql://shop:***@db:3306/shop",
            ),
            (
                "database.replicas",
                "mysql://shop:se@cret@db/shop",
                "mysql://shop:***@db/shop",
            ),
            ("database.primary", "mysql://shop@db/shop", "mysql://shop@db/shop"),
            (
                "database.primary",
                "sqlite:./data/vitrine.db",
                "sqlite:./data/vitrine.db",
            ),
            (
                "cache.redis_url",
                "redis://:secret@cache:6379/1",
                "redis://:***@cache:6379/1",
            ),
            (
                "cache.redis_url",
                "rediss://shop:secret@cache",
                "rediss://shop:***@cache",
            ),
            ("realtime.redis_url", "redis://secret@cache", "redis://***@cache"),
            ("realtime.redis_url", "redis://cache:6379", "redis://cache:6379"),
            (
                "realtime.redis_url",
                "unix:///run/redis.sock?db=1&pass=secret&user=shop",
                "unix:///run/redis.sock?db=1&pass=***&user=shop",
            ),
            ("backup.s3_secret_access_key", "secret", "***"),
            ("backup.s3_secret_access_key", "", ""),
            ("mail.password", "secret", "***"),
            ("shop.name", "a:b@c", "a:b@c"),
        ] {
            assert_eq!(shown(key, url), expected);
            assert!(!format!("{:?}", SecretString::from(url)).contains("secret"));
        }
    }
}
