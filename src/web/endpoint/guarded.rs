//! Addresses behind a guard. A handler cannot be added without saying what it asks of its caller.

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder};

use super::{Access, Endpoint, at};
use crate::config::Feature;
use crate::web::openapi::Operation;
use crate::web::permission::Requirement;

/// An address with a guard in front, whose methods each say what they ask of the caller.
pub struct Guarded(Endpoint);

/// A page for signed-in people.
pub fn for_people(pattern: &'static str, needs: &'static [Feature]) -> Guarded {
    guarded(Access::People, pattern, needs)
}

/// For signed-in people and for programs with a key.
pub fn for_programs(pattern: &'static str, needs: &'static [Feature]) -> Guarded {
    guarded(Access::Programs, pattern, needs)
}

fn guarded(access: Access, pattern: &'static str, needs: &'static [Feature]) -> Guarded {
    Guarded(Endpoint {
        access,
        ..at(pattern, needs)
    })
}

impl Guarded {
    /// HEAD comes with it.
    pub fn get<F, Args>(self, asks: impl Into<Requirement>, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let asks = asks.into();
        self.on(Method::GET, asks, handler.clone())
            .on(Method::HEAD, asks, handler)
    }

    pub fn post<F, Args>(self, asks: impl Into<Requirement>, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::POST, asks.into(), handler)
    }

    pub fn put<F, Args>(self, asks: impl Into<Requirement>, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::PUT, asks.into(), handler)
    }

    pub fn patch<F, Args>(self, asks: impl Into<Requirement>, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::PATCH, asks.into(), handler)
    }

    pub fn delete<F, Args>(self, asks: impl Into<Requirement>, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::DELETE, asks.into(), handler)
    }

    /// Describes the method that was added last, for the document of the API.
    pub fn described(self, operation: fn() -> Operation) -> Self {
        Self(self.0.described(operation))
    }

    fn on<F, Args>(mut self, method: Method, asks: Requirement, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.0.requirements.add(method.clone(), asks);
        Self(self.0.on(method, handler))
    }
}

impl From<Guarded> for Endpoint {
    fn from(Guarded(endpoint): Guarded) -> Self {
        endpoint
    }
}
