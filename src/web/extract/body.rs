//! Bodies: a JSON object or an urlencoded form, of limited size, that must arrive within a time.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::params::Params;
use crate::error::{Error, Result};
use crate::web::site::Site;

/// A JSON object, and a hash of its bytes that tells a repeat of a request from another one.
#[derive(Clone, Debug)]
pub struct JsonObject {
    pub fields: Map<String, Value>,
    pub fingerprint: String,
}

/// A JSON object that brings a picture along, as base64: it may be as large as an upload.
#[derive(Clone, Debug)]
pub struct UploadObject(pub JsonObject);

/// The pairs of an `application/x-www-form-urlencoded` body.
#[derive(Clone, Debug)]
pub struct FormBody(pub Params);

impl JsonObject {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Error::bad_request("invalid_json", format!("The body is not JSON: {error}.")))?;
        match value {
            Value::Object(fields) => Ok(Self {
                fields,
                fingerprint: hex::encode(Sha256::digest(bytes)),
            }),
            _ => Err(Error::field("", "format", "Send a JSON object.")),
        }
    }
}

impl FormBody {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Error::bad_request("invalid_encoding", "The form is not percent-encoded UTF-8."))?;
        Params::decode(text).map(Self)
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

impl FromRequest for JsonObject {
    type Error = Error;
    type Future = Boxed<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload, "application/json", |site| site.max_body);
        Box::pin(async move { Self::parse(&body.await?) })
    }
}

impl FromRequest for UploadObject {
    type Error = Error;
    type Future = Boxed<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // Base64 writes three bytes as four.
        let limit = |site: &Site| site.max_upload.saturating_mul(4) / 3;
        let body = read(request, payload, "application/json", limit);
        Box::pin(async move { JsonObject::parse(&body.await?).map(Self) })
    }
}

impl FromRequest for FormBody {
    type Error = Error;
    type Future = Boxed<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload, "application/x-www-form-urlencoded", |site| {
            site.max_body
        });
        Box::pin(async move { Self::parse(&body.await?) })
    }
}

fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    expected: &'static str,
    limit: impl Fn(&Site) -> usize,
) -> Boxed<Vec<u8>> {
    let checked = check_type(request.headers(), expected);
    let limit = request
        .app_data::<web::Data<Site>>()
        .map_or(64 * 1024, |site| limit(site));
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let payload = payload.take();
    Box::pin(async move {
        checked?;
        if announced.is_some_and(|length: usize| length > limit) {
            return Err(Error::TooLarge { limit_bytes: limit });
        }
        collect(payload, limit).await
    })
}

/// The whole body, or 413 as soon as it exceeds the limit.
pub async fn collect(mut payload: Payload, limit: usize) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(refused)?;
        if body.len() + chunk.len() > limit {
            return Err(Error::TooLarge { limit_bytes: limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn refused(error: PayloadError) -> Error {
    match error {
        PayloadError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Error::RequestTimeout,
        other => Error::bad_request("invalid_body", format!("The body could not be read: {other}.")),
    }
}

/// Parameters such as `charset=utf-8` are fine; both formats are UTF-8 whatever they say.
fn check_type(headers: &HeaderMap, expected: &'static str) -> Result<()> {
    let sent = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(expected) {
        Ok(())
    } else {
        Err(Error::UnsupportedMediaType { expected })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::web::site::tests::site;

    const LIMIT: usize = 64 * 1024;

    async fn json(content_type: &str, body: Vec<u8>) -> Result<JsonObject> {
        let request = TestRequest::post()
            .insert_header((CONTENT_TYPE, content_type))
            .set_payload(body);
        let mut site = site(None);
        site.max_body = LIMIT;
        let (request, mut payload) = request.app_data(web::Data::new(site)).to_http_parts();
        JsonObject::from_request(&request, &mut payload).await
    }

    #[actix_web::test]
    async fn a_json_body_is_an_object_of_limited_size() {
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(LIMIT)).into_bytes();
        let deep = "[".repeat(100_000).into_bytes();
        for (content_type, body, expected) in [
            ("application/json", b"{\"name\":\"Lamp\"}".to_vec(), Ok(1)),
            ("Application/JSON; charset=utf-8", b"{}".to_vec(), Ok(0)),
            ("text/plain", b"{}".to_vec(), Err(415)),
            ("", b"{}".to_vec(), Err(415)),
            ("application/json", b"[]".to_vec(), Err(422)),
            ("application/json", b"{".to_vec(), Err(400)),
            ("application/json", Vec::new(), Err(400)),
            ("application/json", b"{\"name\":\"\xff\"}".to_vec(), Err(400)),
            ("application/json", b"{\"name\":\"\\ud800\"}".to_vec(), Err(400)),
            ("application/json", large, Err(413)),
            ("application/json", deep[..60_000].to_vec(), Err(400)),
        ] {
            let start = String::from_utf8_lossy(&body)
                .chars()
                .take(20)
                .collect::<String>();
            let found = json(content_type, body).await;
            let found = found
                .map(|object| object.fields.len())
                .map_err(|error| error.status().as_u16());
            assert_eq!(found, expected, "{content_type} {start}");
        }
    }

    #[actix_web::test]
    async fn a_form_body_is_decoded() {
        let request = TestRequest::post()
            .insert_header((CONTENT_TYPE, "application/x-www-form-urlencoded"))
            .set_payload("name=Desk+lamp&price=19.99");
        let (request, mut payload) = request.to_http_parts();
        let FormBody(params) = FormBody::from_request(&request, &mut payload).await.unwrap();
        assert_eq!(params.one("name").unwrap(), Some("Desk lamp"));
    }
}
