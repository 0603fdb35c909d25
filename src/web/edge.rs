//! The outermost layer of every request: it gets an id, is counted and timed, and leaves at most one line in the log.
//!
//! The log names the route's pattern, never the address itself: addresses hold search words and one-time tokens.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};
use tracing::Instrument;

use super::client::{REQUEST_ID, RequestId};
use crate::error::Error;
use crate::metrics::Metrics;

/// Requests that no route matches share one label, so that random addresses make no new series.
const UNMATCHED: &str = "unmatched";

pub async fn observe(
    metrics: web::Data<Metrics>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let active = metrics.request_started();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let method = label(request.method());
    // The span is at the highest level so that a line of any level carries the id.
    let span = tracing::error_span!("request", request_id = id.as_str());
    let response = next.call(request).instrument(span.clone()).await?;
    let mut response = response.map_into_boxed_body();
    drop(active);

    let route: Arc<str> = response
        .request()
        .match_pattern()
        .map_or_else(|| UNMATCHED.into(), Into::into);
    let seconds = started.elapsed().as_secs_f64();
    span.in_scope(|| log(&response, method, &route, seconds));
    metrics.observe_request(route, method, response.status().as_u16(), seconds);
    response.headers_mut().insert(REQUEST_ID, id.into_header());
    Ok(response)
}

/// The methods there are; whatever else is sent counts as one.
pub fn label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "CONNECT" => "CONNECT",
        _ => "_OTHER",
    }
}

fn log(response: &ServiceResponse, method: &str, route: &str, seconds: f64) {
    let status = response.status().as_u16();
    let duration_ms = (seconds * 1e6).round() / 1e3;
    let error = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Error>());
    // A caller's mistake may quote what the caller sent; its sentence goes to the caller only.
    let cause = match error {
        Some(error) if status >= 500 => error.chain(),
        Some(error) => error.code().to_owned(),
        None => String::new(),
    };
    // A page that says "not now" by itself, as the sign-in does, is no fault, and anybody could fill the log with it.
    let silent = if status >= 500 && status != 503 {
        tracing::Level::ERROR
    } else {
        tracing::Level::DEBUG
    };
    match error.map_or(silent, Error::level) {
        tracing::Level::ERROR => tracing::error!(method, route, status, duration_ms, cause, "request failed"),
        tracing::Level::WARN => tracing::warn!(method, route, status, duration_ms, cause, "request failed"),
        tracing::Level::INFO => tracing::info!(method, route, status, duration_ms, cause, "request refused"),
        _ => tracing::debug!(method, route, status, duration_ms, cause, "request answered"),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};

    use super::*;

    #[actix_web::test]
    async fn random_addresses_and_methods_add_one_series_each_and_no_more() {
        let metrics = Metrics::new();
        let app = App::new()
            .app_data(web::Data::new(metrics.clone()))
            .wrap(from_fn(observe));
        let app = init_service(app.route("/things/{id}", web::get().to(|| async { "found" }))).await;
        for number in 0..100 {
            call_service(
                &app,
                TestRequest::with_uri(&format!("/things/{number}")).to_request(),
            )
            .await;
            call_service(
                &app,
                TestRequest::with_uri(&format!("/random-{number}")).to_request(),
            )
            .await;
            let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
            call_service(
                &app,
                TestRequest::with_uri("/nowhere").method(method).to_request(),
            )
            .await;
        }
        let text = metrics.render().unwrap();
        let counts: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("http_server_request_duration_seconds_count"))
            .collect();
        assert_eq!(counts.len(), 3, "{counts:#?}");
        assert!(
            counts
                .iter()
                .any(|line| line.contains("/things/{id}") && line.ends_with(" 100")),
            "{counts:#?}"
        );
        assert!(
            counts
                .iter()
                .any(|line| line.contains("_OTHER") && line.ends_with(" 100")),
            "{counts:#?}"
        );
    }

    #[actix_web::test]
    async fn the_request_id_is_sent_back() {
        let app = App::new()
            .app_data(web::Data::new(Metrics::new()))
            .wrap(from_fn(observe));
        let app = init_service(app).await;
        let request = TestRequest::default()
            .insert_header((REQUEST_ID, "my-own-id-1"))
            .to_request();
        let response = call_service(&app, request).await;
        assert_eq!(response.headers().get(REQUEST_ID).unwrap(), "my-own-id-1");
    }
}
