//! How keys are named in Redis. Must not know what they stand for.

use sha2::{Digest, Sha256};

/// Longer keys would cost more memory than the hash.
const LONGEST: usize = 200;

const HASHED: &str = "sha256:";

/// The keys of one shop in a Redis that it may share with others.
#[derive(Clone)]
pub struct Keys {
    namespace: String,
}

impl Keys {
    pub fn new(namespace: String) -> Self {
        Self { namespace }
    }

    pub fn answer(&self, key: &str) -> String {
        self.named("answer", key)
    }

    pub fn lease(&self, key: &str) -> String {
        self.named("lease", key)
    }

    fn named(&self, kind: &str, key: &str) -> String {
        let is_plain = key.bytes().all(|byte| byte.is_ascii_graphic());
        // A plain key that looks like a hashed one must not take its place.
        if is_plain && key.len() <= LONGEST && !key.starts_with(HASHED) {
            format!("vitrine:{}:{kind}:{key}", self.namespace)
        } else {
            let hash = hex::encode(Sha256::digest(key));
            format!("vitrine:{}:{kind}:{HASHED}{hash}", self.namespace)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_keys_stay_readable() {
        let keys = Keys::new("shop-1".to_owned());
        assert_eq!(
            keys.answer("/products?page=2"),
            "vitrine:shop-1:answer:/products?page=2"
        );
        assert_eq!(keys.lease("/"), "vitrine:shop-1:lease:/");
    }

    #[test]
    fn other_keys_are_hashed_and_stay_different() {
        let keys = Keys::new("shop-1".to_owned());
        let hashed = keys.answer("two words");
        let look_alike = hashed.strip_prefix("vitrine:shop-1:answer:").unwrap();
        let long = ["x".repeat(201), "x".repeat(202)];
        let all = [
            hashed.clone(),
            keys.answer(look_alike),
            keys.answer(&long[0]),
            keys.answer(&long[1]),
            keys.answer("Lämp"),
            keys.answer("a\r\nb"),
        ];
        for (position, key) in all.iter().enumerate() {
            assert!(key.is_ascii() && key.len() < 120 && key.contains(HASHED), "{key}");
            assert!(!all[..position].contains(key), "{key}");
        }
    }
}
