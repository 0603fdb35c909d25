//! Names of what an answer can depend on, such as one product or every list. A change of the log bears the names of what
//! it changes, an answer those of what it shows; the cache compares them. Must not know what there is to name.

use sha2::{Digest, Sha256};

/// A name in short: the start of its hash, the same on every node and in every release. Should two names ever meet in
/// one tag, an answer is made anew once too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u64);

impl Tag {
    /// The tag of a whole name, `list` or `product:7`.
    pub fn named(name: &str) -> Tag {
        let hash = Sha256::digest(name);
        Tag(hash.first_chunk().map_or(0, |start| u64::from_be_bytes(*start)))
    }

    /// The tag of one thing of a kind, `product:7`.
    pub fn of(kind: &str, thing: impl std::fmt::Display) -> Tag {
        Tag::named(&format!("{kind}:{thing}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_its_name_and_stays_so() {
        assert_eq!(Tag::of("product", 7), Tag::named("product:7"));
        assert_ne!(Tag::of("product", 7), Tag::of("product", 8));
        // Other nodes, perhaps of another release, compare with it.
        assert_eq!(Tag::named("list"), Tag(LIST));
    }

    /// `printf list | sha256sum`
    const LIST: u64 = 0xa330_395c_c0a5_3ad1;
}
