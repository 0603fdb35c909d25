//! How much is too much: requests of one address or key, and answers that are made at the same time. Whatever is beyond
//! gets a quick answer that says when to come back. Must not know what is asked for.
//!
//! Two places of the server look here. [`Gate`] stands behind the answers from memory, which cost less than counting
//! would. [`make_room`] stands before each handler: there a place is taken for as long as an answer is being made, so who
//! is shown a kept answer or waits for another's load takes none. When all places are taken the gate turns away who would
//! need one, unless something is kept that could be shown instead.

mod class;
mod gate;
mod rate;
mod refusal;
mod room;
mod told;

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, web};

pub use class::Class;
pub use gate::Gate;
use rate::{Rate, Standing, TooMany};
use refusal::{Refusals, Why};
use room::Room;
use told::Told;

use super::client::{Household, peer_of, speaks_for_others};
use super::guard::Headers;
use super::site::Site;
use crate::config::LimitSettings;
use crate::metrics::{LimitMetrics, Metrics, RequestSeries};

/// How requests are called in the metrics that were turned away before they met their address.
pub const ROUTE: &str = "refused";

/// What counts one API key.
const KEY: &str = "key";

/// Whether something is kept under an address, valid or not.
pub type IsKept = dyn Fn(&str) -> bool + Send + Sync;

/// The limits of one process. Cloning is cheap.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    site: Site,
    rates: Vec<(Class, Option<Rate>)>,
    keys: Option<Rate>,
    room: Room,
    page: Duration,
    is_kept: Arc<IsKept>,
    refusals: Refusals,
    metrics: LimitMetrics,
    too_many: RequestSeries,
    overloaded: RequestSeries,
    told: Told,
}

impl Limits {
    pub fn new(
        settings: &LimitSettings,
        site: &Site,
        headers: Headers,
        is_kept: Arc<IsKept>,
        metrics: &Metrics,
    ) -> Self {
        let allowed = |class: Class| match class {
            Class::Pages => settings.pages,
            Class::Api => settings.api,
            Class::Search => settings.search,
            Class::SignIn => settings.sign_in,
            Class::Upload => settings.upload,
            Class::Live => settings.live,
            Class::Owner => settings.owner,
        };
        let series = |status: StatusCode| metrics.request_series(ROUTE.into(), "GET", status.as_u16());
        Self(Arc::new(Inner {
            site: site.clone(),
            rates: Class::ALL
                .map(|class| (class, Rate::per_minute(allowed(class))))
                .into(),
            keys: Rate::per_minute(settings.key),
            room: Room::of(settings.at_once),
            page: Duration::from_secs(settings.page_s),
            is_kept,
            refusals: Refusals::new(site, headers),
            metrics: metrics.limits(),
            too_many: series(StatusCode::TOO_MANY_REQUESTS),
            overloaded: series(StatusCode::SERVICE_UNAVAILABLE),
            told: Told::default(),
        }))
    }

    /// Whether a request may go on, with what an answer tells of it; else why not.
    fn admit(&self, request: &ServiceRequest) -> Result<Option<(Class, Standing)>, Why> {
        let Some(class) = class_of(request) else {
            return Ok(None);
        };
        let decision = self.count(class, request).and_then(|standing| {
            if self.has_no_room(class, request) {
                return Err(Why::Overloaded);
            }
            Ok(standing.map(|standing| (class, standing)))
        });
        decision.inspect_err(|why| self.note(class, *why))
    }

    fn refusal(&self, request: &ServiceRequest, why: Why) -> HttpResponse {
        self.0.refusals.answer(request, why)
    }

    fn count(&self, class: Class, request: &ServiceRequest) -> Result<Option<Standing>, Why> {
        let too_many = |name| move |refused: TooMany| Why::TooMany(name, refused);
        let peer = peer_of(request.peer_addr());
        let Household(household) = Household::of(&self.0.site, peer, request.headers());
        if !self.0.site.trusts(peer) && speaks_for_others(request.headers()) {
            self.0.told.of_proxy(peer, household.is_some());
        }
        let rate = self.0.rates.iter().find(|(known, _)| *known == class);
        let standing = match (household, rate) {
            (Some(household), Some((_, Some(rate)))) => {
                Some(rate.count(household).map_err(too_many(class.name()))?)
            }
            _ => None,
        };
        if let (Some(rate), Some(key)) = (&self.0.keys, key_of(request.headers())) {
            // An address is counted all the same: made-up keys are no way around it.
            rate.count(key).map_err(too_many(KEY))?;
        }
        Ok(standing)
    }

    fn has_no_room(&self, class: Class, request: &ServiceRequest) -> bool {
        self.0.room.is_full() && needs_room(class, request.method()) && {
            let target = request.uri().path_and_query();
            !target.is_some_and(|target| (self.0.is_kept)(target.as_str()))
        }
    }

    fn note(&self, class: Class, why: Why) {
        match why {
            Why::TooMany(name, _) => {
                self.0.metrics.count_limited(name);
                self.0.too_many.observe(0.0);
                self.0.told.of_too_many(name);
            }
            Why::Overloaded => {
                self.0.metrics.count_shed(class.name());
                self.0.overloaded.observe(0.0);
                self.0.told.of_overload(class.name());
            }
        }
    }
}

/// By the path as the addresses are matched against it: what is written as `/%6cogin` is `/login`.
fn class_of(request: &ServiceRequest) -> Option<Class> {
    Class::of(request.method(), request.match_info().as_str(), request.headers())
}

/// Sign-in and the owner's side, bodies and open connections are bounded by themselves: taking places with bodies that
/// never arrive is no way to shut others out.
fn needs_room(class: Class, method: &Method) -> bool {
    class.gives_way() && matches!(*method, Method::GET | Method::HEAD)
}

/// The API key that a request shows, genuine or not.
fn key_of(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| key.trim_ascii())
}

/// In front of a handler: takes a place while it makes an answer to a guest, and gives up when that takes too long.
pub async fn make_room(
    limits: web::Data<Limits>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(class) = class_of(&request).filter(|class| needs_room(*class, request.method())) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let Limits(limits) = limits.get_ref();
    let Some(_place) = limits.room.enter() else {
        limits.metrics.count_shed(class.name());
        limits.told.of_overload(class.name());
        return Ok(request.error_response(refusal::overloaded()));
    };
    let kept = request.request().clone();
    match tokio::time::timeout(limits.page, next.call(request)).await {
        Ok(response) => Ok(response?.map_into_boxed_body()),
        Err(_) => {
            tracing::warn!(
                class = class.name(),
                seconds = limits.page.as_secs(),
                "an answer took too long and was given up"
            );
            let answer = HttpResponse::from_error(refusal::overloaded());
            Ok(ServiceResponse::new(kept, answer))
        }
    }
}

/// Tells a program where it stands, on answers that were counted.
pub fn tell_standing(response: &mut ServiceResponse<BoxBody>) {
    let told = response
        .request()
        .extensions()
        .get::<(Class, Standing)>()
        .copied();
    if let Some((class, standing)) = told.filter(|_| response.request().path().starts_with("/api/")) {
        for (name, value) in refusal::standing(class, standing) {
            response.headers_mut().insert(name, value);
        }
    }
}
