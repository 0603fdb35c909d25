//! What a request asks of the shop, as far as its head tells. Must not know how much of it is too much.

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};

/// Requests that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Pages,
    Api,
    Search,
    SignIn,
    Upload,
    Live,
    /// The owner's pages and API, for whoever asks.
    Owner,
}

impl Class {
    pub const ALL: [Class; 7] = [
        Class::Pages,
        Class::Api,
        Class::Search,
        Class::SignIn,
        Class::Upload,
        Class::Live,
        Class::Owner,
    ];

    /// `None` for files, of which a page has many and which cost next to nothing.
    pub fn of(method: &Method, path: &str, headers: &HeaderMap) -> Option<Class> {
        let below = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let any = |prefixes: &[&str]| prefixes.iter().any(|prefix| below(prefix));
        if any(&["/static", "/media"]) {
            return None;
        }
        // Each of them has a password hashed.
        let tries_to_sign_in = *method == Method::POST
            && any(&[
                "/login",
                "/register",
                "/admin/setup",
                "/account/link",
                "/account/password",
            ]);
        Some(if is_upload(headers) {
            Class::Upload
        } else if tries_to_sign_in {
            Class::SignIn
        } else if any(&["/admin", "/api/admin", "/account", "/login", "/logout", "/submit"]) {
            Class::Owner
        } else if any(&["/search", "/api/v1/search", "/api/v1/suggest"]) {
            Class::Search
        } else if any(&["/ws", "/events"]) {
            Class::Live
        } else if below("/api") {
            Class::Api
        } else {
            Class::Pages
        })
    }

    /// As settings, metrics and headers call it.
    pub fn name(self) -> &'static str {
        match self {
            Class::Pages => "pages",
            Class::Api => "api",
            Class::Search => "search",
            Class::SignIn => "sign_in",
            Class::Upload => "upload",
            Class::Live => "live",
            Class::Owner => "owner",
        }
    }

    /// Whether guests read answers of this kind that have to be made: what gives way when there is too much to do.
    pub fn gives_way(self) -> bool {
        matches!(self, Class::Pages | Class::Api | Class::Search)
    }
}

/// Whether a body comes that is neither a form nor JSON.
fn is_upload(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    let starts = |prefix: &str| {
        let start = kind.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    !(kind.is_empty() || starts("application/x-www-form-urlencoded") || starts("application/json"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_request_is_of_one_class_whatever_its_path_tries_to_be() {
        let upload = Some("multipart/form-data; boundary=x");
        for (method, path, kind, class) in [
            (Method::GET, "/", None, Some(Class::Pages)),
            (Method::GET, "/searching", None, Some(Class::Pages)),
            (Method::GET, "/search", None, Some(Class::Search)),
            (Method::GET, "/search/suggestions", None, Some(Class::Search)),
            (Method::GET, "/api/v1/products", None, Some(Class::Api)),
            (Method::GET, "/api/v1/suggest", None, Some(Class::Search)),
            (Method::GET, "/api/admin/products", None, Some(Class::Owner)),
            (Method::GET, "/administer", None, Some(Class::Pages)),
            (Method::GET, "//admin", None, Some(Class::Pages)),
            (Method::GET, "/login", None, Some(Class::Owner)),
            (
                Method::POST,
                "/login",
                Some("application/x-www-form-urlencoded"),
                Some(Class::SignIn),
            ),
            (Method::POST, "/login/code", None, Some(Class::SignIn)),
            (Method::POST, "/login/passkey/question", None, Some(Class::SignIn)),
            (Method::POST, "/admin/setup", None, Some(Class::SignIn)),
            (Method::POST, "/register", None, Some(Class::SignIn)),
            (Method::GET, "/register", None, Some(Class::Pages)),
            (Method::POST, "/account/password", None, Some(Class::SignIn)),
            (Method::GET, "/submit/7", None, Some(Class::Owner)),
            (
                Method::POST,
                "/api/admin/products",
                Some("Application/JSON; charset=utf-8"),
                Some(Class::Owner),
            ),
            (Method::POST, "/api/admin/media", upload, Some(Class::Upload)),
            (Method::POST, "/login", upload, Some(Class::Upload)),
            (Method::GET, "/ws", None, Some(Class::Live)),
            (Method::GET, "/static/0/site.css", None, None),
            (Method::GET, "/media/0/x.jpg", None, None),
            (Method::GET, "/mediator", None, Some(Class::Pages)),
        ] {
            let request = kind.into_iter().fold(TestRequest::default(), |request, kind| {
                request.insert_header((CONTENT_TYPE, kind))
            });
            let found = Class::of(&method, path, request.to_http_request().headers());
            assert_eq!(found, class, "{method} {path} {kind:?}");
        }
    }
}
