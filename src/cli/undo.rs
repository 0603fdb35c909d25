//! `vitrine undo`: one change, or all of an import or bulk edit. What was changed since is never overwritten unasked.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::history::shown;
use crate::catalog::{BatchStep, Decisions, Outcome, new_batch};
use crate::db::{Actor, Origin, Seq};
use crate::error::{Error, Result, ThreeWay};
use crate::history::{History, Side};
use crate::startup::Shop;

/// Conflicts that are printed; the rest is counted.
const SHOWN: usize = 50;

#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub struct UndoArguments {
    /// Position of the change, as `vitrine history` prints it.
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    seq: Option<i64>,
    /// All changes of an import or bulk edit, the newest first.
    #[arg(long, value_name = "ID")]
    batch: Option<String>,
    /// The version that was decided on, as the refusal printed it.
    #[arg(long, requires = "seq")]
    version: Option<i32>,
    /// A field that stays as it is now.
    #[arg(long, value_name = "FIELD", requires = "version")]
    keep: Vec<String>,
    /// A field that is put back although it was changed since.
    #[arg(long, value_name = "FIELD", requires = "version")]
    put_back: Vec<String>,
}

const EXPLANATION: &str = "\
An undo is a change of its own and can be undone as well. A field that was changed since is not touched: the three values
are printed, and the undo is asked for again with --version and --keep or --put-back for each such field.
With --batch what was changed since is left as it is and listed; the last line is changes=N undone=A conflicts=B already=C
with A+B+C = N. It can be run again.

Exit code: 0 when it was done (a batch: to its end, even if there were conflicts), 1 when it was refused.";

pub async fn run(arguments: UndoArguments, shop: &Shop) -> Result<()> {
    match (&arguments.batch, arguments.seq) {
        (Some(batch), _) => whole(batch, shop).await,
        (None, Some(seq)) => one(seq, &arguments, shop).await,
        (None, None) => Ok(()),
    }
}

async fn one(seq: i64, arguments: &UndoArguments, shop: &Shop) -> Result<()> {
    let sides = |fields: &[String], side| {
        fields
            .iter()
            .map(move |field| (field.clone(), side))
            .collect::<Vec<_>>()
    };
    let decisions = arguments.version.map(|version| Decisions {
        version,
        sides: sides(&arguments.keep, Side::Keep)
            .into_iter()
            .chain(sides(&arguments.put_back, Side::PutBack))
            .collect(),
    });
    let origin = Origin {
        actor: Actor::Cli,
        request_id: format!("undo-{seq}"),
        batch: None,
    };
    let undone = shop.catalog.undo(origin, Seq(seq), decisions, None).await;
    if let Err(Error::MovedOn { version, fields }) = &undone {
        explain(*version, fields);
    }
    let undone = undone?;
    match undone.value.0.outcome {
        Outcome::Undone => println!("undone by change {}", undone.seq),
        Outcome::Already => println!("nothing to do: it is undone already"),
        Outcome::Kept => println!("nothing was changed: everything stays as it is"),
    }
    Ok(())
}

/// All three values of each field, and how to go on.
fn explain(version: i32, fields: &[ThreeWay]) {
    for field in fields {
        eprintln!(
            "{}: was {}, became {}, is now {}",
            field.field,
            shown(&field.was),
            shown(&field.became),
            shown(&field.now)
        );
    }
    let moved = fields.iter().filter(|field| field.moved_on());
    let keep: String = moved.map(|field| format!(" --keep {}", field.field)).collect();
    eprintln!("to decide: --version {version}{keep}  (or --put-back for what shall be as it was)");
}

async fn whole(batch: &str, shop: &Shop) -> Result<()> {
    let history = History::new(shop.db.clone());
    let summary = history.batch(batch.to_owned(), Seq::MAX).await?.value;
    let undo_batch = new_batch()?;
    let origin = Origin {
        actor: Actor::Cli,
        request_id: undo_batch.clone(),
        batch: Some(undo_batch.clone()),
    };
    let bar = bar(summary.changes);
    let mut done = BatchStep::default();
    loop {
        let step = shop
            .catalog
            .undo_batch(origin.clone(), batch.to_owned(), done.next)
            .await?
            .value;
        bar.inc(step.changes());
        let told = done.conflicts.len();
        done = done.and(step);
        for conflict in done.conflicts.iter().take(SHOWN).skip(told) {
            bar.suspend(|| {
                eprintln!(
                    "change {}, {} {} \"{}\": {}",
                    conflict.seq, conflict.entity, conflict.entity_id, conflict.name, conflict.reason
                );
            });
        }
        if done.next.is_none() {
            break;
        }
    }
    bar.finish_and_clear();
    if done.conflicts.len() > SHOWN {
        eprintln!("... and {} more", done.conflicts.len() - SHOWN);
    }
    println!(
        "batch {undo_batch}\nchanges={} undone={} conflicts={} already={}",
        done.changes(),
        done.undone,
        done.conflicts.len(),
        done.already
    );
    Ok(())
}

/// Invisible when standard error is no terminal.
fn bar(changes: i64) -> ProgressBar {
    let bar = ProgressBar::new(changes.unsigned_abs());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}%  {pos} of {len} changes  {elapsed}")
    {
        bar.set_style(style);
    }
    bar
}
