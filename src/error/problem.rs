//! The body of an error answer as RFC 9457 describes it.
//!
//! `type` is `about:blank`, so `title` is the phrase of the status; what distinguishes two faults of one status is
//! the extension member `code`. An address under `type` would promise a document that nobody can open.

use actix_web::http::header::{ALLOW, ETAG, HeaderValue, RETRY_AFTER};
use actix_web::http::{StatusCode, header::HeaderMap};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use super::{Error, FieldError, ThreeWay};

/// `instance` and `request_id` are filled where the answer is made, because only that place knows the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub r#type: &'static str,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub instance: String,
    pub code: &'static str,
    pub request_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge: Option<MergeAsked>,
}

/// What has to be decided before an undo: send the version and a decision for each field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MergeAsked {
    pub version: i32,
    pub fields: Vec<ThreeWay>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            title: title(status),
            status: status.as_u16(),
            detail: detail.into(),
            instance: String::new(),
            code,
            request_id: String::new(),
            errors: Vec::new(),
            merge: None,
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let mut problem = Self::new(error.status(), error.code(), error.to_string());
        if let Error::Invalid(fields) = error {
            problem.detail = match fields.len() {
                1 => "One field cannot be accepted.".to_owned(),
                count => format!("{count} fields cannot be accepted."),
            };
            problem.errors.clone_from(fields);
        }
        if let Error::MovedOn { version, fields } = error {
            problem.merge = Some(MergeAsked {
                version: *version,
                fields: fields.clone(),
            });
        }
        problem
    }
}

/// RFC 9110 renamed 413 and 422; the http crate still has the older phrases.
fn title(status: StatusCode) -> String {
    match status.as_u16() {
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        _ => status.canonical_reason().unwrap_or("Error"),
    }
    .to_owned()
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Status, headers and the problem in the extensions; `web::problem` writes the body that the caller can read.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status());
        add_headers(self, response.headers_mut());
        response.extensions_mut().insert(Problem::from(self));
        response
    }
}

/// A fail-over takes seconds, not milliseconds.
const READ_ONLY_RETRY_S: u32 = 5;

fn add_headers(error: &Error, headers: &mut HeaderMap) {
    match error {
        Error::MethodNotAllowed { allow } => {
            if let Ok(value) = HeaderValue::from_str(allow) {
                headers.insert(ALLOW, value);
            }
        }
        Error::VersionMismatch { current } => {
            if let Ok(value) = HeaderValue::from_str(&format!("\"v{current}\"")) {
                headers.insert(ETAG, value);
            }
        }
        Error::TooManyRequests { retry_after_s }
        | Error::Overloaded { retry_after_s }
        | Error::Unavailable { retry_after_s, .. } => {
            headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
        }
        Error::ReadOnly => {
            headers.insert(RETRY_AFTER, HeaderValue::from(READ_ONLY_RETRY_S));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_version_answers_with_the_current_etag() {
        let response = Error::VersionMismatch { current: 7 }.error_response();
        assert_eq!(response.status(), 412);
        assert_eq!(response.headers().get(ETAG).unwrap(), "\"v7\"");
    }

    #[test]
    fn field_errors_keep_pointer_code_and_detail() {
        let problem = Problem::from(&Error::field("/price", "required", "Give it a price."));
        let json = serde_json::to_value(problem).unwrap();
        assert_eq!(json["errors"][0]["pointer"], "/price");
        assert_eq!(json["title"], "Unprocessable Content");
        assert_eq!(json["code"], "invalid_fields");
    }
}
