//! The layer behind answers from memory: it turns away who asks too often, and who would have to wait too long, before
//! anything else costs time. Must not know what is asked for.

use actix_web::HttpMessage;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use futures_util::future::{Either, Ready, ready};

use super::Limits;

/// Lets in or turns away.
#[derive(Clone)]
pub struct Gate(pub Limits);

impl<S> Transform<S, ServiceRequest> for Gate
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    type Transform = GateService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let limits = self.0.clone();
        ready(Ok(GateService { limits, inner }))
    }
}

pub struct GateService<S> {
    limits: Limits,
    inner: S,
}

impl<S> Service<ServiceRequest> for GateService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    // No future has to be put on the heap.
    type Future = Either<Ready<Result<Self::Response, Self::Error>>, S::Future>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match self.limits.admit(&request) {
            Ok(standing) => {
                if let Some(standing) = standing {
                    request.extensions_mut().insert(standing);
                }
                Either::Right(self.inner.call(request))
            }
            Err(why) => {
                let answer = self.limits.refusal(&request, why);
                Either::Left(ready(Ok(request.into_response(answer))))
            }
        }
    }
}
