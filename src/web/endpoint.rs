//! An address with the methods it answers to, who may use it, and the features without which it does not exist.
//!
//! All of them stand in one list (`startup::endpoints`): the server is built from it, `vitrine routes` prints it and the
//! tests walk it, so none of the three can disagree. What programs may ask carries its description (`web::openapi`).
//!
//! An address is open ([`at`]) or guarded ([`for_people`], [`for_programs`]). A handler of a guarded one cannot be added
//! without saying what it asks of its caller. Must not know any handler.

mod guarded;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, CACHE_CONTROL};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, guard, web};

use crate::config::{Feature, Features};
use crate::error::Error;
use crate::web::extract::is_among;
use crate::web::openapi::Operation;
use crate::web::permission::{Requirement, Requirements};

pub use guarded::{Guarded, for_people, for_programs};

/// Who comes through to the handlers of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Everybody,
    /// Signed-in people; others are sent to the sign-in page.
    People,
    /// Signed-in people and programs with a key; others are answered 401.
    Programs,
}

impl Access {
    pub fn name(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::People => "people",
            Self::Programs => "programs",
        }
    }
}

/// Whether answers are kept for others, and the parameters that tell them apart; `attr.*` stands for every name that
/// begins so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Other parameters change nothing, such as those that newsletters add to links.
    Ignoring(Parameters),
    /// Other parameters are refused.
    Refusing(Parameters),
}

/// Groups of names.
pub type Parameters = &'static [&'static [&'static str]];

impl Kept {
    pub fn knows(&self, name: &str) -> bool {
        let (Kept::Ignoring(known) | Kept::Refusing(known)) = self;
        known.iter().any(|names| is_among(name, names))
    }
}

pub struct Endpoint {
    pub pattern: &'static str,
    /// `None`: each answer is made anew.
    pub kept: Option<Kept>,
    /// All of these have to be on.
    pub needs: &'static [Feature],
    pub access: Access,
    methods: Vec<Method>,
    requirements: Requirements,
    operations: Vec<(Method, fn() -> Operation)>,
    resource: Resource,
}

/// An address for everybody that nothing answers to yet.
pub fn at(pattern: &'static str, needs: &'static [Feature]) -> Endpoint {
    Endpoint {
        pattern,
        kept: None,
        needs,
        access: Access::Everybody,
        methods: Vec::new(),
        requirements: Requirements::default(),
        operations: Vec::new(),
        resource: web::resource(pattern),
    }
}

impl Endpoint {
    pub fn kept(self, kept: Kept) -> Self {
        Self {
            kept: Some(kept),
            ..self
        }
    }

    /// HEAD comes with it.
    pub fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::GET, handler.clone()).on(Method::HEAD, handler)
    }

    pub fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::POST, handler)
    }

    pub fn put<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::PUT, handler)
    }

    pub fn patch<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::PATCH, handler)
    }

    pub fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::DELETE, handler)
    }

    /// Describes the method that was added last, for the document of the API.
    pub fn described(mut self, operation: fn() -> Operation) -> Self {
        let latest = self.methods.iter().rfind(|method| **method != Method::HEAD);
        if let Some(method) = latest {
            self.operations.push((method.clone(), operation));
        }
        self
    }

    pub fn is_on(&self, features: &Features) -> bool {
        features.has_all(self.needs)
    }

    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        self.methods.iter()
    }

    /// What a method asks of its caller; `None` where no guard stands.
    pub fn asks(&self, method: &Method) -> Option<Requirement> {
        self.requirements.of(method)
    }

    /// The methods that are described, with their descriptions.
    pub fn operations(&self) -> impl Iterator<Item = (&Method, Operation)> {
        self.operations
            .iter()
            .map(|(method, operation)| (method, operation()))
    }

    /// What the server registers: the handlers, OPTIONS, and 405 with `Allow` for every other method.
    pub fn into_resource(self) -> Resource {
        let allow = self
            .methods
            .iter()
            .map(Method::as_str)
            .chain(["OPTIONS"])
            .collect::<Vec<_>>()
            .join(", ");
        let options = allow.clone();
        self.resource
            // Read by the guard, which lets nobody through where it is missing.
            .app_data(self.requirements)
            .route(web::method(Method::OPTIONS).to(move || {
                let mut response = HttpResponse::NoContent();
                response
                    .insert_header((ALLOW, options.clone()))
                    .insert_header((CACHE_CONTROL, "no-store"));
                async move { response.finish() }
            }))
            .default_service(web::to(move || {
                let allow = allow.clone();
                async move { Err::<HttpResponse, _>(Error::MethodNotAllowed { allow }) }
            }))
    }

    fn on<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push(method.clone());
        let route = web::route().guard(guard::Method(method)).to(handler);
        Self {
            resource: self.resource.route(route),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, ResponseError};

    use super::*;

    async fn found() -> &'static str {
        "found"
    }

    #[actix_web::test]
    async fn an_address_answers_to_its_methods_and_names_them_to_any_other() {
        let endpoint = at("/things/{id}", &[Feature::Catalog]).get(found).put(found);
        let app = init_service(App::new().service(endpoint.into_resource())).await;
        for (method, status) in [
            (Method::GET, StatusCode::OK),
            (Method::HEAD, StatusCode::OK),
            (Method::PUT, StatusCode::OK),
            (Method::OPTIONS, StatusCode::NO_CONTENT),
            (Method::POST, StatusCode::METHOD_NOT_ALLOWED),
            (Method::TRACE, StatusCode::METHOD_NOT_ALLOWED),
            (
                Method::from_bytes(b"BREW").unwrap(),
                StatusCode::METHOD_NOT_ALLOWED,
            ),
        ] {
            let request = TestRequest::with_uri("/things/7")
                .method(method.clone())
                .to_request();
            let response = call_service(&app, request).await;
            assert_eq!(response.status(), status, "{method}");
            if status != StatusCode::OK {
                assert_eq!(
                    response.headers().get(ALLOW).unwrap(),
                    "GET, HEAD, PUT, OPTIONS",
                    "{method}"
                );
            }
        }
    }

    #[test]
    fn a_method_that_is_not_allowed_has_its_own_problem() {
        let error = Error::MethodNotAllowed {
            allow: "GET".to_owned(),
        };
        assert_eq!(error.status_code(), 405);
    }
}
