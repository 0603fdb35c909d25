use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::http::header::{ALLOW, LOCATION, RETRY_AFTER};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};

use super::*;
use crate::error::FieldError;
use crate::web::edge;
use crate::web::endpoint::at;
use crate::web::site::tests::site;

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
    metrics: Metrics,
}

impl Answer {
    fn header(&self, name: impl actix_web::http::header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn fail() -> Result<Reply> {
    Err(Error::Invalid(vec![FieldError::new(
        "/price",
        "required",
        "Give it a price.",
    )]))
}

async fn sulk() -> Result<Reply> {
    Err(Error::unavailable(
        "database",
        "mysql://shop:secret@db/shop is away",
    ))
}

async fn panics() -> Result<Reply> {
    panic!("secret of the handler")
}

async fn keep_out() -> Result<Reply> {
    Err(Error::Unauthenticated {
        detail: "Sign in first.".to_owned(),
    })
}

async fn own_form() -> HttpResponse {
    HttpResponse::UnprocessableEntity().body("the form with its faults")
}

async fn read_body(body: web::Json<serde_json::Value>) -> HttpResponse {
    HttpResponse::Ok().json(body.into_inner())
}

async fn ask(request: TestRequest) -> Answer {
    let metrics = Metrics::new();
    let mut app = App::new()
        .app_data(web::Data::new(site(None)))
        .app_data(web::Data::new(metrics.clone()))
        .wrap(from_fn(render))
        .wrap(from_fn(edge::observe));
    for endpoint in [
        at("/api/v1/fail", &[]).get(fail),
        at("/fail", &[]).get(fail),
        at("/sulk", &[]).get(sulk),
        at("/api/v1/panic", &[]).get(panics),
        at("/panic", &[]).get(panics),
        at("/api/v1/private", &[]).get(keep_out),
        at("/form", &[]).get(own_form),
        at("/api/v1/body", &[]).post(read_body),
    ] {
        app = app.service(endpoint.into_resource().wrap(from_fn(catch_panic)));
    }
    let app = init_service(app.default_service(web::to(nowhere))).await;
    let response = call_service(
        &app,
        request
            .insert_header(("x-request-id", "test-request-1"))
            .to_request(),
    )
    .await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = to_bytes(response.into_body()).await.unwrap_or_default();
    Answer {
        status,
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
        metrics,
    }
}

#[actix_web::test]
async fn the_api_answers_with_a_problem_that_names_the_request() {
    let answer = ask(TestRequest::with_uri("/api/v1/fail").insert_header((ACCEPT, "text/html"))).await;
    let expected = serde_json::json!({
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "One field cannot be accepted.",
        "instance": "/api/v1/fail",
        "code": "invalid_fields",
        "request_id": "test-request-1",
        "errors": [{"pointer": "/price", "code": "required", "detail": "Give it a price."}],
    });
    assert_eq!((answer.status, answer.json()), (422, expected));
    assert_eq!(answer.header(CONTENT_TYPE), "application/problem+json");
    assert_eq!(answer.header(CACHE_CONTROL), "no-store");
}

#[actix_web::test]
async fn pages_answer_with_a_page_unless_the_client_takes_none() {
    for (accept, html) in [
        (None, true),
        (Some("text/html,application/xhtml+xml;q=0.9"), true),
        (Some("*/*"), true),
        (Some("application/json"), false),
        (Some("application/json, text/html;q=0"), false),
        (Some("image/webp"), false),
    ] {
        let mut request = TestRequest::with_uri("/fail");
        if let Some(accept) = accept {
            request = request.insert_header((ACCEPT, accept));
        }
        let answer = ask(request).await;
        assert_eq!(
            answer.header(CONTENT_TYPE).starts_with("text/html"),
            html,
            "{accept:?}"
        );
        assert_eq!(answer.header(VARY), "Accept");
    }
}

#[actix_web::test]
async fn a_panic_is_a_500_that_keeps_its_message_to_itself() {
    for uri in ["/api/v1/panic", "/panic"] {
        let answer = ask(TestRequest::with_uri(uri)).await;
        assert_eq!(answer.status, 500, "{uri}");
        assert!(
            answer.body.contains("test-request-1") && !answer.body.contains("secret"),
            "{uri}"
        );
        assert!(answer.metrics.render().unwrap().contains("panics_total 1"));
    }
}

#[actix_web::test]
async fn a_neighbour_that_is_away_is_a_503_with_a_time_to_try_again() {
    let answer = ask(TestRequest::with_uri("/sulk").insert_header((ACCEPT, "application/json"))).await;
    assert_eq!((answer.status, answer.header(RETRY_AFTER)), (503, "1"));
    assert!(!answer.body.contains("secret"));
}

#[actix_web::test]
async fn answers_of_the_server_library_are_problems_too() {
    for (request, status, code) in [
        (TestRequest::with_uri("/api/v1/nothing"), 404, "not_found"),
        (
            TestRequest::with_uri("/api/v1/fail").method(Method::TRACE),
            405,
            "method_not_allowed",
        ),
        (
            TestRequest::with_uri("/api/v1/body")
                .method(Method::POST)
                .set_payload("{"),
            400,
            "bad_request",
        ),
        (TestRequest::with_uri("/api/v1/private"), 401, "unauthenticated"),
    ] {
        let answer = ask(request).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (status, Some(code))
        );
        assert_eq!(answer.header(ALLOW).is_empty(), status != 405);
        assert_eq!(
            answer.header(WWW_AUTHENTICATE),
            if status == 401 { "Bearer" } else { "" }
        );
    }
}

#[actix_web::test]
async fn a_refusal_that_a_handler_wrote_itself_is_left_alone() {
    let answer = ask(TestRequest::with_uri("/form")).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (422, "the form with its faults")
    );
}

#[actix_web::test]
async fn a_slash_too_many_leads_to_the_address_without_it_and_nowhere_else() {
    for (uri, location) in [
        ("/products/", Some("/products")),
        ("/products/?q=a", Some("/products?q=a")),
        ("/products//", Some("/products")),
        ("//evil.example/", None),
        ("/a//b/", None),
        ("/api/v1/products/", None),
        ("/nothing", None),
    ] {
        let answer = ask(TestRequest::with_uri(uri)).await;
        let expected = location.map_or((404, ""), |location| (301, location));
        assert_eq!((answer.status, answer.header(LOCATION)), expected, "{uri}");
    }
}
