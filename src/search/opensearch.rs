//! The document that tells browsers how this shop is searched (OpenSearch 1.1). Must not know how a search is done.

use crate::error::Result;
use crate::web::site::Site;
use crate::web::xml::Xml;

/// Longest short name that the format allows, in characters.
const SHORT_NAME: usize = 16;

/// # Errors
/// 404 without a public address.
pub fn description(site: &Site) -> Result<Vec<u8>> {
    let origin = site.needed_origin()?;
    let template = format!("{origin}/search?q={{searchTerms}}");
    let short: String = site.shop.name.chars().take(SHORT_NAME).collect();
    let namespace = [("xmlns", "http://a9.com/-/spec/opensearch/1.1/")];
    Xml::document("OpenSearchDescription", &namespace, |xml| {
        xml.text("ShortName", short.trim())?;
        xml.text(
            "Description",
            &format!("Search the products of {}", site.shop.name),
        )?;
        xml.text("InputEncoding", "UTF-8")?;
        xml.text("Language", &site.shop.locale)?;
        xml.empty("Url", &[("type", "text/html"), ("template", &template)])?;
        let suggestions = format!("{origin}/search/suggestions?q={{searchTerms}}");
        let kind = "application/x-suggestions+json";
        xml.empty("Url", &[("type", kind), ("template", &suggestions)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::site::tests::site;

    #[test]
    fn a_browser_learns_the_complete_address_of_the_search() {
        let document = description(&site(Some("https://shop.example"))).unwrap();
        let document = String::from_utf8(document).unwrap();
        assert!(document.contains("template=\"https://shop.example/search?q={searchTerms}\""));
        assert!(document.contains("template=\"https://shop.example/search/suggestions?q={searchTerms}\""));
        let refused = description(&site(None)).unwrap_err();
        assert!(refused.to_string().contains("server.public_url"));
    }
}
