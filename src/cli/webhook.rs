//! `vitrine webhook`: programs that the shop tells of its changes.

use clap::Subcommand;

use super::user::origin;
use crate::db::Seq;
use crate::error::Result;
use crate::webhooks::{FORMER_HOURS, Webhook, WebhookInput, Webhooks};

#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Tell a program of each change from now on, and print what its messages are signed with, this once.
    Add {
        /// Where it listens, such as `https://example.com/hooks/shop`.
        url: String,
        /// Only events of this type, such as product.price; may be given several times.
        #[arg(long = "type")]
        types: Vec<String>,
        /// Print nothing but the secret.
        #[arg(long)]
        quiet: bool,
    },
    /// List all webhooks.
    List,
    /// Tell a program nothing more.
    Remove { webhook_id: i32 },
    /// Give a webhook a new secret and print it, this once. Messages are signed with the former one as well for a time.
    Renew {
        webhook_id: i32,
        /// For how long, at most a week; 0 when somebody else knows the former secret.
        #[arg(long, default_value_t = FORMER_HOURS)]
        former_hours: i64,
        /// Print nothing but the secret.
        #[arg(long)]
        quiet: bool,
    },
    /// Tell a program once more what happened after a position of the change log.
    Replay {
        webhook_id: i32,
        #[arg(long)]
        since: i64,
    },
}

pub async fn run(command: WebhookCommand, webhooks: &Webhooks) -> Result<()> {
    match command {
        WebhookCommand::Add { url, types, quiet } => add(webhooks, url, types, quiet).await,
        WebhookCommand::List => {
            print!("{}", table(&webhooks.all(Seq::MAX).await?.value));
            Ok(())
        }
        WebhookCommand::Remove { webhook_id } => {
            let removed = webhooks.remove(origin(), webhook_id, None).await?.value;
            println!("removed webhook {} ({})", removed.webhook_id, removed.url);
            Ok(())
        }
        WebhookCommand::Renew {
            webhook_id,
            former_hours,
            quiet,
        } => renew(webhooks, webhook_id, former_hours, quiet).await,
        WebhookCommand::Replay { webhook_id, since } => {
            let told = webhooks.replay(webhook_id, Seq(since)).await?;
            println!("{told} messages are sent again by the running shop");
            Ok(())
        }
    }
}

async fn add(webhooks: &Webhooks, url: String, types: Vec<String>, quiet: bool) -> Result<()> {
    let input = WebhookInput {
        url,
        types,
        is_active: true,
    };
    let made = webhooks.create(origin(), &input).await?.value;
    if !quiet {
        println!("added webhook {} ({})", made.webhook.webhook_id, made.webhook.url);
        println!("Its messages are signed with this secret, which is shown this once:");
    }
    println!("{}", made.secret.expose());
    Ok(())
}

async fn renew(webhooks: &Webhooks, webhook_id: i32, former_hours: i64, quiet: bool) -> Result<()> {
    let version = webhooks.one(webhook_id, Seq::MAX).await?.value.version;
    let at = (webhook_id, version);
    let (renewed, _) = webhooks.renew(origin(), at, former_hours, None).await?.value;
    if !quiet {
        if let Some(until) = renewed.webhook.former_secret_until() {
            println!("The former secret signs as well until {until}.");
        }
        println!("Messages are signed with this secret, which is shown this once:");
    }
    println!("{}", renewed.secret.expose());
    Ok(())
}

fn table(webhooks: &[Webhook]) -> String {
    let mut text = format!("{:>4}  {:<5}  {:<10}  address, events\n", "id", "state", "since");
    for webhook in webhooks {
        let state = if webhook.is_active { "on" } else { "off" };
        let types = if webhook.types.is_empty() {
            "all".to_owned()
        } else {
            webhook.types.join(" ")
        };
        text.push_str(&format!(
            "{:>4}  {:<5}  {:<10}  {}, {}\n",
            webhook.webhook_id,
            state,
            webhook.created_at.to_date(),
            webhook.url,
            types
        ));
    }
    text
}
