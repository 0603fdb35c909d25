//! The command line: one file per command. What a person asked for goes to standard output, what went wrong and the log
//! to standard error. Exit codes: 0, 1 for a failure, 2 for a command that is none, 78 where starting again cannot help: a
//! faulty configuration, or a database that this program is too old for.

mod audit;
mod backup;
mod changes;
mod config;
mod copy_db;
mod db;
mod export;
mod healthcheck;
mod history;
mod import;
mod key;
mod mail;
mod migrate;
mod openapi;
mod operators;
mod restore;
mod routes;
mod search;
mod seed;
mod serve;
mod submission;
mod undo;
mod user;
mod webhook;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{ConfigError, LogSettings, Settings};
use crate::error::Error;
use crate::startup::{self, Shop};
use crate::telemetry;

/// EX_CONFIG of sysexits.h: what is wrong is the configuration, or the program for this database. Trying again will not
/// help, and service managers can be told so (`RestartPreventExitStatus=78`).
const CONFIG_FAULT: u8 = 78;

#[derive(Debug, Parser)]
#[command(
    name = "vitrine",
    version,
    about = "The product catalog of a small shop.",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    /// Settings that differ from the built-in defaults (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::ServeArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the shop (what happens without a command, too).
    Serve(serve::ServeArguments),
    /// Bring the database to the shape that this program needs.
    Migrate(migrate::MigrateArguments),
    /// The database servers.
    #[command(subcommand)]
    Db(db::DbCommand),
    /// Check or show the settings.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// List every address with its methods, who may use it and the features it needs.
    Routes,
    /// Print the description of the API (OpenAPI 3.1).
    Openapi,
    /// Ask the running shop on this machine whether it is ready.
    Healthcheck,
    /// The search index of the running shop.
    #[command(subcommand)]
    Search(search::SearchCommand),
    /// Accounts of people.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Take over products from a file.
    Import(import::ImportArguments),
    /// Write the products to a file that the import reads.
    Export(export::ExportArguments),
    /// Fill the shop with products to look at.
    #[command(subcommand)]
    Seed(seed::SeedCommand),
    /// Show who changed what.
    History(history::HistoryArguments),
    /// Undo a change, an import or a bulk edit.
    Undo(undo::UndoArguments),
    /// Make a backup while the shop is open, or prove that one can be restored.
    Backup(backup::BackupArguments),
    /// Make a shop of a backup, in an empty database.
    Restore(restore::RestoreArguments),
    /// Copy a shop into another database, of the same kind or the other.
    CopyDb(copy_db::CopyArguments),
    /// Check the change log.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Keep the change log from growing for ever.
    #[command(subcommand)]
    Changes(changes::ChangesCommand),
    /// What people propose for the catalog.
    #[command(subcommand)]
    Submission(submission::SubmissionCommand),
    /// Keys of programs.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Programs that are told of changes.
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// The mail of the shop.
    #[command(subcommand)]
    Mail(mail::MailCommand),
}

/// Why a command failed.
enum Failure {
    Config(ConfigError),
    Other(Error),
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Does what the command line asks.
pub async fn run() -> ExitCode {
    match dispatch(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Config(faults)) => {
            eprintln!("The configuration has faults:\n{faults}");
            ExitCode::from(CONFIG_FAULT)
        }
        Err(Failure::Other(error)) => {
            eprintln!("error: {}", error.chain());
            if error.code() == crate::db::migrate::TOO_NEW {
                ExitCode::from(CONFIG_FAULT)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    let file = arguments.config.as_deref();
    match arguments.command.unwrap_or(Command::Serve(arguments.serve)) {
        Command::Serve(serve) => serve::run(file, load(file)?, serve).await,
        Command::Migrate(migrate) => migrate::run(&quiet(load(file)?)?, &migrate).await,
        Command::Config(command) => Ok(config::run(command, file)?),
        Command::Db(command) => db::run(&command, || quiet(load(file)?)).await,
        Command::Routes => routes::run(&load(file)?),
        Command::Openapi => openapi::run(&load(file)?),
        Command::Healthcheck => Ok(healthcheck::run(&load(file)?).await?),
        Command::Search(command) => Ok(search::run(command, &quiet(load(file)?)?).await?),
        Command::User(command) => Ok(user::run(command, &open(file).await?.accounts).await?),
        Command::Import(arguments) => Ok(import::run(arguments, &open(file).await?).await?),
        Command::Export(arguments) => Ok(export::run(arguments, &open(file).await?).await?),
        Command::Seed(command) => Ok(seed::run(command, &open(file).await?).await?),
        Command::History(arguments) => Ok(history::run(arguments, &open(file).await?.db).await?),
        Command::Undo(arguments) => Ok(undo::run(arguments, &open(file).await?).await?),
        Command::Backup(arguments) => backup::run(arguments, &quiet(load(file)?)?).await,
        Command::Restore(arguments) => restore::run(&arguments, &quiet(load(file)?)?),
        Command::CopyDb(arguments) => {
            quiet(load(file)?)?;
            Ok(copy_db::run(&arguments)?)
        }
        Command::Audit(command) => Ok(audit::run(command, &open(file).await?.db).await?),
        Command::Changes(command) => changes::run(&command, &quiet(load(file)?)?),
        Command::Submission(command) => Ok(submission::run(command, &open(file).await?).await?),
        Command::Key(command) => Ok(key::run(command, &open(file).await?.accounts).await?),
        Command::Webhook(command) => Ok(webhook::run(command, &open(file).await?.webhooks).await?),
        Command::Mail(command) => Ok(mail::run(command, &quiet(load(file)?)?).await?),
    }
}

/// The settings with every fault that can be known before a socket or a database is opened.
fn load(file: Option<&Path>) -> Result<Settings, ConfigError> {
    let settings = Settings::load(file)?;
    startup::database_urls(&settings.database)?;
    startup::migration_url(&settings.database)?;
    Ok(settings)
}

/// The shop for a command that works on it.
async fn open(file: Option<&Path>) -> Result<Shop, Failure> {
    Ok(Shop::open(quiet(load(file)?)?).await?)
}

/// A command says what it did itself; the log is for warnings.
fn quiet(settings: Settings) -> Result<Settings, Failure> {
    telemetry::init(&LogSettings {
        level: "warn".to_owned(),
        ..settings.log.clone()
    })?;
    Ok(settings)
}

/// A file that cannot be worked with.
fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::bad_request("unusable_file", format!("{}: {reason}.", path.display()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn serving_is_what_happens_without_a_command() {
        for line in [
            "vitrine",
            "vitrine --config a.toml --port 0",
            "vitrine serve --config a.toml --role catalog",
        ] {
            let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
            assert!(
                matches!(arguments.command, None | Some(Command::Serve(_))),
                "{line}"
            );
            assert_eq!(arguments.config.is_some(), line.contains("--config"), "{line}");
        }
    }
}
