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
    warming_up: Arc<AtomicBool>,
    draining: Arc<AtomicBool>,
    told: Vec<Told>,
}

/// A part that can be served without, and how it is.
type Told = (&'static str, Arc<dyn Fn() -> &'static str + Send + Sync>);

impl Health {
    pub fn new(db: Router, metrics: Metrics) -> Self {
        Self {
            db,
            metrics,
            warming_up: Arc::default(),
            draining: Arc::default(),
            told: Vec::new(),
        }
    }

    /// Has a part told of that nobody has to wait for.
    pub fn tell(&mut self, name: &'static str, how: impl Fn() -> &'static str + Send + Sync + 'static) {
        self.told.push((name, Arc::new(how)));
    }

    /// Until this is called with `false`, the process says that it is not ready yet.
    pub fn warm_up(&self, is_going_on: bool) {
        self.warming_up.store(is_going_on, Ordering::Relaxed);
    }

    /// From now on this process says that it wants no more requests.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    async fn checks(&self) -> Checks {
        let answer = tokio::time::timeout(PATIENCE, self.db.ping()).await;
        Checks {
            database: matches!(answer, Ok(Ok(()))),
            kept_answers: self.metrics.cache().entries() > 0,
            warmed_up: !self.warming_up.load(Ordering::Relaxed),
            not_draining: !self.draining.load(Ordering::Relaxed),
        }
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

/// What decides whether the process can serve.
#[derive(Debug, Clone, Copy)]
struct Checks {
    database: bool,
    /// Without a database these can still be shown.
    kept_answers: bool,
    warmed_up: bool,
    not_draining: bool,
}

impl Checks {
    fn can_serve(self) -> bool {
        self.warmed_up && self.not_draining && (self.database || self.kept_answers)
    }

    fn told(self) -> [(&'static str, &'static str); 4] {
        [
            ("database", verdict(self.database)),
            ("kept_answers", if self.kept_answers { "some" } else { "none" }),
            ("warmed_up", verdict(self.warmed_up)),
            ("not_draining", verdict(self.not_draining)),
        ]
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
    report(&request, true, &[("process", verdict(true))])
}

async fn ready(request: HttpRequest, health: web::Data<Health>) -> HttpResponse {
    let checks = health.checks().await;
    let parts = health.told.iter().map(|(name, how)| (*name, how()));
    let told: Vec<_> = checks.told().into_iter().chain(parts).collect();
    report(&request, checks.can_serve(), &told)
}

async fn metrics(health: web::Data<Health>) -> Result<HttpResponse> {
    health.metrics.set_change_log_seq(health.newest_change().await.0);
    let body = health.metrics.render().map_err(crate::error::Error::internal)?;
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body))
}

fn verdict(fine: bool) -> &'static str {
    if fine { "ok" } else { "failed" }
}

/// 200 or 503, and with `?verbose` a line for each check.
fn report(request: &HttpRequest, fine: bool, checks: &[(&str, &str)]) -> HttpResponse {
    let mut body = String::new();
    if request.query_string() == "verbose" {
        for (name, found) in checks {
            body.push_str(&format!("{name}: {found}\n"));
        }
    }
    body.push_str(verdict(fine));
    body.push('\n');
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

    const FINE: Checks = Checks {
        database: true,
        kept_answers: false,
        warmed_up: true,
        not_draining: true,
    };

    #[actix_web::test]
    async fn a_process_is_ready_while_it_has_something_to_show_and_neither_begins_nor_ends() {
        let away = Checks {
            database: false,
            ..FINE
        };
        let warm = Checks {
            kept_answers: true,
            ..away
        };
        let beginning = Checks {
            warmed_up: false,
            ..FINE
        };
        let ending = Checks {
            not_draining: false,
            ..FINE
        };
        for (uri, checks, status, body) in [
            ("/readyz", FINE, 200, "ok\n"),
            ("/readyz", away, 503, "failed\n"),
            ("/readyz", warm, 200, "ok\n"),
            ("/readyz", beginning, 503, "failed\n"),
            ("/readyz", ending, 503, "failed\n"),
            (
                "/readyz?verbose",
                warm,
                200,
                "database: failed\nkept_answers: some\nwarmed_up: ok\nnot_draining: ok\nok\n",
            ),
            (
                "/readyz?verbose",
                ending,
                503,
                "database: ok\nkept_answers: none\nwarmed_up: ok\nnot_draining: failed\nfailed\n",
            ),
        ] {
            let request = TestRequest::with_uri(uri).to_http_request();
            let response = report(&request, checks.can_serve(), &checks.told());
            assert_eq!(response.status(), status, "{uri}");
            assert_eq!(to_bytes(response.into_body()).await.unwrap(), body);
        }
    }
}
