//! `vitrine search`: how the search index of the running shop is, and having it made anew. The index belongs to the server,
//! so the server is asked; no command opens it.

use std::time::Duration;

use clap::Subcommand;

use super::operators;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::search::keep::{Phase, Status};

const PATIENCE: Duration = Duration::from_secs(5);

const MIB: f64 = 1_048_576.0;

/// Between two looks at a build.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Debug, Subcommand)]
pub enum SearchCommand {
    /// Ask the running shop on this machine how its index is.
    Status,
    /// Have the index made anew from the database, and wait until it is.
    Reindex,
}

pub async fn run(command: SearchCommand, settings: &Settings) -> Result<()> {
    match command {
        SearchCommand::Status => {
            println!("{}", words(&status(settings).await?));
            Ok(())
        }
        SearchCommand::Reindex => reindex(settings).await,
    }
}

async fn reindex(settings: &Settings) -> Result<()> {
    let before = ask(settings, awc::http::Method::POST, "/search/reindex").await?;
    let mut told = String::new();
    loop {
        tokio::time::sleep(LOOK).await;
        let now = status(settings).await?;
        if now.phase == Phase::Ready && now.builds > before.builds {
            println!("{}", words(&now));
            return Ok(());
        }
        let progress = progress(&now);
        if progress != told {
            eprintln!("{progress}");
            told = progress;
        }
    }
}

async fn status(settings: &Settings) -> Result<Status> {
    ask(settings, awc::http::Method::GET, "/search").await
}

async fn ask(settings: &Settings, method: awc::http::Method, path: &str) -> Result<Status> {
    let url = operators::address(settings, path);
    let client = awc::Client::builder().timeout(PATIENCE).finish();
    let request = client
        .request(method, &url)
        .insert_header(("x-vitrine-command", "search"));
    let failed = |error: &dyn std::fmt::Display| Error::internal(format!("{url}: {error}"));
    let mut response = request.send().await.map_err(|error| failed(&error))?;
    if !response.status().is_success() {
        return Err(Error::internal(format!(
            "{url} answered {}: is features.search on there?",
            response.status()
        )));
    }
    response.json().await.map_err(|error| failed(&error))
}

fn progress(status: &Status) -> String {
    format!("{} of about {} products read", status.built, status.to_build)
}

fn words(status: &Status) -> String {
    let phase = match status.phase {
        Phase::Opening => "is being opened".to_owned(),
        Phase::Building => format!("is being made, {}", progress(status)),
        Phase::CatchingUp => format!("catches up, {} products", status.documents),
        Phase::Ready => format!("answers, {} products", status.documents),
    };
    let place = if status.is_on_disk { "on disk" } else { "in memory" };
    let mut lines = vec![
        format!(
            "The index {phase}; kept {place}, {:.1} MiB.",
            status.bytes as f64 / MIB
        ),
        format!(
            "It has followed the change log to {} of history {}, and is {:.1} s behind.",
            status.seq, status.epoch, status.behind_s
        ),
    ];
    if status.repaired > 0 {
        lines.push(format!(
            "{} products were not as in the database when it was compared, and were read again.",
            status.repaired
        ));
    }
    lines.extend(
        status
            .trouble
            .iter()
            .map(|trouble| format!("Last trouble: {trouble}")),
    );
    lines.join("\n")
}
