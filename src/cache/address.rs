//! Under which key an answer is kept: its path and the parameters that tell its answers apart, in one order. Whatever
//! else a request says cannot reach an answer that others get: the handler sees the key instead of the query that was
//! sent. Must not know what is at an address.

use actix_web::dev::ResourceDef;

use crate::web::endpoint::{Endpoint, Kept};
use crate::web::extract::Params;
use crate::web::listing::query_of;

/// Longer ones are not looked at; each kept key takes memory.
const LONGEST: usize = 1024;

/// The addresses whose answers are kept.
#[derive(Clone)]
pub struct Addresses(Vec<(ResourceDef, Kept)>);

impl Addresses {
    pub fn of<'a>(endpoints: impl Iterator<Item = &'a Endpoint>) -> Addresses {
        let kept =
            endpoints.filter_map(|endpoint| Some((ResourceDef::new(endpoint.pattern), endpoint.kept?)));
        Addresses(kept.collect())
    }

    /// The key of an address, `None` where its answer is not kept: also for a way to write it that nobody links to.
    pub fn key(&self, path: &str, query: &str) -> Option<String> {
        let is_plain = !path.contains('%') && path.len() + query.len() <= LONGEST;
        let (_, kept) = self
            .0
            .iter()
            .find(|(pattern, _)| is_plain && pattern.is_match(path))?;
        let params = Params::decode(query).ok()?;
        let mut known = Vec::new();
        for (name, value) in params.iter() {
            match (kept.knows(name), kept) {
                (true, _) if value.is_empty() => {}
                (true, _) => known.push((name, value)),
                (false, Kept::Ignoring(_)) => {}
                // The handler says so.
                (false, Kept::Refusing(_)) => return None,
            }
        }
        // Stable: the order in which alternatives were named is the order in which a form shows them.
        known.sort_by_key(|(name, _)| *name);
        known.dedup();
        let key = query_of(path, known.into_iter());
        (key.len() <= LONGEST).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::endpoint::at;

    fn addresses() -> Addresses {
        let endpoints = [
            at("/products", &[]).kept(Kept::Ignoring(&[&["category", "page"], &["attr.*"]])),
            at("/products/{slug}", &[]).kept(Kept::Ignoring(&[])),
            at("/api/v1/products", &[]).kept(Kept::Refusing(&[&["category"]])),
            at("/admin", &[]),
        ];
        Addresses::of(endpoints.iter())
    }

    #[test]
    fn what_means_the_same_has_one_key_and_what_nobody_knows_has_no_part_in_it() {
        for (path, query, key) in [
            ("/products", "", Some("/products")),
            (
                "/products",
                "page=2&category=b&category=a",
                Some("/products?category=b&category=a&page=2"),
            ),
            (
                "/products",
                "category=a&category=a&page=",
                Some("/products?category=a"),
            ),
            (
                "/products",
                "category=Desk+lamps",
                Some("/products?category=Desk%20lamps"),
            ),
            ("/products", "attr.color=red", Some("/products?attr.color=red")),
            (
                "/products",
                "utm_source=x&Page=2&fbclid=\"><script>",
                Some("/products"),
            ),
            ("/products/lamp", "category=a", Some("/products/lamp")),
            ("/products/l%61mp", "", None),
            ("/products", "category=%zz", None),
            (
                "/api/v1/products",
                "category=a",
                Some("/api/v1/products?category=a"),
            ),
            ("/api/v1/products", "utm_source=x", None),
            ("/admin", "", None),
            ("/nowhere", "", None),
        ] {
            assert_eq!(addresses().key(path, query).as_deref(), key, "{path}?{query}");
        }
        assert_eq!(addresses().key("/products", &"category=a&".repeat(200)), None);
    }

    #[test]
    fn a_key_is_its_own_key() {
        let key = addresses()
            .key("/products", "page=2&category=Caf%C3%A9+%26+Tea")
            .unwrap();
        let (path, query) = key.split_once('?').unwrap();
        assert_eq!(addresses().key(path, query), Some(key.clone()));
    }
}
