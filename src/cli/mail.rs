//! `vitrine mail`: whether the server that the settings name takes the shop's mail.

use clap::Subcommand;

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::mail::{Letter, Server};

#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a mail to an address at once, or say why the server does not take it and what to do. The shop need not run.
    Test { address: String },
}

pub async fn run(command: MailCommand, settings: &Settings) -> Result<()> {
    let MailCommand::Test { address } = command;
    let Some(server) = Server::new(settings)? else {
        return Err(Error::bad_request(
            "mail_off",
            "No mail is set up: write the server into mail.host, and whatever else [mail] of config/default.toml names.",
        ));
    };
    let shop = &settings.shop.name;
    let letter = Letter {
        subject: format!("{shop}: a test"),
        body: format!("Somebody who looks after {shop} has tried whether its mails arrive.\nThis one has.\n"),
    };
    match server.send(&address, &letter).await {
        Ok(()) => {
            println!(
                "{} has taken the mail to {address}. Look whether it arrives, and not among the unwanted ones.",
                server.name()
            );
            Ok(())
        }
        Err(undelivered) => Err(Error::bad_request("mail_not_sent", undelivered.in_full())),
    }
}
