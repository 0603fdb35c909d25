//! The outermost layer: what is kept and valid is sent before anything else looks at the request. Must not make answers.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use futures_util::future::{Either, Ready, ready};

use super::memory::Memory;

/// Answers from memory, or passes on.
#[derive(Clone)]
pub struct Hits(pub Option<Arc<Memory>>);

impl<S> Transform<S, ServiceRequest> for Hits
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    type Transform = HitsService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let memory = self.0.clone();
        ready(Ok(HitsService { memory, inner }))
    }
}

pub struct HitsService<S> {
    memory: Option<Arc<Memory>>,
    inner: S,
}

impl<S> Service<ServiceRequest> for HitsService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    // No future has to be put on the heap.
    type Future = Either<Ready<Result<Self::Response, Self::Error>>, S::Future>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let hit = self.memory.as_ref().and_then(|memory| {
            let target = request.uri().path_and_query()?.as_str();
            memory.hit(target, request.method(), request.headers())
        });
        match hit {
            Some(response) => Either::Left(ready(Ok(request.into_response(response)))),
            None => Either::Right(self.inner.call(request)),
        }
    }
}
