//! The addresses of proposals. They stand where people sign in.

use crate::config::Feature;
use crate::submissions::operations;
use crate::submissions::routes::{api, author, review};
use crate::web::endpoint::{Endpoint, Guarded, for_people, for_programs};
use crate::web::permission::Permission::{Administer, Propose, Review};

const PEOPLE: &[Feature] = &[Feature::Admin, Feature::Submissions];
const PROGRAMS: &[Feature] = &[Feature::Admin, Feature::Submissions, Feature::Api];

pub fn all() -> impl Iterator<Item = Endpoint> {
    pages().into_iter().chain(programs()).map(Endpoint::from)
}

fn pages() -> [Guarded; 7] {
    [
        for_people("/submit", PEOPLE)
            .get(Propose, author::new)
            .post(Propose, author::create),
        for_people("/submit/{id}", PEOPLE)
            .get(Propose, author::show)
            .post(Propose, author::save),
        for_people("/submit/pictures/{id}", PEOPLE).get(Propose, author::picture),
        for_people("/account/proposals", PEOPLE).get(Propose, author::list),
        for_people("/admin/submissions", PEOPLE).get(Review, review::index),
        for_people("/admin/submissions/{id}", PEOPLE)
            .get(Review, review::show)
            .post(Review, review::decide),
        for_people("/admin/submissions/{id}/trust", PEOPLE).post(Administer, review::trust),
    ]
}

fn programs() -> [Guarded; 10] {
    [
        for_programs("/api/v1/submissions", PROGRAMS)
            .get(Propose, api::own)
            .described(operations::own)
            .post(Propose, api::create)
            .described(operations::create),
        for_programs("/api/v1/submissions/{id}", PROGRAMS)
            .get(Propose, api::show)
            .described(operations::show)
            .put(Propose, api::replace)
            .described(operations::replace),
        for_programs("/api/v1/submissions/{id}/withdraw", PROGRAMS)
            .post(Propose, api::withdraw)
            .described(operations::withdraw),
        for_programs("/api/v1/submissions/{id}/pictures", PROGRAMS)
            .post(Propose, api::attach)
            .described(operations::attach),
        for_programs("/api/v1/submissions/pictures/{id}", PROGRAMS)
            .get(Propose, api::read_picture)
            .described(operations::read_picture),
        for_programs("/api/admin/submissions", PROGRAMS)
            .get(Review, api::index)
            .described(operations::index),
        for_programs("/api/admin/submissions/{id}", PROGRAMS)
            .get(Review, api::case)
            .described(operations::case),
        for_programs("/api/admin/submissions/{id}/approve", PROGRAMS)
            .post(Review, api::approve)
            .described(operations::approve),
        for_programs("/api/admin/submissions/{id}/request-changes", PROGRAMS)
            .post(Review, api::ask)
            .described(operations::ask),
        for_programs("/api/admin/submissions/{id}/refuse", PROGRAMS)
            .post(Review, api::refuse)
            .described(operations::refuse),
    ]
}
