//! `vitrine routes`: every address, from the table that the server itself is built from.

use actix_web::http::Method;

use super::Failure;
use crate::config::{Feature, Settings};
use crate::startup;
use crate::web::endpoint::Endpoint;
use crate::web::permission::Requirement;

pub fn run(settings: &Settings) -> Result<(), Failure> {
    println!(
        "{:<24} {:<36} {:<10} {:<36} {:<20} state",
        "methods", "address", "for", "asks", "features"
    );
    for endpoint in startup::endpoints() {
        let methods = endpoint
            .methods()
            .map(|method| method.as_str())
            .collect::<Vec<_>>()
            .join(",");
        let features = endpoint
            .needs
            .iter()
            .copied()
            .map(Feature::name)
            .collect::<Vec<_>>()
            .join(",");
        let state = if endpoint.is_on(&settings.features) {
            "on"
        } else {
            "off"
        };
        println!(
            "{methods:<24} {:<36} {:<10} {:<36} {features:<20} {state}",
            endpoint.pattern,
            endpoint.access.name(),
            asked(&endpoint)
        );
    }
    Ok(())
}

/// What the methods ask of the caller, once where all ask the same.
fn asked(endpoint: &Endpoint) -> String {
    let mut asked: Vec<(&Method, Requirement)> = Vec::new();
    for method in endpoint.methods().filter(|method| **method != Method::HEAD) {
        asked.extend(endpoint.asks(method).map(|requirement| (method, requirement)));
    }
    match asked.split_first() {
        None => "-".to_owned(),
        Some(((_, first), rest)) if rest.iter().all(|(_, other)| other == first) => first.to_string(),
        Some(_) => {
            let each = asked
                .iter()
                .map(|(method, requirement)| format!("{method}:{requirement}"));
            each.collect::<Vec<_>>().join(",")
        }
    }
}
