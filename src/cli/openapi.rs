//! `vitrine openapi`: the description of the API that the running shop serves at `/openapi.json`.

use super::Failure;
use crate::config::Settings;
use crate::error::Error;
use crate::startup;
use crate::web::site::Site;

pub fn run(settings: &Settings) -> Result<(), Failure> {
    let document = startup::api_document(&Site::new(settings))?;
    let text = serde_json::to_string_pretty(document.value()).map_err(Error::internal)?;
    println!("{text}");
    Ok(())
}
