//! What is let in, and the headers that tell browsers what they may do with the answer.
//!
//! Public pages can be kept by caches, so the policy holds no nonce: scripts and styles are files of our own.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue,
    PERMISSIONS_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};

use super::limits;
use super::patience;
use super::respond::CachePolicy;
use super::site::Site;
use crate::error::{Error, Result};

/// Longer addresses are refused; the server itself would only stop at 64 KiB, with a bare 400.
const LONGEST_ADDRESS: usize = 8 * 1024;

const FEATURES_OF_BROWSERS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// The headers that are the same on every answer of a site, made once.
#[derive(Clone)]
pub struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    pub fn new(site: &Site) -> Result<Self> {
        let policy =
            HeaderValue::from_str(&content_policy(&site.shop.image_hosts)).map_err(Error::internal)?;
        let mut headers = vec![(CONTENT_SECURITY_POLICY, policy)];
        let mut add = |name, value| headers.push((name, HeaderValue::from_static(value)));
        add(X_CONTENT_TYPE_OPTIONS, "nosniff");
        // Not no-referrer: browsers would then send `Origin: null` with forms, and every form would be refused.
        add(REFERRER_POLICY, "same-origin");
        add(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        );
        add(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        );
        add(PERMISSIONS_POLICY, FEATURES_OF_BROWSERS);
        if site.is_https() {
            add(STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
        }
        Ok(Self(headers))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &(HeaderName, HeaderValue)> {
        self.0.iter()
    }

    /// Adds what the handler has not said itself: a picture has a policy of its own. An answer that says nothing about
    /// being kept is not kept.
    fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

fn content_policy(image_hosts: &[String]) -> String {
    let hosts: String = image_hosts
        .iter()
        .map(|host| format!(" https://{host}"))
        .collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'{hosts}; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'"
    )
}

/// Puts the headers on every answer that is shown or kept, errors included.
pub async fn dress(
    headers: web::Data<Headers>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let owners = is_owners(request.path());
    let mut response = next.call(request).await?.map_into_boxed_body();
    if owners {
        let nobody = HeaderValue::from_static(CachePolicy::PrivateNoStore.header());
        response.headers_mut().insert(CACHE_CONTROL, nobody);
    }
    // Nobody looks at them on an answer that opens a socket, which keeps as much memory as its answer took.
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        headers.add_to(response.headers_mut());
        limits::tell_standing(&mut response);
    }
    Ok(response)
}

/// Addresses of the owner's side: nothing of it is ever kept by anybody.
fn is_owners(path: &str) -> bool {
    let below = |prefix| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    ["/admin", "/api/admin", "/account", "/login", "/logout"]
        .into_iter()
        .any(below)
}

/// Refuses what no handler should see, and puts a clock on the body.
pub async fn admit(
    site: web::Data<Site>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if let Err(error) = check(&site, request.request()) {
        return Ok(request.error_response(error));
    }
    if patience::has_body(request.headers()) {
        let payload = request.take_payload();
        request.set_payload(patience::limited(payload, site.pace));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn check(site: &Site, request: &HttpRequest) -> Result<()> {
    let address = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    if address > LONGEST_ADDRESS {
        return Err(Error::UriTooLong);
    }
    check_host(site, request)?;
    let is_plain = |encoding: &HeaderValue| encoding.as_bytes().eq_ignore_ascii_case(b"identity");
    if request
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| !is_plain(encoding))
    {
        return Err(Error::UnsupportedMediaType { expected: "it is" });
    }
    Ok(())
}

/// A name that is not ours means a wrong configuration or an attack (DNS rebinding, a poisoned cache).
fn check_host(site: &Site, request: &HttpRequest) -> Result<()> {
    let mut hosts = request.headers().get_all(HOST);
    let host = hosts
        .next()
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    if hosts.next().is_none() && site.owns_host(host) {
        return Ok(());
    }
    let detail = match site.public_origin() {
        Some(origin) => format!("This shop is {origin}."),
        None => "This shop does not go by the name in Host; its owner sets that with server.public_url and server.hosts."
            .to_owned(),
    };
    Err(Error::Misdirected { detail })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::web::site::tests::site;

    #[test]
    fn what_no_handler_should_see_is_refused() {
        let long = format!("/{}", "a".repeat(LONGEST_ADDRESS));
        for (uri, header, status) in [
            ("/", (HOST, "localhost:8080"), None),
            ("/", (HOST, "evil.example"), Some(421)),
            ("/", (HOST, "a\"><script>"), Some(421)),
            (long.as_str(), (HOST, "localhost"), Some(414)),
            ("/", (CONTENT_ENCODING, "gzip"), Some(415)),
            ("/", (CONTENT_ENCODING, "identity"), None),
        ] {
            let request = TestRequest::with_uri(uri)
                .insert_header((HOST, "localhost"))
                .insert_header(header.clone());
            let found = check(&site(None), &request.to_http_request()).err();
            assert_eq!(found.map(|error| error.status().as_u16()), status, "{header:?}");
        }
    }

    #[test]
    fn the_policy_allows_our_own_files_and_named_hosts_only() {
        let policy = content_policy(&["images.example.com".to_owned()]);
        assert!(policy.contains("img-src 'self' https://images.example.com;"));
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(!policy.contains("unsafe"));
    }

    #[test]
    fn hsts_is_for_https_and_a_handlers_own_policy_stays() {
        for (public_url, sent) in [
            (None, false),
            (Some("http://shop.example"), false),
            (Some("https://shop.example"), true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
            Headers::new(&site(public_url)).unwrap().add_to(&mut headers);
            assert_eq!(
                headers.contains_key(STRICT_TRANSPORT_SECURITY),
                sent,
                "{public_url:?}"
            );
            assert_eq!(headers.get(CONTENT_SECURITY_POLICY).unwrap(), "sandbox");
            assert_eq!(headers.get(X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
        }
    }

    #[test]
    fn the_owners_side_is_known_by_its_prefix() {
        for (path, owners) in [
            ("/admin", true),
            ("/admin/products", true),
            ("/api/admin/products", true),
            ("/login", true),
            ("/administer", false),
            ("/products/admin", false),
        ] {
            assert_eq!(is_owners(path), owners, "{path}");
        }
    }
}
