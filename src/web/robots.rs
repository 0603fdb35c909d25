//! `/robots.txt`: what crawlers may read. Must not know what the shop sells.

use actix_web::web;

use super::respond::{self, CachePolicy, Reply};
use super::site::Site;

/// `GET /robots.txt`
pub async fn show(site: web::Data<Site>) -> Reply {
    respond::bytes(
        "text/plain; charset=utf-8",
        rules(&site).into_bytes(),
        CachePolicy::Public,
    )
}

/// Filtered lists are not named here: a crawler has to read their `noindex` to know of it.
fn rules(site: &Site) -> String {
    if !site.features.catalog {
        return "User-agent: *\nDisallow: /\n".to_owned();
    }
    let mut rules =
        "User-agent: *\nAllow: /\nDisallow: /admin\nDisallow: /account\nDisallow: /login\nDisallow: /api/admin\n".to_owned();
    if let Some(sitemap) = site.absolute("/sitemap.xml").filter(|_| site.features.feeds) {
        rules.push_str("\nSitemap: ");
        rules.push_str(&sitemap);
        rules.push('\n');
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::site::tests::site;

    #[test]
    fn crawlers_read_the_shop_and_nothing_of_its_owner() {
        let text = rules(&site(None));
        assert!(text.contains("\nAllow: /\nDisallow: /admin\n") && !text.contains("Sitemap"));
    }

    #[test]
    fn the_sitemap_is_named_where_there_is_one() {
        let mut site = site(Some("https://shop.example"));
        assert!(rules(&site).ends_with("\nSitemap: https://shop.example/sitemap.xml\n"));
        site.features.feeds = false;
        assert!(!rules(&site).contains("Sitemap"));
    }

    #[test]
    fn a_node_without_a_shop_wants_no_crawler() {
        let mut site = site(Some("https://shop.example"));
        site.features.catalog = false;
        assert_eq!(rules(&site), "User-agent: *\nDisallow: /\n");
    }
}
