//! The addresses by which programs manage webhooks.

use crate::admin::api::webhooks as api;
use crate::admin::operations::webhooks as operations;
use crate::config::Feature;
use crate::web::endpoint::{Endpoint, Guarded, for_programs};
use crate::web::permission::Permission::Administer;

const OWNER_API: &[Feature] = &[Feature::Admin, Feature::Api];

pub fn all() -> impl Iterator<Item = Endpoint> {
    programs().into_iter().map(Endpoint::from)
}

fn programs() -> [Guarded; 5] {
    [
        for_programs("/api/admin/webhooks", OWNER_API)
            .get(Administer, api::index)
            .described(operations::index)
            .post(Administer.freshly(), api::create)
            .described(operations::create),
        for_programs("/api/admin/webhooks/{id}", OWNER_API)
            .get(Administer, api::show)
            .described(operations::show)
            .put(Administer, api::replace)
            .described(operations::replace)
            .delete(Administer, api::delete)
            .described(operations::delete),
        for_programs("/api/admin/webhooks/{id}/secret", OWNER_API)
            .post(Administer.freshly(), api::renew)
            .described(operations::renew),
        for_programs("/api/admin/webhooks/{id}/replay", OWNER_API)
            .post(Administer, api::replay)
            .described(operations::replay),
        for_programs("/api/admin/webhooks/{id}/deliveries", OWNER_API)
            .get(Administer, api::deliveries)
            .described(operations::deliveries),
    ]
}
