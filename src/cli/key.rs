//! `vitrine key`: API keys for programs.

use clap::Subcommand;

use super::user::origin;
use crate::accounts::{Accounts, ApiKey, KeyName, Scopes};
use crate::error::{Error, Result};

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create an API key and print it once; the shop keeps its hash only.
    Create {
        /// What the key is for, so that you know it again.
        #[arg(long)]
        name: String,
        /// catalog:read, catalog:write or admin; may be given several times.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// Print nothing but the key.
        #[arg(long)]
        quiet: bool,
    },
    /// End a key for good.
    Revoke { key_id: i32 },
    /// List all keys.
    List,
}

pub async fn run(command: KeyCommand, accounts: &Accounts) -> Result<()> {
    match command {
        KeyCommand::Create { name, scopes, quiet } => create(accounts, &name, &scopes, quiet).await,
        KeyCommand::Revoke { key_id } => {
            let key = accounts.revoke_key(origin(), key_id).await?;
            println!("revoked key {} ({})", key.key_id, key.name);
            Ok(())
        }
        KeyCommand::List => {
            print!("{}", table(&accounts.list_keys().await?));
            Ok(())
        }
    }
}

async fn create(accounts: &Accounts, name: &str, scopes: &[String], quiet: bool) -> Result<()> {
    let (name, scopes) = match (KeyName::parse(name), Scopes::parse(&scopes.join(" "))) {
        (Ok(name), Ok(scopes)) => (name, scopes),
        (name, scopes) => {
            let faults = [name.err(), scopes.err()];
            return Err(Error::Invalid(faults.into_iter().flatten().collect()));
        }
    };
    let created = accounts.create_key(origin(), name, scopes).await?;
    if !quiet {
        println!(
            "created key {} ({}: {})",
            created.key.key_id, created.key.name, created.key.scopes
        );
        println!("It is shown this once; send it as Authorization: Bearer <key>.");
    }
    println!("{}", created.secret.expose());
    Ok(())
}

fn table(keys: &[ApiKey]) -> String {
    let mut text = format!(
        "{:>4}  {:<7}  {:<10}  {:<10}  {:<26}  name\n",
        "id", "state", "since", "last used", "scopes"
    );
    for key in keys {
        let state = if key.revoked_at.is_some() {
            "revoked"
        } else {
            "valid"
        };
        let last_used = key
            .last_used_at
            .map_or_else(|| "never".to_owned(), |moment| moment.to_date());
        text.push_str(&format!(
            "{:>4}  {:<7}  {:<10}  {:<10}  {:<26}  {}\n",
            key.key_id,
            state,
            key.created_at.to_date(),
            last_used,
            key.scopes.to_string(),
            key.name
        ));
    }
    text
}
