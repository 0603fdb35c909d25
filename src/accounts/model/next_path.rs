//! Where to go after signing in: a path of this shop and nothing else.

use super::Role;
use crate::web::permission::Permission;

const MAX_BYTES: usize = 2048;

/// A path on this server, safe to put into `Location` or into the `action` of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPath(String);

impl NextPath {
    /// `None` for anything that a browser could read as another site. `//host` and `/\host` are such, and browsers
    /// drop tabs and line ends before they look, so only visible ASCII is let through.
    pub fn parse(raw: &str) -> Option<Self> {
        let own = raw.starts_with('/') && !raw.starts_with("//");
        let harmless = raw.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        (own && harmless && raw.len() <= MAX_BYTES).then(|| Self(raw.to_owned()))
    }

    /// Where the work of somebody with this role begins.
    pub fn home_of(role: Role) -> Self {
        let path = if role.permits(Permission::ReadCatalog) {
            "/admin/products"
        } else {
            "/account"
        };
        Self(path.to_owned())
    }

    /// The first page of the shop.
    pub fn front() -> Self {
        Self("/".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn own_paths_are_kept() {
        for raw in [
            "/",
            "/admin/products/7?tab=history&q=a%20b",
            "/admin/products?next=//evil",
        ] {
            assert_eq!(NextPath::parse(raw).unwrap().as_str(), raw);
        }
    }

    #[test]
    fn ways_to_other_sites_are_refused() {
        let long = format!("/{}", "a".repeat(MAX_BYTES));
        for raw in [
            "",
            "admin",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "\\\\evil",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            " /admin",
            "/ä",
            &long,
        ] {
            assert_eq!(NextPath::parse(raw), None, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_let_through_stays_on_this_site(raw in "[/\\\\a.:?#@ \t]{0,8}") {
            if let Some(path) = NextPath::parse(&raw) {
                let second = path.as_str().chars().nth(1);
                prop_assert!(path.as_str().starts_with('/') && second != Some('/') && second != Some('\\'));
            }
        }
    }
}
