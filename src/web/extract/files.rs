//! Forms that may bring files along: `multipart/form-data`, or urlencoded where there are none. The body is bounded before
//! it is taken apart. Must not know what a file is.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::{Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::{TryStreamExt, stream};

use super::body::{FormBody, collect};
use super::params::Params;
use crate::error::{Error, Result};
use crate::web::site::Site;

/// What the body is said to be; a form without files is as good.
const EXPECTED: &str = "multipart/form-data";
/// Parts of a form: more than any form of the shop has.
const MOST_PARTS: usize = 500;

/// Bytes of all pairs together: twice what the longest proposal may have.
const MOST_TEXT: usize = 512 * 1024;

/// The pairs of a form, and the files that came with it; a field for a file in which none was chosen is left out.
#[derive(Clone, Debug, Default)]
pub struct FilesForm {
    pub fields: Params,
    pub files: Vec<SentFile>,
}

/// A file as it was sent. What it was called decides nothing.
#[derive(Clone, Debug)]
pub struct SentFile {
    pub field: String,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Whether these headers announce a form with files.
pub fn is_multipart(headers: &HeaderMap) -> bool {
    essence(headers).eq_ignore_ascii_case(EXPECTED)
}

impl FilesForm {
    /// Takes a body apart.
    ///
    /// # Errors
    /// `BadRequest` when it is no such form, or has too many parts.
    pub async fn parse(headers: &HeaderMap, body: Bytes) -> Result<FilesForm> {
        let mut parts = Multipart::new(headers, stream::iter([Ok(body)]));
        let (mut pairs, mut files, mut text) = (Vec::new(), Vec::new(), 0);
        while let Some(mut part) = parts.try_next().await.map_err(refused)? {
            let disposition = part.content_disposition();
            let field = part.name().unwrap_or_default().to_owned();
            let name = disposition.and_then(|disposition| disposition.get_filename().map(str::to_owned));
            let mut bytes = Vec::new();
            while let Some(chunk) = part.try_next().await.map_err(refused)? {
                bytes.extend_from_slice(&chunk);
            }
            text += if name.is_none() { bytes.len() } else { 0 };
            if text > MOST_TEXT {
                return Err(Error::TooLarge {
                    limit_bytes: MOST_TEXT,
                });
            }
            match name {
                Some(name) if name.is_empty() && bytes.is_empty() => {}
                Some(name) => files.push(SentFile { field, name, bytes }),
                None => pairs.push((field, String::from_utf8(bytes).map_err(|_| not_text())?)),
            }
            if pairs.len() + files.len() > MOST_PARTS {
                return Err(Error::bad_request("invalid_form", "The form has too many parts."));
            }
        }
        Ok(FilesForm {
            fields: pairs.into_iter().collect(),
            files,
        })
    }
}

impl FromRequest for FilesForm {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !is_multipart(request.headers()) {
            let form = FormBody::from_request(request, payload);
            return Box::pin(async move {
                Ok(FilesForm {
                    fields: form.await?.0,
                    files: Vec::new(),
                })
            });
        }
        let headers = request.headers().clone();
        let body = upload(request, payload);
        Box::pin(async move { FilesForm::parse(&headers, body.await?.into()).await })
    }
}

/// The body, up to what an upload may have.
fn upload(request: &HttpRequest, payload: &mut Payload) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>>>> {
    let site = request.app_data::<web::Data<Site>>();
    let limit = site.map_or(0, |site| site.max_upload);
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let payload = payload.take();
    Box::pin(async move {
        if announced.is_some_and(|length| length > limit) {
            return Err(Error::TooLarge { limit_bytes: limit });
        }
        collect(payload, limit).await
    })
}

fn essence(headers: &HeaderMap) -> &str {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    sent.unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
}

fn refused(error: MultipartError) -> Error {
    Error::bad_request("invalid_form", format!("The form could not be read: {error}."))
}

fn not_text() -> Error {
    Error::bad_request("invalid_encoding", "A field of the form is not UTF-8.")
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(kind: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        headers
    }

    async fn parse(body: &'static str) -> Result<FilesForm> {
        let headers = headers("multipart/form-data; boundary=x");
        FilesForm::parse(&headers, Bytes::from_static(body.as_bytes())).await
    }

    #[actix_web::test]
    async fn pairs_and_files_are_told_apart_and_an_empty_choice_is_none() {
        let form = parse(
            "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nMoon\r\nlamp\r\n\
             --x\r\nContent-Disposition: form-data; name=\"pictures\"; filename=\"\"\r\n\r\n\r\n\
             --x\r\nContent-Disposition: form-data; name=\"pictures\"; filename=\"../a.png\"\r\n\r\nPNG\r\n--x--\r\n",
        )
        .await
        .unwrap();
        assert_eq!(form.fields.one("name").unwrap(), Some("Moon\r\nlamp"));
        let files: Vec<_> = form
            .files
            .iter()
            .map(|file| (&*file.name, &*file.bytes))
            .collect();
        assert_eq!(files, [("../a.png", &b"PNG"[..])]);
    }

    #[actix_web::test]
    async fn what_ends_early_or_is_no_text_is_refused() {
        for body in [
            "",
            "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nMoon",
            "name=Moon",
        ] {
            let found = parse(body).await.map(|form| form.fields);
            assert_eq!(found.unwrap_err().status(), 400, "{body:?}");
        }
        let body =
            Bytes::from_static(b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--x--\r\n");
        let headers = headers("multipart/form-data; boundary=x");
        assert_eq!(FilesForm::parse(&headers, body).await.unwrap_err().status(), 400);
    }
}
