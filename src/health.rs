//! Probes and metrics for operators, on a port of their own that the public does not reach.
//!
//! `/livez` asks whether the process answers and nothing else: a database that is away must not get it killed.
//! `/readyz` asks whether it can serve. `/startupz` and `/healthz` are readiness under the names that some probes use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::db::{Router, Seq, changes};
use crate::error::Result;
use crate::metrics::{CONTENT_TYPE, Metrics};

/// A probe that is answered late counts as failed, so the database gets this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the probes look at.
#[derive(Clone)]
pub struct Health {
    db: Router,
    metrics: Metrics,
    draining: Arc<AtomicBool>,
}

impl Health {
    pub fn new(db: Router, metrics: Metrics) -> Self {
        Self {
            db,
            metrics,
            draining: Arc::default(),
        }
    }

    /// From now on this process says that it wants no more requests.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    async fn checks(&self) -> [(&'static str, bool); 2] {
        let answer = tokio::time::timeout(PATIENCE, self.db.ping()).await;
        let readable = matches!(answer, Ok(Ok(())));
        [
            ("database", readable),
            ("not_draining", !self.draining.load(Ordering::Relaxed)),
        ]
    }

    /// The newest change that any node of ours has seen; the databases' own if they can be asked.
    async fn newest_change(&self) -> Seq {
        let known = *self.db.newest().borrow();
        let asked = self
            .db
            .read("change_head", |connection| Ok(changes::head(connection)?.seq));
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(head)) => known.max(Seq(head.value)),
            Ok(Err(_)) | Err(_) => known,
        }
    }
}

/// The routes of the ops port. `with_metrics` is the feature of that name.
pub fn configure(config: &mut web::ServiceConfig, with_metrics: bool) {
    for path in ["/readyz", "/startupz", "/healthz"] {
        config.service(
            web::resource(path)
                .route(web::get().to(ready))
                .route(web::head().to(ready)),
        );
    }
    config.service(
        web::resource("/livez")
            .route(web::get().to(live))
            .route(web::head().to(live)),
    );
    if with_metrics {
        config.service(
            web::resource("/metrics")
                .route(web::get().to(metrics))
                .route(web::head().to(metrics)),
        );
    }
}

async fn live(request: HttpRequest) -> HttpResponse {
    report(&request, &[("process", true)])
}

async fn ready(request: HttpRequest, health: web::Data<Health>) -> HttpResponse {
    report(&request, &health.checks().await)
}

async fn metrics(health: web::Data<Health>) -> Result<HttpResponse> {
    health.metrics.set_change_log_seq(health.newest_change().await.0);
    let body = health.metrics.render().map_err(crate::error::Error::internal)?;
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body))
}

/// 200 or 503, and with `?verbose` a line for each check.
fn report(request: &HttpRequest, checks: &[(&str, bool)]) -> HttpResponse {
    let fine = checks.iter().all(|(_, fine)| *fine);
    let word = |fine: bool| if fine { "ok" } else { "failed" };
    let mut body = String::new();
    if request.query_string() == "verbose" {
        for (name, fine) in checks {
            body.push_str(&format!("{name}: {}\n", word(*fine)));
        }
    }
    body.push_str(&format!("{}\n", word(fine)));
    let mut response = if fine {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response
        .content_type("text/plain; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body)
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn a_failed_check_is_a_503_that_names_it_when_asked() {
        for (uri, checks, status, body) in [
            (
                "/readyz",
                [("database", true), ("not_draining", true)],
                200,
                "ok\n",
            ),
            (
                "/readyz",
                [("database", false), ("not_draining", true)],
                503,
                "failed\n",
            ),
            (
                "/readyz?verbose",
                [("database", true), ("not_draining", false)],
                503,
                "database: ok\nnot_draining: failed\nfailed\n",
            ),
        ] {
            let response = report(&TestRequest::with_uri(uri).to_http_request(), &checks);
            assert_eq!(response.status(), status, "{uri}");
            assert_eq!(to_bytes(response.into_body()).await.unwrap(), body);
        }
    }
}
