//! `vitrine key`: API keys for programs.

use clap::Subcommand;

use super::user::origin;
use crate::accounts::{Accounts, ApiKey, NewKey};
use crate::db::Moment;
use crate::error::Result;

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
        /// Days until it expires; without, it counts until it is revoked.
        #[arg(long, value_name = "DAYS")]
        expires_days: Option<u32>,
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
        KeyCommand::Create {
            name,
            scopes,
            expires_days,
            quiet,
        } => {
            let days = expires_days.map(|days| days.to_string()).unwrap_or_default();
            let new = NewKey::parse(&name, &scopes.join(" "), &days, Moment::now())?;
            create(accounts, new, quiet).await
        }
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

async fn create(accounts: &Accounts, new: NewKey, quiet: bool) -> Result<()> {
    let created = accounts.create_key(origin(), new).await?;
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
        "{:>4}  {:<7}  {:<10}  {:<10}  {:<10}  {:<26}  name\n",
        "id", "state", "since", "last used", "expires", "scopes"
    );
    for key in keys {
        let day = |moment: Option<Moment>| moment.map_or_else(|| "never".to_owned(), Moment::to_date);
        text.push_str(&format!(
            "{:>4}  {:<7}  {:<10}  {:<10}  {:<10}  {:<26}  {}\n",
            key.key_id,
            key.state(Moment::now()),
            key.created_at.to_date(),
            day(key.last_used_at),
            day(key.expires_at),
            key.scopes.to_string(),
            key.name
        ));
    }
    text
}
