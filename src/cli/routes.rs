//! `vitrine routes`: every address, from the table that the server itself is built from.

use super::Failure;
use crate::config::{Feature, Settings};
use crate::startup;

pub fn run(settings: &Settings) -> Result<(), Failure> {
    println!(
        "{:<24} {:<36} {:<10} {:<20} state",
        "methods", "address", "for", "features"
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
            "{methods:<24} {:<36} {:<10} {features:<20} {state}",
            endpoint.pattern,
            endpoint.access.name()
        );
    }
    Ok(())
}
