//! Whether a request was sent by our own pages. The browser says so, and no page can make it lie.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};

use crate::error::{Error, Result};
use crate::web::site::Site;

const FETCH_SITE: &str = "Sec-Fetch-Site";

/// Refuses what another site made the browser send. `Sec-Fetch-Site` decides where it is sent (https and loopback),
/// else `Origin` must be our own; neither means no browser of the last years, and no way to tell.
pub fn require_own_origin(site: &Site, request: &HttpRequest) -> Result<()> {
    if is_own(site, request.headers()) {
        return Ok(());
    }
    tracing::warn!(
        event = "malicious_csrf",
        "a request that changes something came from another site"
    );
    Err(Error::Forbidden {
        code: "cross_site",
        detail: "This was not sent from a page of this shop. Open the page here and send it again."
            .to_owned(),
    })
}

fn is_own(site: &Site, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text(FETCH_SITE), text(ORIGIN.as_str())) {
        (Some(from), _) => matches!(from, "same-origin" | "none"),
        (None, Some(origin)) => site.owns_origin(origin, text(HOST.as_str()).unwrap_or("")),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::web::site::tests::site;

    fn decide(headers: &[(&'static str, &str)], public_url: Option<&str>) -> bool {
        let request = TestRequest::default();
        let request = headers
            .iter()
            .fold(request, |request, header| request.insert_header(*header));
        is_own(&site(public_url), request.to_http_request().headers())
    }

    #[test]
    fn v3_5_1_the_browsers_word_decides_where_it_gives_one() {
        let own = ("origin", "https://shop.example");
        for (from, accepted) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
            ("", false),
        ] {
            let headers = [("sec-fetch-site", from), own];
            assert_eq!(decide(&headers, Some("https://shop.example")), accepted, "{from}");
        }
    }

    #[test]
    fn v3_5_1_without_it_the_origin_must_be_our_own() {
        for (origin, accepted) in [
            ("https://shop.example", true),
            ("http://shop.example", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            let headers = [("host", "shop.example"), ("origin", origin)];
            assert_eq!(
                decide(&headers, Some("https://shop.example")),
                accepted,
                "{origin}"
            );
        }
        let host = ("host", "127.0.0.1:8080");
        assert!(decide(&[host, ("origin", "http://127.0.0.1:8080")], None));
        assert!(!decide(&[host, ("origin", "http://127.0.0.1:9090")], None));
        assert!(!decide(&[host], None));
    }
}
