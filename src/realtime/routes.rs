//! The addresses of live news, and who is let in: everything that can be known before a session begins is looked at here.
//! Must not know what news say.

use std::sync::Arc;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::events;
use super::line::Line;
use super::live::{Audience, Full, Live, Ticket};
use super::protocol::MOST_TOPICS;
use super::session::{self, Start, Warrant};
use crate::config::CorsOrigin;
use crate::db::Tag;
use crate::error::{Error, Result};
use crate::web::client::Household;
use crate::web::extract::Params;
use crate::web::site::Site;

/// Finds out who asks, if anybody in particular.
#[derive(Clone)]
pub struct Doorkeeper(pub Arc<Ask>);

type Ask = dyn Fn(&HttpRequest) -> Option<Warrant> + Send + Sync;

/// Seconds after which a client that found no place may try again.
const RETRY_S: u32 = 5;

/// `GET /ws`
pub async fn socket(
    request: HttpRequest,
    stream: web::Payload,
    live: web::Data<Live>,
    site: web::Data<Site>,
    doorkeeper: web::Data<Doorkeeper>,
    household: Household,
) -> Result<HttpResponse> {
    if !is_handshake(&request) {
        return Err(Error::bad_request(
            "websocket_expected",
            "This address speaks WebSocket (RFC 6455); /events has the same news over HTTP.",
        ));
    }
    let headers = request.headers();
    if headers
        .get(SEC_WEBSOCKET_VERSION)
        .is_none_or(|version| version != "13")
    {
        return Ok(HttpResponse::build(StatusCode::UPGRADE_REQUIRED)
            .insert_header((SEC_WEBSOCKET_VERSION, "13"))
            .finish());
    }
    if !headers
        .get(SEC_WEBSOCKET_KEY)
        .is_some_and(|key| is_key(key.as_bytes()))
    {
        return Err(Error::bad_request(
            "websocket_key",
            "Sec-WebSocket-Key must be 16 bytes in base64.",
        ));
    }
    let sender = Sender::of(&site, headers);
    if sender == Sender::Foreign {
        live.metrics().dropped("foreign_origin");
        return Err(Error::Forbidden {
            code: "cross_site",
            detail: "Pages of other sites may not listen here.".to_owned(),
        });
    }
    let ticket = enter(&live, household)?;
    // Only our own pages speak for the person whose cookie comes along.
    let warrant = (sender == Sender::Own)
        .then(|| (doorkeeper.0)(&request))
        .flatten();
    let start = Start {
        live: live.get_ref().clone(),
        ticket,
        line: request.conn_data::<Line>().cloned(),
        warrant,
    };
    session::open(start, &request, stream)
}

/// `GET /events?topics=products,category:lamps`
pub async fn events(
    request: HttpRequest,
    live: web::Data<Live>,
    household: Household,
) -> Result<HttpResponse> {
    let params = Params::decode(request.query_string())?;
    let tags = topics(&live, params.all("topics"))?;
    // A browser that comes back says where it was; a page says as of when it was made.
    let last = request.headers().get("last-event-id");
    let last = match last {
        Some(last) => last.to_str().ok(),
        None => params.all("since").next(),
    };
    let seen =
        match last.filter(|last| !last.is_empty()) {
            None => None,
            Some(id) => Some(events::read_id(id).ok_or_else(|| {
                Error::bad_request("event_id", "since is the id of an event, as it was sent.")
            })?),
        };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // nginx would collect them first.
        .insert_header(("x-accel-buffering", "no"));
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    let ticket = enter(&live, household)?;
    let line = request.conn_data::<Line>().cloned();
    let live = live.get_ref().clone();
    Ok(response.streaming(events::stream(live, ticket, line, &tags, seen)))
}

/// Topics that everybody may watch, from a list with commas or several parameters.
fn topics<'a>(live: &Live, given: impl Iterator<Item = &'a str>) -> Result<Vec<Tag>> {
    let names = given.flat_map(|names| names.split(','));
    let read = |name: &str| match live.read_topic(name) {
        Some((tag, Audience::Everybody)) => Ok(tag),
        Some((_, Audience::People(_) | Audience::Oneself(_))) => Err(Error::Forbidden {
            code: "forbidden_topic",
            detail: "This topic is for people who are signed in, over /ws.".to_owned(),
        }),
        None => Err(Error::bad_request(
            "unknown_topic",
            "There is no such topic; /asyncapi.json lists them.",
        )),
    };
    let tags = names.map(read).collect::<Result<Vec<Tag>>>()?;
    if tags.is_empty() || tags.len() > MOST_TOPICS {
        return Err(Error::bad_request(
            "topics",
            format!("Name 1 to {MOST_TOPICS} topics, such as /events?topics=products."),
        ));
    }
    Ok(tags)
}

/// A place inside, if there is one.
fn enter(live: &Live, household: Household) -> Result<Ticket> {
    if !live.is_open() {
        live.metrics().dropped("closing");
        return Err(busy("this node is just starting or ending"));
    }
    live.enter(household).map_err(|full| match full {
        Full::Address => {
            live.metrics().dropped("full_address");
            Error::TooManyRequests {
                retry_after_s: RETRY_S,
            }
        }
        Full::Node => {
            live.metrics().dropped("full_node");
            busy("this node has as many as it takes")
        }
    })
}

fn busy(why: &'static str) -> Error {
    Error::Unavailable {
        what: "live news",
        retry_after_s: RETRY_S,
        source: Some(why.into()),
    }
}

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// A page of this shop.
    Own,
    /// A page of a site that the settings name as one whose scripts may read the public API.
    Allowed,
    /// A program: browsers always say which page it was.
    Program,
    Foreign,
}

impl Sender {
    fn of(site: &Site, headers: &HeaderMap) -> Sender {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let Some(origin) = text(ORIGIN.as_str()) else {
            return Sender::Program;
        };
        if site.owns_origin(origin, text(HOST.as_str()).unwrap_or_default()) {
            return Sender::Own;
        }
        // "Everybody" may read what is public; an open connection is for those whom the owner has named.
        let is_named = |allowed: &CorsOrigin| matches!(allowed, CorsOrigin::Site(site) if site == origin);
        if site.cors_origins.iter().any(is_named) {
            Sender::Allowed
        } else {
            Sender::Foreign
        }
    }
}

fn is_handshake(request: &HttpRequest) -> bool {
    let upgrade = request.headers().get(UPGRADE);
    let to_websocket = upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    request.method() == Method::GET && to_websocket && request.head().upgrade()
}

/// The library takes any.
fn is_key(key: &[u8]) -> bool {
    STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::web::site::tests::site;

    #[test]
    fn pages_of_other_sites_are_known_by_their_origin() {
        let mut named = site(Some("https://shop.example"));
        named.cors_origins = vec![CorsOrigin::Site("https://partner.example".to_owned())];
        let mut open = site(None);
        open.cors_origins = vec![CorsOrigin::Any];
        for (site, origin, sender) in [
            (&named, Some("https://shop.example"), Sender::Own),
            (&named, Some("https://partner.example"), Sender::Allowed),
            (&named, Some("https://evil.example"), Sender::Foreign),
            (&named, Some("https://shop.example.evil"), Sender::Foreign),
            (&named, Some("null"), Sender::Foreign),
            (&named, None, Sender::Program),
            (&open, Some("http://localhost:8080"), Sender::Own),
            (&open, Some("https://evil.example"), Sender::Foreign),
        ] {
            let request = TestRequest::default().insert_header((HOST, "localhost:8080"));
            let request = origin
                .into_iter()
                .fold(request, |request, origin| request.insert_header((ORIGIN, origin)));
            let found = Sender::of(site, request.to_http_request().headers());
            assert_eq!(found, sender, "{origin:?}");
        }
    }

    #[test]
    fn a_key_is_sixteen_bytes() {
        for (key, fine) in [
            ("dGhlIHNhbXBsZSBub25jZQ==", true),
            ("", false),
            ("dGhlIHNhbXBsZQ==", false),
            ("not base64 at all", false),
        ] {
            assert_eq!(is_key(key.as_bytes()), fine, "{key}");
        }
    }
}
