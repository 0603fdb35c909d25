//! `vitrine seed`: products to look at before there are any.

use clap::Subcommand;

use crate::error::Result;
use crate::exchange::demo;
use crate::startup::Shop;

#[derive(Debug, Subcommand)]
pub enum SeedCommand {
    /// The demo shop: products with pictures, in their categories. Doing it twice changes nothing.
    Demo,
}

pub async fn run(command: SeedCommand, shop: &Shop) -> Result<()> {
    let SeedCommand::Demo = command;
    println!("{}", demo::seed(&shop.catalog, &shop.media).await?);
    Ok(())
}
