use actix_web::http::header::{CACHE_CONTROL, HeaderMap, SET_COOKIE};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};

use super::*;
use crate::accounts::{Principal, guard, routes};
use crate::web::endpoint::{Endpoint, Guarded, for_people, for_programs};
use crate::web::permission::Permission;

pub const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");
const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

pub struct Answer {
    pub status: u16,
    headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: impl AsRef<str>) -> &str {
        self.headers
            .get(name.as_ref())
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The cookie as the browser would send it back.
    pub fn cookie(&self) -> (&'static str, String) {
        (
            "cookie",
            self.header(SET_COOKIE).split(';').next().unwrap().to_owned(),
        )
    }
}

async fn whoami(principal: Principal, body: web::Bytes) -> String {
    format!("{} {}", principal.actor(), String::from_utf8_lossy(&body))
}

fn guarded(address: Guarded) -> actix_web::Resource {
    let address = address
        .get(Permission::ReadCatalog, whoami)
        .post(Permission::WriteCatalog, whoami);
    Endpoint::from(address).into_resource()
}

/// One request to a shop whose guarded routes answer who was let through and with what body.
pub async fn send(shop: &Shop, request: TestRequest) -> Answer {
    let app = App::new()
        .app_data(web::Data::new(shop.accounts.clone()))
        .configure(|config| {
            for endpoint in routes::endpoints() {
                config.service(endpoint.into_resource());
            }
        })
        .service(guarded(for_people("/admin/products", &[])).wrap(from_fn(guard::pages)))
        .service(guarded(for_programs("/api/admin/products", &[])).wrap(from_fn(guard::api)))
        .service(
            web::resource("/unsaid")
                .wrap(from_fn(guard::api))
                .route(web::get().to(whoami)),
        )
        .service(web::resource("/forgotten").route(web::get().to(whoami)));
    let response = call_service(&init_service(app).await, request.to_request()).await;
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: String::from_utf8_lossy(&read_body(response).await).into_owned(),
    }
}

pub fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

pub fn post(path: &str, body: &str) -> TestRequest {
    TestRequest::post()
        .uri(path)
        .insert_header(FORM)
        .set_payload(body.to_owned())
}

pub fn cookie(signed_in: &SignedIn) -> (&'static str, String) {
    ("cookie", format!("vitrine_sid={}", signed_in.token.expose()))
}

fn bearer(key: &crate::accounts::NewApiKey) -> (&'static str, String) {
    ("authorization", format!("Bearer {}", key.secret.expose()))
}

#[actix_web::test]
async fn v3_5_1_another_site_cannot_sign_in_set_up_or_post_a_form() {
    let (shop, signed_in) = Shop::with_owner().await;
    let right = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
    let with_token = format!("name=x&csrf_token={}", signed_in.csrf_token.expose());
    for request in [
        post("/login", &right),
        post("/login", &right).insert_header(CROSS),
        post("/login", &right).insert_header(("origin", "https://evil.example")),
        post("/admin/setup", "token=x&name=x&email=x&password=x").insert_header(CROSS),
        post("/logout", &with_token)
            .insert_header(cookie(&signed_in))
            .insert_header(CROSS),
        post("/admin/products", &with_token)
            .insert_header(cookie(&signed_in))
            .insert_header(CROSS),
        post("/admin/products", "name=lure").insert_header(CROSS),
    ] {
        let answer = send(&shop, request).await;
        assert_eq!(answer.status, 403, "{}", answer.body);
        assert_eq!(answer.header(SET_COOKIE), "");
    }
}

#[actix_web::test]
async fn calls_are_let_in_by_key_or_by_session_with_token() {
    let (shop, signed_in) = Shop::with_owner().await;
    let key = shop.key("catalog:write").await;
    let token = ("x-csrf-token", signed_in.csrf_token.expose());
    let call = || TestRequest::post().uri("/api/admin/products").set_payload("{}");
    let read = || get("/api/admin/products");
    let unknown = ("authorization", format!("Bearer vk_{}", "A".repeat(43)));
    for (case, request, status, code) in [
        ("nothing", call(), 401, ""),
        ("key", call().insert_header(bearer(&key)), 200, "key:1 {}"),
        (
            "key, from a browser",
            call().insert_header(bearer(&key)).insert_header(CROSS),
            200,
            "key:1 {}",
        ),
        ("unknown key", call().insert_header(unknown), 401, ""),
        (
            "malformed key",
            read().insert_header(("authorization", "Bearer vk_x")),
            401,
            "",
        ),
        (
            "basic",
            read().insert_header(("authorization", "Basic YTpi")),
            401,
            "",
        ),
        (
            "session behind a proxy with a password",
            read()
                .insert_header(cookie(&signed_in))
                .insert_header(("authorization", "Basic YTpi")),
            200,
            "user:1 ",
        ),
        (
            "key in the address",
            get("/api/admin/products?access_token=vk_x"),
            401,
            "",
        ),
        (
            "both",
            read()
                .insert_header(bearer(&key))
                .insert_header(cookie(&signed_in)),
            400,
            "",
        ),
        (
            "session",
            read().insert_header(cookie(&signed_in)),
            200,
            "user:1 ",
        ),
        (
            "session without token",
            call().insert_header(cookie(&signed_in)).insert_header(OWN),
            403,
            "",
        ),
        (
            "session with token",
            call()
                .insert_header(cookie(&signed_in))
                .insert_header(OWN)
                .insert_header(token),
            200,
            "user:1 {}",
        ),
        (
            "token, other site",
            call()
                .insert_header(cookie(&signed_in))
                .insert_header(CROSS)
                .insert_header(token),
            403,
            "",
        ),
    ] {
        let answer = send(&shop, request).await;
        assert_eq!(answer.status, status, "{case}");
        assert_eq!(answer.header(CACHE_CONTROL), "private, no-store", "{case}");
        assert!(answer.body.starts_with(code), "{case}: {}", answer.body);
    }
}

#[actix_web::test]
async fn a_key_opens_no_page_and_a_route_without_a_guard_is_shut() {
    let (shop, signed_in) = Shop::with_owner().await;
    let key = shop.key("admin").await;
    assert_eq!(
        send(&shop, get("/admin/products").insert_header(bearer(&key)))
            .await
            .status,
        303
    );
    assert_eq!(
        send(&shop, get("/forgotten").insert_header(cookie(&signed_in)))
            .await
            .status,
        401
    );
    let key = bearer(&shop.key("admin").await);
    let answer = send(&shop, get("/unsaid").insert_header(key)).await;
    assert_eq!(
        answer.status, 500,
        "an address that does not say what it asks is shut"
    );
}

#[actix_web::test]
async fn a_role_opens_what_it_permits_and_nothing_else() {
    let (shop, _) = Shop::with_owner().await;
    for (role, reads, writes) in [
        (Role::Submitter, 403, 403),
        (Role::Reviewer, 200, 403),
        (Role::Editor, 200, 200),
        (Role::Owner, 200, 200),
    ] {
        let signed_in = shop.signed_in_as(role).await;
        let session = cookie(&signed_in);
        let token = signed_in.csrf_token.expose();
        for address in ["/admin/products", "/api/admin/products"] {
            let read = send(&shop, get(address).insert_header(session.clone())).await;
            let write = post(address, "")
                .insert_header(session.clone())
                .insert_header(OWN);
            let write = send(&shop, write.insert_header(("x-csrf-token", token))).await;
            assert_eq!((read.status, write.status), (reads, writes), "{role} {address}");
        }
    }
}

#[actix_web::test]
async fn a_form_beyond_the_limit_is_refused() {
    let (shop, signed_in) = Shop::with_owner().await;
    let form = format!("name={}", "x".repeat(shop.accounts.site().max_body));
    let answer = send(
        &shop,
        post("/admin/products", &form)
            .insert_header(OWN)
            .insert_header(cookie(&signed_in)),
    )
    .await;
    assert_eq!(answer.status, 413);
}
