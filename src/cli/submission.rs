//! `vitrine submission`: what people propose for the catalog, without the web page. The same engine as the pages.

use clap::Subcommand;

use super::history::shown;
use crate::db::{Actor, Origin, Seq};
use crate::error::{Error, Result};
use crate::history::{Side, Sides};
use crate::startup::Shop;
use crate::submissions::{Decision, Listed, Message, State, Step, Submission};

/// Proposals that are printed.
const SHOWN: i64 = 200;

#[derive(Debug, Subcommand)]
pub enum SubmissionCommand {
    /// List proposals, the newest first.
    List {
        /// submitted, changes_requested, approved, refused or withdrawn.
        #[arg(long, default_value = "submitted")]
        state: String,
    },
    /// Show what a proposal would change, and what was said about it.
    Show { id: i32 },
    /// Make the product that is proposed, or change it.
    Approve {
        id: i32,
        /// The version that was decided on, as `show` prints it; without it, the present one.
        #[arg(long)]
        version: Option<i32>,
        /// The version of the product that was decided about, as the refusal printed it.
        #[arg(long)]
        product_version: Option<i32>,
        /// A field of the product that was changed since, and stays as it is now.
        #[arg(long, value_name = "FIELD", requires = "product_version")]
        keep: Vec<String>,
        /// A field of the product that was changed since, and becomes as proposed.
        #[arg(long, value_name = "FIELD", requires = "product_version")]
        take: Vec<String>,
    },
    /// Refuse a proposal.
    Refuse {
        id: i32,
        /// Why; its author is told.
        #[arg(long)]
        reason: String,
        /// The version that was decided on, as `show` prints it; without it, the present one.
        #[arg(long)]
        version: Option<i32>,
    },
}

pub async fn run(command: SubmissionCommand, shop: &Shop) -> Result<()> {
    match command {
        SubmissionCommand::List { state } => list(&state, shop).await,
        SubmissionCommand::Show { id } => show(id, shop).await,
        SubmissionCommand::Approve {
            id,
            version,
            product_version,
            keep,
            take,
        } => {
            let sides = |fields: Vec<String>, side| fields.into_iter().map(move |field| (field, side));
            let decision = Decision {
                step: Step::Approved,
                message: Message::default(),
                product_version,
                sides: sides(keep, Side::Keep)
                    .chain(sides(take, Side::PutBack))
                    .collect(),
                may_write: true,
            };
            decide(id, version, decision, shop).await
        }
        SubmissionCommand::Refuse { id, reason, version } => {
            let decision = Decision {
                step: Step::Refused,
                message: Message::reason(&reason)?,
                product_version: None,
                sides: Sides::new(),
                may_write: true,
            };
            decide(id, version, decision, shop).await
        }
    }
}

async fn list(state: &str, shop: &Shop) -> Result<()> {
    let state = State::parse(state).filter(|state| *state != State::Draft);
    let state = state.ok_or_else(|| {
        let detail = "The states are submitted, changes_requested, approved, refused and withdrawn.";
        Error::bad_request("invalid_argument", detail)
    })?;
    let listed = Listed::In(vec![state]);
    let found = shop.submissions.list(listed, None, SHOWN, Seq::MAX).await?.value;
    for row in &found {
        let kind = if row.is_edit { "change" } else { "new" };
        println!(
            "{}\t{}\t{kind}\t{}\t{}",
            row.submission_id, row.updated_at, row.author, row.name
        );
    }
    println!("proposals={}", found.len());
    Ok(())
}

async fn show(id: i32, shop: &Shop) -> Result<()> {
    let dossier = shop.submissions.handed_in(id, Seq::MAX).await?.value;
    let Submission {
        state,
        author,
        version,
        product_id,
        ..
    } = &dossier.submission;
    println!("proposal {id}, version {version}: {} by {author}", state.name());
    if let Some(product_id) = product_id {
        println!("product {product_id}");
    }
    for change in dossier.submission.changes() {
        println!(
            "{}: {} -> {}",
            change.field,
            shown(&change.was),
            shown(&change.became)
        );
    }
    for said in &dossier.said {
        let words = said.body.as_deref().unwrap_or("(without a word)");
        println!("{} {} {}: {words:?}", said.at, said.author, said.step.name());
    }
    Ok(())
}

async fn decide(id: i32, version: Option<i32>, decision: Decision, shop: &Shop) -> Result<()> {
    let version = match version {
        Some(version) => version,
        None => {
            shop.submissions
                .handed_in(id, Seq::MAX)
                .await?
                .value
                .submission
                .version
        }
    };
    let origin = Origin {
        actor: Actor::Cli,
        request_id: format!("submission-{id}"),
        batch: None,
    };
    let decided = shop
        .submissions
        .decide(origin, (id, version), decision, None)
        .await;
    if let Err(Error::MovedOn { version, fields }) = &decided {
        for field in fields {
            eprintln!(
                "{}: was {}, would become {}, is now {}",
                field.field,
                shown(&field.was),
                shown(&field.became),
                shown(&field.now)
            );
        }
        let keep: String = fields
            .iter()
            .map(|field| format!(" --keep {}", field.field))
            .collect();
        eprintln!("to decide: --product-version {version}{keep}  (or --take for what shall be as proposed)");
    }
    let decided = decided?;
    let submission = &decided.value.0;
    let product = submission
        .product_id
        .filter(|_| submission.state == State::Approved);
    let product = product
        .map(|product_id| format!(", product {product_id}"))
        .unwrap_or_default();
    println!("{} by change {}{product}", submission.state.name(), decided.seq);
    Ok(())
}
