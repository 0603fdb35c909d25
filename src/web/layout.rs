//! The frame around every page: document, header, navigation, footer.
//!
//! A page is a function of data to markup: no query, no clock. Nothing is styled or scripted inline, because the
//! content security policy allows neither. Must not know where its data came from.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::assets;
use super::site::Site;
use super::structured;
use crate::config::{Feature, Features};

/// More links than this do not fit into one line; the home page lists all.
const NAV_LINKS: usize = 10;

/// An entry of the shop's navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavLink {
    pub label: String,
    pub path: String,
}

/// What surrounds a public page.
#[derive(Clone, Copy)]
pub struct Shell<'a> {
    pub site: &'a Site,
    /// The categories; empty where they are not known, as on error pages, which must not ask the database.
    pub nav: &'a [NavLink],
    /// The shop's pages of text; `None` where they are not known, as above.
    pub pages: Option<&'a [NavLink]>,
    /// Path of the entry of the navigation that is lit.
    pub path: &'a str,
    /// What stands in the search box.
    pub query: &'a str,
    pub signed_in: bool,
}

/// What a page says about itself to browsers, search engines and links shared elsewhere.
#[derive(Default)]
pub struct Head<'a> {
    pub title: &'a str,
    /// One sentence; longer text is cut at a word.
    pub description: &'a str,
    /// Path of the page's own address; `None` for pages that search engines should leave out.
    pub canonical: Option<&'a str>,
    /// Address of a picture that stands for the page.
    pub picture: Option<&'a str>,
    /// What the picture shows.
    pub picture_alt: &'a str,
    /// What the page is about in Open Graph's words; a `website` unless said.
    pub kind: Option<&'a str>,
    /// Further properties of Open Graph.
    pub properties: &'a [(&'a str, String)],
    /// Facts for search engines (schema.org).
    pub structured: &'a [Value],
    /// Whether the page shows what the feed of new products holds.
    pub has_feed: bool,
    /// What is shown anew while the page is open.
    pub live: Option<Watched>,
}

/// The topics of live news that concern a page.
#[derive(Default)]
pub struct Watched {
    pub topics: Vec<String>,
    /// It is a list on which whatever is new would stand.
    pub is_list: bool,
}

/// A page of the shop.
pub fn page(shell: &Shell<'_>, head: &Head<'_>, main: Markup) -> Markup {
    let shop = &shell.site.shop;
    let title = if head.title == shop.name {
        shop.name.clone()
    } else {
        format!("{} · {}", head.title, shop.name)
    };
    let body = html! {
        (header(shell))
        main #content tabindex="-1" { (main) }
        (footer(shell))
    };
    document(&shop.locale, &title, &about(shell, head), &body)
}

/// A page of the people behind the counter: the same frame with a header of its own and the rules for working.
pub fn owner_page(title: &str, header: &Markup, main: &Markup) -> Markup {
    let head = html! {
        meta name="robots" content="noindex";
        link rel="stylesheet" href=(assets::url("admin.css"));
    };
    let body = html! {
        (header)
        main #content tabindex="-1" { (main) }
    };
    document("en", &format!("{title} · Vitrine"), &head, &body)
}

fn document(language: &str, title: &str, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href=(assets::url("site.css"));
                link rel="icon" type="image/svg+xml" href=(assets::url("favicon.svg"));
                meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#131c19" media="(prefers-color-scheme: dark)";
                (head)
            }
            body {
                a .skip href="#content" { "Skip to content" }
                (body)
            }
        }
    }
}

fn about(shell: &Shell<'_>, head: &Head<'_>) -> Markup {
    let description = first_words(head.description, 160);
    let absolute = |address: &str| shell.site.absolute(address);
    html! {
        meta name="description" content=(description);
        @match head.canonical {
            Some(path) => { link rel="canonical" href=(absolute(path).unwrap_or_else(|| path.to_owned())); }
            None => { meta name="robots" content="noindex"; }
        }
        meta property="og:type" content=(head.kind.unwrap_or("website"));
        meta property="og:site_name" content=(shell.site.shop.name);
        meta property="og:title" content=(head.title);
        meta property="og:description" content=(description);
        @if let Some(url) = head.canonical.and_then(absolute) { meta property="og:url" content=(url); }
        // Other sites can only show a picture whose address is complete.
        @if let Some(url) = head.picture.and_then(absolute) {
            meta property="og:image" content=(url);
            @if !head.picture_alt.is_empty() { meta property="og:image:alt" content=(head.picture_alt); }
        }
        @for (property, value) in head.properties { meta property=(property) content=(value); }
        (found_by(shell, head))
        @if shell.site.features.has_all(&[Feature::Catalog, Feature::Search]) { script src=(assets::url("search.js")) defer {} }
        @if let Some(live) = head.live.as_ref().filter(|live| shell.site.features.realtime && !live.topics.is_empty()) {
            script src=(assets::url("live.js")) defer data-topics=(live.topics.join(",")) data-list=[live.is_list.then_some("")] {}
        }
        @for facts in head.structured { (structured::block(facts)) }
    }
}

/// Links to what browsers and feed readers offer their users. A search needs a complete address.
fn found_by(shell: &Shell<'_>, head: &Head<'_>) -> Markup {
    let (site, features) = (shell.site, shell.site.features);
    html! {
        @if features.catalog && features.feeds && head.has_feed {
            link rel="alternate" type="application/atom+xml" href="/feed.atom" title={ "New at " (site.shop.name) };
        }
        @if features.catalog && features.search && site.public_origin().is_some() {
            link rel="search" type="application/opensearchdescription+xml" href="/opensearch.xml" title=(site.shop.name);
        }
    }
}

/// The beginning of a text, on one line, cut at a word.
fn first_words(text: &str, length: usize) -> String {
    let mut cut = String::new();
    for word in text.split_whitespace() {
        if cut.chars().count() + word.chars().count() >= length {
            return if cut.is_empty() {
                word.chars().take(length).collect()
            } else {
                cut + " …"
            };
        }
        if !cut.is_empty() {
            cut.push(' ');
        }
        cut.push_str(word);
    }
    cut
}

fn header(shell: &Shell<'_>) -> Markup {
    let features = shell.site.features;
    html! {
        header .shop-header {
            div .wrap {
                div .shop-header-row {
                    @match home(features) {
                        Some(path) => { a .brand href=(path) { (mark()) span { (shell.site.shop.name) } } }
                        None => { span .brand { (mark()) span { (shell.site.shop.name) } } }
                    }
                    @if features.catalog && features.search { (search_box("/search", "Search products", shell.query, suggestions(features))) }
                    @if features.admin && shell.signed_in {
                        div .header-links { a href="/admin/products" { "Manage products" } }
                    }
                }
                @if features.catalog { (navigation(shell)) }
            }
        }
    }
}

/// Where the shop's name leads: to what this process shows first, if it shows anything.
fn home(features: Features) -> Option<&'static str> {
    match (features.catalog, features.admin) {
        (true, _) => Some("/"),
        (false, true) => Some("/admin"),
        (false, false) => None,
    }
}

fn navigation(shell: &Shell<'_>) -> Markup {
    html! {
        nav .shop-nav aria-label="Categories" {
            ul role="list" {
                li { a href="/products" aria-current=[(shell.path == "/products").then_some("true")] { "All products" } }
                @for link in shell.nav.iter().take(NAV_LINKS) {
                    li { a href=(link.path) aria-current=[(shell.path == link.path).then_some("true")] { (link.label) } }
                }
                @if shell.nav.len() > NAV_LINKS { li { a href="/#categories" { "More categories" } } }
            }
        }
    }
}

fn footer(shell: &Shell<'_>) -> Markup {
    let features = shell.site.features;
    html! {
        footer .shop-footer {
            div .wrap {
                strong { (shell.site.shop.name) }
                ul role="list" {
                    @if features.catalog { li { a href="/products" { "All products" } } }
                    @match shell.pages {
                        Some(pages) => { @for page in pages { li { a href=(page.path) aria-current=[(shell.path == page.path).then_some("page")] { (page.label) } } } }
                        None => { @if features.catalog { li { a href="/pages" { "About the shop" } } } }
                    }
                    @if features.catalog && features.feeds { li { a href="/feed.atom" { "New products as a feed" } } }
                    @if features.api { li { a href="/docs" { "For programs: API" } } }
                    @if shell.site.takes_strangers && !shell.signed_in { li { a href="/register" { "Propose a product" } } }
                    @if features.admin && !shell.signed_in { li { a href="/login" { "Shop owner: sign in" } } }
                }
            }
        }
    }
}

/// Where the search box asks for suggestions, if it can.
fn suggestions(features: Features) -> Option<&'static str> {
    features.api.then_some("/api/v1/suggest")
}

/// A search box that says what it searches; used in the header and over the owner's table. With an address of suggestions
/// `static/search.js` makes it a combobox; without scripts it is the form that it is.
pub fn search_box(action: &str, label: &str, query: &str, suggestions: Option<&str>) -> Markup {
    html! {
        form .search-box role="search" aria-label=(label) action=(action) method="get" data-suggestions=[suggestions] {
            input type="search" name="q" value=(query) aria-label=(label) placeholder=(label) maxlength="200" autocomplete="off";
            button type="submit" aria-label="Search" { (magnifier()) }
        }
    }
}

/// The sign of the shop: an arched window with one pane lit.
pub fn mark() -> Markup {
    html! {
        svg viewBox="0 0 28 32" aria-hidden="true" focusable="false" {
            path .lit d="M14 16h9v11h-9Z" {}
            path d="M5 27V13a9 9 0 0 1 18 0v14M14 4v23M5 16h18" fill="none" stroke="currentColor" stroke-width="2.2" {}
            path d="M1.5 28h25" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" {}
        }
    }
}

fn magnifier() -> Markup {
    html! {
        svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true" focusable="false" {
            circle cx="8.5" cy="8.5" r="5.5" {}
            path d="m13 13 4.5 4.5" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::site::tests::site;

    fn shown(site: &Site, head: &Head<'_>) -> String {
        let nav = [NavLink {
            label: "<Lamps> & more".to_owned(),
            path: "/categories/lamps".to_owned(),
        }];
        let shell = Shell {
            site,
            nav: &nav,
            pages: None,
            path: "/categories/lamps",
            query: "\"><script>",
            signed_in: false,
        };
        page(&shell, head, html! {}).into_string()
    }

    #[test]
    fn what_people_typed_is_text_everywhere() {
        let head = Head {
            title: "<b>",
            description: "\"><i>",
            canonical: Some("/products"),
            ..Head::default()
        };
        let page = shown(&site(None), &head);
        for markup in ["<b>", "<i>", "<script>", "<Lamps>", " style=", "onerror"] {
            assert!(!page.contains(markup), "{markup}");
        }
        assert!(page.contains("value=\"&quot;&gt;&lt;script&gt;\""));
    }

    #[test]
    fn absolute_addresses_come_from_the_settings_only() {
        let head = Head {
            title: "Lamp",
            description: "",
            canonical: Some("/products/lamp"),
            picture: Some("/media/1/original.webp"),
            picture_alt: "A \"lamp\"",
            kind: Some("product"),
            has_feed: true,
            ..Head::default()
        };
        let own = shown(&site(Some("https://shop.example")), &head);
        assert!(own.contains("<link rel=\"canonical\" href=\"https://shop.example/products/lamp\">"));
        assert!(own.contains("content=\"https://shop.example/media/1/original.webp\""));
        assert!(own.contains("og:image:alt\" content=\"A &quot;lamp&quot;\""));
        assert!(own.contains("og:type\" content=\"product\"") && own.contains("href=\"/opensearch.xml\""));
        let unknown = shown(&site(None), &head);
        assert!(
            unknown.contains("<link rel=\"canonical\" href=\"/products/lamp\">")
                && !unknown.contains("og:image")
        );
    }

    #[test]
    fn what_is_switched_off_is_not_linked() {
        let mut site = site(Some("https://shop.example"));
        site.features.search = false;
        site.features.admin = false;
        site.features.feeds = false;
        let head = Head {
            has_feed: true,
            ..Head::default()
        };
        let page = shown(&site, &head);
        for address in ["/search", "/login", "/opensearch.xml", "/feed.atom"] {
            assert!(!page.contains(address), "{address}");
        }
    }

    #[test]
    fn descriptions_are_cut_at_a_word() {
        assert_eq!(first_words(" one\n two three ", 160), "one two three");
        assert_eq!(first_words("one two three", 9), "one two …");
        assert_eq!(first_words(&"ä".repeat(300), 160).chars().count(), 160);
    }
}
