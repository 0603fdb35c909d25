//! `vitrine webhook`: programs that the shop tells of its changes.

use clap::Subcommand;

use super::user::origin;
use crate::db::Seq;
use crate::error::Result;
use crate::webhooks::{Webhook, WebhookInput, Webhooks};

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
            print!("{}", table(&webhooks.all(Seq::MAX).await?));
            Ok(())
        }
        WebhookCommand::Remove { webhook_id } => {
            let removed = webhooks.remove(origin(), webhook_id).await?.value;
            println!("removed webhook {} ({})", removed.webhook_id, removed.url);
            Ok(())
        }
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
