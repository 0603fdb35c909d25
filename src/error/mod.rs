//! One error type for the whole program, sorted by what it means to the caller and not by where it arose.
//!
//! A variant fixes the status, the stable `code` that programs match on, and how loudly the log speaks of it.
//! The answer itself (JSON or a page) is made in one place, `web::problem`; this module must not know pages.
//! Database errors are translated in `error/database.rs` and nowhere else.

mod database;
mod problem;

use std::fmt;

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::Value;

pub use problem::{MergeAsked, Problem};

pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with one field of a body: `pointer` is a JSON pointer (`/price`), `code` is stable
/// (`required`, `too_long`, `out_of_range`, `format`, `unknown`, `taken`), `detail` is a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        }
    }
}

/// A field that an undo would put back: its value before the change, after it, and now. Null is an empty field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ThreeWay {
    pub field: String,
    pub was: Value,
    pub became: Value,
    pub now: Value,
}

impl ThreeWay {
    /// Whether it is no longer as the change left it.
    pub fn moved_on(&self) -> bool {
        self.now != self.became
    }
}

/// Everything that can go wrong, by meaning.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 422: all faults of a body at once.
    #[error("{}", FieldList(.0))]
    Invalid(Vec<FieldError>),
    #[error("{detail}")]
    BadRequest { code: &'static str, detail: String },
    #[error("{detail}")]
    Unauthenticated { detail: String },
    #[error("{detail}")]
    Forbidden { code: &'static str, detail: String },
    #[error("There is no such {what}.")]
    NotFound { what: &'static str },
    #[error("This address answers to {allow} only.")]
    MethodNotAllowed { allow: String },
    /// 421: `Host` names somebody else.
    #[error("{detail}")]
    Misdirected { detail: String },
    /// 408: the body did not arrive in time.
    #[error("The body of the request took too long to arrive.")]
    RequestTimeout,
    #[error("{detail}")]
    Conflict { code: &'static str, detail: String },
    /// 409: what an undo would put back was changed since, so people decide field by field.
    #[error("It was changed since: {}. Decide what stays and what is put back.", FieldNames(.fields))]
    MovedOn { version: i32, fields: Vec<ThreeWay> },
    /// 412: `If-Match` named an older version; the answer carries the current one as ETag.
    #[error("Someone else changed this meanwhile: the current version is {current}.")]
    VersionMismatch { current: i32 },
    #[error("The body is larger than the {limit_bytes} bytes that are accepted here.")]
    TooLarge { limit_bytes: usize },
    #[error("The address is too long.")]
    UriTooLong,
    #[error("Send the body as {expected}, without Content-Encoding.")]
    UnsupportedMediaType { expected: &'static str },
    #[error("This Idempotency-Key was used before with another request.")]
    IdempotencyMismatch,
    #[error("Send If-Match with the ETag of the version that you mean to change.")]
    PreconditionRequired,
    #[error("Too many requests; try again in {retry_after_s} s.")]
    TooManyRequests { retry_after_s: u32 },
    #[error("The {what} does not answer right now.")]
    Unavailable {
        what: &'static str,
        retry_after_s: u32,
        #[source]
        source: Option<BoxError>,
    },
    /// 503: there is more to do than can be done, so nothing was tried.
    #[error("More is asked for than the shop can do right now; try again in {retry_after_s} s.")]
    Overloaded { retry_after_s: u32 },
    /// 503: the primary database is out of service, so nothing was tried.
    #[error(
        "The shop can be read but not changed at the moment: its main database does not answer. Nothing was saved."
    )]
    ReadOnly,
    /// 500: the body says nothing about the cause, the log has the whole chain.
    #[error("Something went wrong on our side.")]
    Internal(#[source] BoxError),
}

impl Error {
    pub fn internal(error: impl Into<BoxError>) -> Self {
        Self::Internal(error.into())
    }

    /// One faulty field; for several collect them and use `Invalid`.
    pub fn field(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::BadRequest {
            code,
            detail: detail.into(),
        }
    }

    /// Refuses a change that is meant for another version than there is.
    pub fn unless_version(current: i32, expected: i32) -> Result<()> {
        if current == expected {
            Ok(())
        } else {
            Err(Self::VersionMismatch { current })
        }
    }

    pub fn unavailable(what: &'static str, source: impl Into<BoxError>) -> Self {
        Self::Unavailable {
            what,
            retry_after_s: 1,
            source: Some(source.into()),
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) | Self::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadRequest { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Misdirected { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict { .. } | Self::MovedOn { .. } => StatusCode::CONFLICT,
            Self::VersionMismatch { .. } => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } | Self::Overloaded { .. } | Self::ReadOnly => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable name of the fault. Programs match on this, never on the sentence.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_fields",
            Self::BadRequest { code, .. } | Self::Forbidden { code, .. } | Self::Conflict { code, .. } => {
                code
            }
            Self::Unauthenticated { .. } => "unauthenticated",
            Self::NotFound { .. } => "not_found",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Misdirected { .. } => "unknown_host",
            Self::RequestTimeout => "request_timeout",
            Self::MovedOn { .. } => "moved_on",
            Self::VersionMismatch { .. } => "version_mismatch",
            Self::TooLarge { .. } => "body_too_large",
            Self::UriTooLong => "uri_too_long",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::IdempotencyMismatch => "idempotency_key_reused",
            Self::PreconditionRequired => "precondition_required",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Unavailable { .. } => "unavailable",
            Self::Overloaded { .. } => "overloaded",
            Self::ReadOnly => "read_only_shop",
            Self::Internal(_) => "internal",
        }
    }

    /// How loudly the log speaks: our own faults are errors, a neighbour's are warnings, the caller's are none of ours.
    pub fn level(&self) -> tracing::Level {
        match self {
            Self::Internal(_) => tracing::Level::ERROR,
            Self::Unavailable { .. } | Self::ReadOnly => tracing::Level::WARN,
            Self::Unauthenticated { .. } | Self::Forbidden { .. } | Self::TooManyRequests { .. } => {
                tracing::Level::INFO
            }
            Self::Invalid(_)
            | Self::BadRequest { .. }
            | Self::NotFound { .. }
            | Self::MethodNotAllowed { .. }
            | Self::Misdirected { .. }
            | Self::RequestTimeout
            | Self::Conflict { .. }
            | Self::MovedOn { .. }
            | Self::VersionMismatch { .. }
            | Self::TooLarge { .. }
            | Self::UriTooLong
            | Self::UnsupportedMediaType { .. }
            | Self::IdempotencyMismatch
            | Self::PreconditionRequired
            // Counted, and told of now and then (`web::limits`): a line for each would be more load.
            | Self::Overloaded { .. } => tracing::Level::DEBUG,
        }
    }

    /// The error and all its causes on one line, for the log and the command line; never for an answer. That something
    /// went wrong on our side is left out: the causes say so.
    pub fn chain(&self) -> String {
        let opaque = matches!(self, Self::Internal(_));
        let mut sentences = if opaque {
            Vec::new()
        } else {
            vec![self.to_string()]
        };
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            sentences.push(error.to_string());
            cause = error.source();
        }
        sentences.join(": ")
    }
}

struct FieldList<'a>(&'a [FieldError]);

impl fmt::Display for FieldList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, field) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { " " };
            write!(
                f,
                "{separator}{}: {}",
                field.pointer.trim_start_matches('/'),
                field.detail
            )?;
        }
        Ok(())
    }
}

/// Of the fields that were changed since, the names.
struct FieldNames<'a>(&'a [ThreeWay]);

impl fmt::Display for FieldNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moved = self.0.iter().filter(|field| field.moved_on());
        let names: Vec<&str> = moved.map(|field| field.field.as_str()).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_an_internal_error_keeps_its_cause_to_itself() {
        let error = Error::internal("password=hunter2 in the way");
        assert!(!error.to_string().contains("hunter2"));
        assert!(error.chain().contains("hunter2"));
        assert_eq!(error.status(), 500);
    }

    #[test]
    fn all_faulty_fields_are_named_in_one_message() {
        let error = Error::Invalid(vec![
            FieldError::new("/price", "format", "Write a price like 19.99."),
            FieldError::new("/name", "required", "Give it a name."),
        ]);
        assert_eq!(
            error.to_string(),
            "price: Write a price like 19.99. name: Give it a name."
        );
        assert_eq!((error.status().as_u16(), error.code()), (422, "invalid_fields"));
    }
}
